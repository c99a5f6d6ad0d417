// maester eval retrieval: how well a collection's index finds what is judged relevant.
#include "app/cli_eval.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include "app/cli_session.h"
#include "codec/json_writer.h"
#include "retrieval/evaluate/evaluate.h"
#include "wire/url.h"

namespace maester::app {
namespace {

constexpr int kRefused = 100;  // CONTRACT.md §1
constexpr std::size_t kDepth = 200;

struct Options {
  std::string collection, queries, qrels, mode = "hybrid", version, against, format = "table";
  std::vector<std::string> least;
  double tolerance = 0;
  bool per_query = false, no_worse = false;
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::invalid_request, "cannot read " + path);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

struct Input {
  std::vector<retrieval::JudgedQuery> queries;
  retrieval::Judgements judgements;
};

Result<Input> read_input(const Options& options) {
  Input out;
  TRY_ASSIGN(const std::string queries, read_file(options.queries));
  auto read = retrieval::read_queries(queries);
  if (!read) return fail(Code::invalid_request, options.queries + ": " + read.error().message);
  out.queries = std::move(*read);
  TRY_ASSIGN(const std::string qrels, read_file(options.qrels));
  auto judged = retrieval::read_judgements(qrels);
  if (!judged) return fail(Code::invalid_request, options.qrels + ": " + judged.error().message);
  out.judgements = std::move(*judged);
  return out;
}

// The documents that the server finds, by their source ids. `version` of the first answer is told.
Result<retrieval::Report> measure(CliSession& session, const Options& options, const Input& input,
                                  const std::string& version, std::string& told) {
  const std::string path =
      "/v1/collections/" + wire::encode_segment(options.collection) + "/search";
  std::size_t done = 0;
  const auto search = [&](const retrieval::JudgedQuery& query) -> Result<std::vector<std::string>> {
    std::string body;
    json::Writer w(body);
    w.begin_object().field("query", query.text).field("mode", options.mode);
    w.field("top_k", kDepth).optional_field("index_version", version).end_object();
    TRY_ASSIGN(const std::string answer, session.request("POST", path, std::move(body)));
    TRY_ASSIGN(const json::Document document, json::Document::parse(answer));
    told = document.root().get("index_version").string_or("");
    std::vector<std::string> out;
    for (const json::Value hit : document.root().get("hits"))
      out.emplace_back(hit.get("source_id").string_or(""));
    ++done;
    if (session.environment().terminal && (done % 20 == 0 || done == input.queries.size()))
      session.err() << '\r' << done << '/' << input.queries.size() << " queries" << std::flush;
    return out;
  };
  auto report = retrieval::evaluate(input.queries, input.judgements, search, {});
  if (session.environment().terminal) session.err() << '\n';
  return report;
}

// "ndcg=0.65": a measure and the least that its mean may be.
struct Least {
  std::string measure;
  double value = 0;
};

Result<Least> read_least(const std::string& text) {
  const std::size_t equals = text.find('=');
  Least out;
  out.measure = text.substr(0, equals);
  const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), out.value);
  const bool known = out.measure == "ndcg" || out.measure == "mrr" || out.measure == "recall" ||
                     out.measure == "map";
  if (!known || error != std::errc{} || end != number.data() + number.size() || number.empty()) {
    return fail(Code::invalid_request,
                "--min is MEASURE=VALUE with ndcg, mrr, recall or map, not `" + text + "`");
  }
  return out;
}

double mean_of(const retrieval::Report& report, std::string_view measure) {
  if (measure == "ndcg") return report.ndcg.mean;
  if (measure == "mrr") return report.mrr.mean;
  return measure == "recall" ? report.recall.mean : report.map.mean;
}

