// maester reviews list | show | claim | assign | label | dismiss | agreement, and
// maester rules list | create | show | delete
#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <memory>

#include "app/cli_session.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string id, state, assignee, label, comment, correction, request, reason, file,
      format = "table";
  double score = -1;
};
using Run = void (*)(CliSession&, const Options&);

std::string path_of(const Options& options, std::string_view verb = "") {
  return "/v1/reviews/" + wire::encode_segment(options.id) + std::string(verb);
}

void list(CliSession& session, const Options& options) {
  std::string query;
  for (const auto& [name, value] :
       {std::pair{"state", options.state}, std::pair{"assignee", options.assignee}}) {
    if (value.empty()) continue;
    query += (query.empty() ? "?" : "&") + std::string(name) + "=" + wire::encode_segment(value);
  }
  const auto rows = session.request_all("/v1/reviews" + query);
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto doc = json::Document::parse(*rows);
  if (!doc) return session.fail(doc.error().message);
  print_rows(session.out(), doc->root(),
             {"id", "request_id", "origin", "source", "state", "assignee", "created_at"});
}

void print_text(CliSession& session, std::string_view name, json::Value text) {
  if (text.empty()) return;
  session.out() << '\n' << name << ":\n" << cell_text(text) << '\n';
}

void print_review(CliSession& session, json::Value review) {
  for (const char* name : {"id", "request_id", "origin", "source", "reason", "prompt", "model",
                           "state", "assignee", "created_at"}) {
    if (review.get(name).empty()) continue;
    session.out() << name << std::string(12 - std::string_view(name).size(), ' ')
                  << cell_text(review.get(name)) << '\n';
  }
  const json::Value captured = review.get("captured");
  print_text(session, "asked", captured.get("request").get("rendered_prompt"));
  print_text(session, "answered", captured.get("response").get("content"));
  if (captured.empty())
    session.out() << "\n(its bodies were not kept: `[capture] replay = \"full\"` keeps them)\n";
  if (review.get("verdicts").size() > 0) {
    session.out() << '\n';
    print_rows(session.out(), review.get("verdicts"), {"grader", "passed", "score"});
  }
  if (review.get("labels").size() == 0) return;
  session.out() << '\n';
  print_rows(session.out(), review.get("labels"),
             {"reviewer", "label", "score", "comment", "correction", "at"});
}

void show(CliSession& session, const Options& options) {
  session.call(options.format, "GET", path_of(options), "",
               [&](json::Value review) { print_review(session, review); });
}

void claim(CliSession& session, const Options& options) {
  session.call(options.format, "POST", "/v1/reviews/claim", "{}",
               [&](json::Value review) { print_review(session, review); });
}

void add(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("request_id", options.request);
  w.optional_field("reason", options.reason).end_object();
  session.call(options.format, "POST", "/v1/reviews", body, [&](json::Value review) {
    session.out() << "Review " << cell_text(review.get("id")) << " is in the queue.\n";
  });
}

void assign(CliSession& session, const Options& options) {
  std::string body;
  json::Writer(body).begin_object().field("assignee", options.assignee).end_object();
  session.call(options.format, "POST", path_of(options, "/assign"), body, [&](json::Value review) {
    session.out() << "Review " << cell_text(review.get("id")) << " is "
                  << (review.get("assignee").empty() ? std::string("nobody's")
                                                     : cell_text(review.get("assignee")) + "'s")
                  << ".\n";
  });
}

void label(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("label", options.label);
  if (options.score >= 0) w.field("score", options.score);
  w.optional_field("comment", options.comment).optional_field("correction", options.correction);
  w.end_object();
  session.call(options.format, "POST", path_of(options, "/labels"), body, [&](json::Value review) {
    session.out() << "Review " << cell_text(review.get("id")) << " is "
                  << cell_text(review.get("state")) << ".\n";
  });
}

void dismiss(CliSession& session, const Options& options) {
  session.call(options.format, "POST", path_of(options, "/dismiss"), "{}", [&](json::Value review) {
    session.out() << "Review " << cell_text(review.get("id")) << " is dismissed.\n";
  });
}

void agreement(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/reviews/agreement", "", [&](json::Value found) {
    session.out() << cell_text(found.get("reviews")) << " reviews, "
                  << cell_text(found.get("labels")) << " labels; Krippendorff's alpha "
                  << cell_text(found.get("krippendorff_alpha")) << '\n';
    if (found.get("reviewers").size() > 0) {
      session.out() << '\n';
      print_rows(session.out(), found.get("reviewers"),
                 {"first", "second", "both", "agreed", "kappa"});
    }
    if (found.get("graders").size() == 0) return;
    session.out() << '\n';
    print_rows(session.out(), found.get("graders"),
               {"grader", "rated", "both_pass", "both_fail", "only_grader_passed",
                "only_people_passed", "kappa"});
  });
}

