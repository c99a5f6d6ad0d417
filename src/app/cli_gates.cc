// maester eval compare | gate: what two runs show, and whether a candidate may go live.
#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <optional>

#include "app/cli_eval.h"
#include "app/cli_session.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

constexpr int kRefused = 100;  // CONTRACT.md §1

struct Options {
  std::string first, second, gate, run, format = "table";
  std::vector<std::string> least, candidate;
  double confidence = 0.95, min_effect = 0, tolerance = 0;
  bool approved_only = false, no_regression = false, no_worse = false;
};

std::string figure(json::Value value, int digits = 4) {
  if (value.empty()) return "-";
  const double number = value.as_double().value_or(0);
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, number);
  return text;
}

std::string interval_text(json::Value interval) {
  return "[" + figure(interval.at(0)) + ", " + figure(interval.at(1)) + "]";
}

void add_difference(TextTable& table, json::Value one) {
  table.add({std::string(one.get("metric").string_or("")), figure(one.get("first")),
             figure(one.get("second")), figure(one.get("difference")),
             interval_text(one.get("interval")), figure(one.get("p_value"), 3),
             std::string(one.get("shown").string_or("")), figure(one.get("needed_cases"), 9)});
}

void print_comparison(std::ostream& out, json::Value answer) {
  const json::Value changes = answer.get("changes");
  out << answer.get("matched").int_or(0) << " cases in both:";
  for (const json::Value one : changes) out << ' ' << one.int_or(0) << ' ' << one.key();
  out << "\n\n";
  TextTable table({"metric", "first", "second", "difference",
                   figure(answer.get("confidence")) + " interval", "p", "shown", "needed"});
  for (const json::Value one : answer.get("metrics")) add_difference(table, one);
  add_difference(table, answer.get("latency"));
  add_difference(table, answer.get("cost"));
  table.print(out);
  const json::Value mcnemar = answer.get("mcnemar");
  out << "\nonly the first passes: " << mcnemar.get("first_only").int_or(0)
      << ", only the second: " << mcnemar.get("second_only").int_or(0) << ", McNemar exact p "
      << figure(mcnemar.get("exact_p"), 3) << '\n';
  for (const json::Value id : answer.get("regressed"))
    out << "regressed: " << printable(id.string_or("")) << '\n';
}

struct Least {
  std::string metric;
  double value = 0;
};
Result<Least> read_least(const std::string& text) {
  const std::size_t equals = text.find('=');
  Least out;
  out.metric = text.substr(0, equals);
  const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), out.value);
  if (!out.metric.empty() && error == std::errc{} && end == number.data() + number.size())
    return out;
  return fail(Code::invalid_request, "--min is METRIC=VALUE, not `" + text + "`");
}

json::Value metric_of(json::Value answer, std::string_view name) {
  for (const json::Value one : answer.get("metrics")) {
    if (one.get("metric").string_or("") == name) return one;
  }
  return {};
}

// Why the rules of the command line refuse; "" when they do not.
std::string refusal(const Options& options, const std::vector<Least>& least, json::Value answer) {
  const std::size_t regressed = answer.get("regressed").size();
  if (options.no_regression && regressed > 0)
    return std::to_string(regressed) + " approved cases passed before and do not pass now";
  for (const Least& one : least) {
    const json::Value metric = metric_of(answer, one.metric);
    if (!metric.exists()) return "no case has " + one.metric;
    const double mean = metric.get("second").as_double().value_or(0);
    if (mean < one.value)
      return one.metric + " is " + figure(metric.get("second")) + ", below " +
             std::to_string(one.value);
  }
  if (!options.no_worse) return "";
  // The whole interval must lie above what may be lost: "not shown to be worse" is no proof.
  const json::Value rate = metric_of(answer, "pass_rate");
  const json::Value low = rate.get("interval").at(0);
  if (!low.is_number() || low.as_double().value_or(0) < -options.tolerance) {
    return "the pass rate may be worse by more than the " + std::to_string(options.tolerance) +
           " that is tolerated: its difference is in " + interval_text(rate.get("interval")) +
           (rate.get("needed_cases").empty()
                ? ""
                : ", about " + figure(rate.get("needed_cases"), 9) + " cases would tell");
  }
  return "";
}

void compare(CliSession& session, const Options& options) {
  std::vector<Least> least;
  for (const std::string& text : options.least) {
    auto one = read_least(text);
    if (!one) return session.wrong_usage(one.error().message);
    least.push_back(std::move(*one));
  }
  std::string body;
  json::Writer w(body);
  w.begin_object().field("first", options.first).field("second", options.second);
  w.field("confidence", options.confidence);
  w.field("min_effect", options.min_effect).field("approved_only", options.approved_only);
  w.end_object();
  const auto answer = session.request("POST", "/v1/evals/compare", body);
  if (!answer) return session.fail(answer.error().message);
  const auto doc = json::Document::parse(*answer);
  if (!doc) return session.fail("the server's answer is not JSON: " + doc.error().message);
  if (options.format == "json") {
    session.print_json(*answer);
  } else {
    print_comparison(session.out(), doc->root());
  }
  const std::string refused = refusal(options, least, doc->root());
  if (refused.empty()) return;
  session.err() << "maester: refused: " << refused << '\n';
  session.set_status(kRefused);
}