// Why the figures do not do; "" when they do.
std::string verdict(const Options& options, const std::vector<Least>& least,
                    const retrieval::Report& report,
                    const std::optional<retrieval::Comparison>& comparison) {
  for (const Least& one : least) {
    if (mean_of(report, one.measure) < one.value) {
      return one.measure + " is " + std::to_string(mean_of(report, one.measure)) + ", below " +
             std::to_string(one.value);
    }
  }
  // The whole interval must lie above what may be lost: "not shown to be worse" is no proof.
  if (options.no_worse && comparison && comparison->ndcg.low < -options.tolerance) {
    return "nDCG may be worse by " + std::to_string(-comparison->ndcg.low) +
           ", which is more than the " + std::to_string(options.tolerance) + " that is tolerated";
  }
  return {};
}

void evaluate(CliSession& session, const Options& options) {
  std::vector<Least> least;
  for (const std::string& text : options.least) {
    auto one = read_least(text);
    if (!one) return session.wrong_usage(one.error().message);
    least.push_back(std::move(*one));
  }
  if (options.no_worse && options.against.empty())
    return session.wrong_usage("--no-worse needs --against VERSION");
  const auto input = read_input(options);
  if (!input) return session.wrong_usage(input.error().message);
  std::string version, other;
  const auto report = measure(session, options, *input, options.version, version);
  if (!report) return session.fail(report.error().message);
  std::optional<retrieval::Comparison> comparison;
  if (!options.against.empty()) {
    const auto before = measure(session, options, *input, options.against, other);
    if (!before) return session.fail(before.error().message);
    comparison = retrieval::compare(*before, *report);
  }
  const std::string refused = verdict(options, least, *report, comparison);
  if (options.format == "json") {
    std::string out;
    json::Writer w(out);
    w.begin_object().field("collection", options.collection).field("index_version", version);
    w.field("mode", options.mode).key("report");
    retrieval::write_json(w, *report, options.per_query);
    if (comparison) {
      w.field("against", other).key("comparison");
      retrieval::write_json(w, *comparison);
    }
    w.field("passed", refused.empty()).optional_field("reason", refused).end_object();
    session.print_json(out);
  } else {
    session.out() << options.collection << " " << version << ", " << options.mode << "\n"
                  << retrieval::to_text(*report);
    if (comparison)
      session.out() << "\nagainst " << other << ":\n" << retrieval::to_text(*comparison);
    if (!refused.empty()) session.out() << "\nrefused: " << refused << '\n';
  }
  if (!refused.empty()) session.set_status(kRefused);
}

}  // namespace

void add_eval_commands(CLI::App& root, CliSession& session) {
  CLI::App* group = root.add_subcommand("eval", "Measure how good answers and searches are");
  group->require_subcommand(1);
  add_eval_run_command(*group, session);
  add_eval_gate_commands(*group, session);
  add_eval_server_commands(*group, session);
  auto options = std::make_shared<Options>();
  CLI::App* command =
      group->add_subcommand("retrieval", "Judge a collection's search by queries with judgements");
  add_format(*command, options->format);
  command->add_option("-c,--collection", options->collection)->required();
  command->add_option("--queries", options->queries, "JSONL: {\"_id\", \"text\"} a line")
      ->required();
  command
      ->add_option("--qrels", options->qrels,
                   "query, document (its source_id), grade; BEIR or TREC")
      ->required();
  command->add_option("--mode", options->mode)
      ->check(CLI::IsMember({"hybrid", "lexical", "vector"}))
      ->capture_default_str();
  command->add_option("--index-version", options->version, "Judge this one, not the live one");
  command->add_option("--against", options->against, "Compare with this index version");
  command->add_option("--min", options->least, "The least that may be: ndcg=0.65; may be repeated");
  command->add_flag("--no-worse", options->no_worse,
                    "Refuse unless nDCG is shown to be no worse than --against");
  command->add_option("--tolerance", options->tolerance, "So much worse is no worse (0)");
  command->add_flag("--per-query", options->per_query, "With -o json: each query's scores");
  command->footer(
      "Exit status 100 when a bound is not kept, so that a flip can wait for it:\n"
      "  maester eval retrieval -c handbook --queries q.jsonl --qrels q.tsv --index-version v2 \\\n"
      "    --against v1 --no-worse --tolerance 0.01 && maester collections flip handbook v2");
  command->callback([&session, options] { evaluate(session, *options); });
}

}  // namespace maester::app