void list_rules(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/evals/rules", "", [&](json::Value found) {
    print_rows(session.out(), found.get("data"),
               {"name", "evaluated", "passed", "failed", "errors", "skipped", "grading_cost_usd",
                "created_at"});
  });
}

void create_rule(CliSession& session, const Options& options) {
  std::ifstream in(options.file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return session.fail("cannot read `" + options.file + "`");
  session.call(options.format, "POST", "/v1/evals/rules", text, [&](json::Value rule) {
    session.out() << "The rule " << cell_text(rule.get("name")) << " looks at what comes now.\n";
  });
}

void show_rule(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/evals/rules/" + wire::encode_segment(options.id), "",
               [&](json::Value rule) {
                 for (const json::Value member : rule)
                   session.out() << member.key() << ": " << cell_text(member) << '\n';
               });
}

void delete_rule(CliSession& session, const Options& options) {
  session.call(options.format, "DELETE", "/v1/evals/rules/" + wire::encode_segment(options.id), "",
               [&](json::Value rule) {
                 session.out() << "The rule " << cell_text(rule.get("name")) << " is gone.\n";
               });
}

}  // namespace

void add_review_commands(CLI::App& root, CliSession& session) {
  auto options = std::make_shared<Options>();
  const auto adder = [&session, options](CLI::App* group) {
    return [&session, options, group](const char* name, const char* help, Run run) {
      CLI::App* command = group->add_subcommand(name, help);
      add_format(*command, options->format);
      command->callback([&session, options, run] { run(session, *options); });
      return command;
    };
  };
  CLI::App* reviews = root.add_subcommand("reviews", "Requests that people are to look at");
  reviews->require_subcommand(1);
  const auto of_reviews = adder(reviews);
  const auto of_one = [&](const char* name, const char* help, Run run) {
    CLI::App* command = of_reviews(name, help, run);
    command->add_option("ID", options->id, "Review id")->required();
    return command;
  };
  CLI::App* queue = of_reviews("list", "The queue, the oldest first", list);
  queue->add_option("--state", options->state, "open, assigned, done or dismissed");
  queue->add_option("--assignee", options->assignee, "Whose (a key's id)");
  of_one("show", "A review with what was asked and answered", show);
  of_reviews("claim", "Take the oldest open review", claim);
  CLI::App* added = of_reviews("add", "Put a request into the queue", add);
  added->add_option("REQUEST_ID", options->request, "Request id")->required();
  added->add_option("--reason", options->reason, "Why");
  of_one("assign", "Give a review to somebody, or to nobody", assign)
      ->add_option("ASSIGNEE", options->assignee, "A key's id; none = back to the queue");
  CLI::App* labels = of_one("label", "Say how the answer was", label);
  labels->add_option("LABEL", options->label, "pass, fail, or a word of your own")->required();
  labels->add_option("--score", options->score, "0 to 1")->check(CLI::Range(0.0, 1.0));
  labels->add_option("--comment", options->comment, "For others");
  labels->add_option("--correction", options->correction, "What the answer should have been");
  of_one("dismiss", "End a review without a label", dismiss);
  of_reviews("agreement", "How far reviewers agree, and graders with them", agreement);

  CLI::App* rules = root.add_subcommand("rules", "Live rules: traffic that is graded or reviewed");
  rules->require_subcommand(1);
  const auto of_rules = adder(rules);
  of_rules("list", "The rules, and what they found", list_rules);
  CLI::App* made = of_rules("create", "Make a rule", create_rule);
  made->add_option("FILE", options->file, "The rule as JSON")->required();
  made->footer(
      "Example of a rule:\n  {\"name\": \"tone\", \"where\": {\"prompt\": \"support\"}, "
      "\"sample\": 0.05,\n   \"assertions\": [{\"type\": \"llm-rubric\", \"value\": \"is "
      "polite\"}], \"grader\": \"gpt-4.1-mini\",\n   \"review\": \"failed\", "
      "\"max_cost_usd_per_day\": \"2\"}");
  of_rules("show", "One rule", show_rule)
      ->add_option("NAME", options->id, "The rule's name")
      ->required();
  of_rules("delete", "End a rule", delete_rule)
      ->add_option("NAME", options->id, "The rule's name")
      ->required();
}

}  // namespace maester::app