Result<std::string> question(const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().optional_field("run", options.run);
  if (!options.candidate.empty()) {
    w.key("candidate").begin_object();
    for (const std::string& one : options.candidate) {
      const std::size_t equals = one.find('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == one.size()) {
        return fail(Code::invalid_request,
                    "--candidate is MEMBER=IDENTITY, such as prompt=greet@v3, not `" + one + "`");
      }
      w.field(std::string_view(one).substr(0, equals), one.substr(equals + 1));
    }
    w.end_object();
  }
  w.end_object();
  return body;
}

void print_verdict(std::ostream& out, const Options& options, json::Value answer) {
  const bool passed = answer.get("passed").bool_or(false);
  out << "gate " << options.gate << (passed ? " passes" : " refuses");
  const std::string_view run = answer.get("run").string_or("");
  if (!run.empty()) out << " run " << printable(run);
  const std::string_view baseline = answer.get("baseline").string_or("");
  if (!baseline.empty()) out << " against " << printable(baseline);
  out << '\n';
  TextTable table({"rule", "value", "limit", "interval", "passed"});
  for (const json::Value one : answer.get("rules")) {
    table.add({std::string(one.get("rule").string_or("")), figure(one.get("value")),
               figure(one.get("limit")),
               one.get("interval").exists() ? interval_text(one.get("interval")) : "-",
               one.get("passed").bool_or(false)      ? "yes"
               : one.get("undecided").bool_or(false) ? "undecided"
                                                     : "no"});
  }
  if (answer.get("rules").size() > 0) table.print(out);
  for (const json::Value id : answer.get("regressed"))
    out << "regressed: " << printable(id.string_or("")) << '\n';
}

void gate(CliSession& session, const Options& options) {
  if (options.run.empty() == options.candidate.empty())
    return session.wrong_usage("give --candidate MEMBER=IDENTITY or --run ID, one of both");
  const auto body = question(options);
  if (!body) return session.wrong_usage(body.error().message);
  const std::string path = "/v1/gates/" + wire::encode_segment(options.gate) + "/check";
  const auto answer = session.request("POST", path, *body);
  if (!answer) return session.fail(answer.error().message);
  const auto doc = json::Document::parse(*answer);
  if (!doc) return session.fail("the server's answer is not JSON: " + doc.error().message);
  if (options.format == "json") {
    session.print_json(*answer);
  } else {
    print_verdict(session.out(), options, doc->root());
  }
  if (doc->root().get("passed").bool_or(false)) return;
  session.err() << "maester: refused: " << printable(doc->root().get("reason").string_or(""))
                << '\n';
  session.set_status(kRefused);
}

}  // namespace

void add_eval_gate_commands(CLI::App& group, CliSession& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* comparing = group.add_subcommand("compare", "Hold a run against a baseline");
  comparing->add_option("RUN_A", options->first, "The baseline's id")->required();
  comparing->add_option("RUN_B", options->second, "The candidate's id")->required();
  comparing->add_option("--confidence", options->confidence, "Of the intervals (0.95)");
  comparing->add_option("--min-effect", options->min_effect,
                        "The least difference that matters; a smaller one is `equivalent`");
  comparing->add_flag("--approved-only", options->approved_only, "Leave other cases out");
  comparing->add_flag("--no-regression", options->no_regression,
                      "Refuse (100) when an approved case passed before and does not now");
  comparing->add_flag("--no-worse", options->no_worse,
                      "Refuse (100) unless the pass rate is shown to be no worse");
  comparing->add_option("--tolerance", options->tolerance, "What --no-worse lets pass (0)");
  comparing->add_option("--min", options->least, "METRIC=VALUE: refuse (100) below it");
  add_format(*comparing, options->format);
  comparing->callback([options, &session] { compare(session, *options); });

  CLI::App* gating = group.add_subcommand("gate", "Ask whether a candidate may go live");
  gating->add_option("NAME", options->gate, "The gate")->required();
  gating->add_option("--candidate", options->candidate,
                     "MEMBER=IDENTITY, such as prompt=greet@v3: its newest run decides");
  gating->add_option("--run", options->run, "This run decides");
  add_format(*gating, options->format);
  gating->callback([options, &session] { gate(session, *options); });
}

}  // namespace maester::app
