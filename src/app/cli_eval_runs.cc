// maester eval start | runs | show | results | cancel | retry | rescore: evaluations on the server.
#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <memory>
#include <thread>

#include "app/cli_eval.h"
#include "app/cli_session.h"
#include "app/text_table.h"
#include "checks/check.h"
#include "codec/json_writer.h"
#include "evals/files.h"
#include "wire/url.h"

namespace maester::app {
namespace {

constexpr int kFailedTests = 100;                     // CONTRACT.md §1
constexpr std::chrono::milliseconds kLongest{1'000};  // between two looks

struct Options {
  std::string id, dataset, name, prompt, model, knowledge, assertions, reducer, ceiling, include;
  std::string grader, embedding, verdict, file, format = "table";
  std::vector<std::string> parameters;
  long repeats = 0, concurrency = 0;
  bool wait = false, cache = false, citations = false;
};

std::string path_of(std::string_view id, std::string_view more = {}) {
  return "/v1/evals/runs/" + wire::encode_segment(id) + std::string(more);
}

// "name@v3", "name:label" or "name".
void write_prompt(json::Writer& w, const std::string& text) {
  const std::size_t at = text.find_first_of("@:");
  w.key("prompt").begin_object().field("name", text.substr(0, at));
  if (at != std::string::npos)
    w.field(text[at] == '@' ? std::string_view("version") : "label", text.substr(at + 1));
  w.end_object();
}

Status write_parameters(json::Writer& w, const std::vector<std::string>& parameters) {
  if (parameters.empty()) return {};
  w.key("parameters").begin_object();
  for (const std::string& one : parameters) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos)
      return fail(Code::invalid_request, "--param is KEY=JSON, not `" + one + "`");
    const std::string value = one.substr(equals + 1);
    w.key(std::string_view(one).substr(0, equals));
    json::Document::parse(value) ? w.raw(value) : w.value(value);
  }
  w.end_object();
  return {};
}

Status write_grading(json::Writer& w, const Options& options) {
  if (!options.assertions.empty()) {
    TRY_ASSIGN(const evals::Value list, evals::read_value_file(options.assertions));
    const evals::Value& inner = list.get("assert").exists() ? list.get("assert") : list;
    if (!inner.is_array())
      return fail(Code::invalid_request, options.assertions + ": a list of assertions is expected");
    w.raw_field("assertions", inner.json());
  }
  if (!options.grader.empty() || !options.embedding.empty()) {
    w.key("graders").begin_object().optional_field("model", options.grader);
    w.optional_field("embedding", options.embedding).end_object();
  }
  w.optional_field("reducer", options.reducer);
  if (options.concurrency > 0) w.field("concurrency", options.concurrency);
  return {};
}

Result<std::string> run_body(const Options& options) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("dataset", options.dataset).optional_field("name", options.name);
  w.key("candidate").begin_object();
  if (!options.prompt.empty()) write_prompt(w, options.prompt);
  w.optional_field("model", options.model);
  if (!options.knowledge.empty()) write_collection(w, options.knowledge, options.citations);
  TRY(write_parameters(w, options.parameters));
  w.end_object();
  TRY(write_grading(w, options));
  if (options.repeats > 0) w.field("repeats", options.repeats);
  w.optional_field("max_cost_usd", options.ceiling).optional_field("include", options.include);
  if (options.cache) w.field("cache", "use");
  w.end_object();
  return out;
}

void print_run(CliSession& session, json::Value run) {
  const json::Value summary = run.get("summary");
  session.out() << "run      " << cell_text(run.get("id")) << '\n'
                << "dataset  " << cell_text(run.get("dataset")) << "@"
                << cell_text(run.get("dataset_version")) << '\n';
  for (const json::Value one : run.get("candidate"))
    session.out() << "  " << printable(one.key()) << "  " << cell_text(one) << '\n';
  session.out() << "state    " << cell_text(run.get("state")) << '\n';
  if (const json::Value error = run.get("error"); !error.empty())
    session.out() << "error    " << cell_text(error.get("code")) << ": "
                  << cell_text(error.get("message")) << '\n';
  if (!summary.is_object()) return;
  session.out() << "answers  " << cell_text(summary.get("passed")) << " passed, "
                << cell_text(summary.get("failed")) << " failed, "
                << cell_text(summary.get("errors")) << " errors; "
                << cell_text(summary.get("cases_passed")) << " of "
                << cell_text(summary.get("cases")) << " cases pass\n"
                << "score    " << checks::format_score(summary.get("score").as_double().value_or(0))
                << '\n';
  for (const json::Value one : summary.get("scores"))
    session.out() << "  " << printable(one.key()) << "  "
                  << checks::format_score(one.as_double().value_or(0)) << '\n';
  for (const json::Value one : summary.get("failures"))
    session.out() << "  " << printable(one.key()) << ": " << cell_text(one) << '\n';
  session.out() << "cost     " << cell_text(summary.get("cost_usd")) << " USD, grading "
                << cell_text(summary.get("grading_cost_usd")) << " USD\n"
                << "latency  p50 " << cell_text(summary.get("p50_latency_ms")) << " ms, p95 "
                << cell_text(summary.get("p95_latency_ms")) << " ms\n";
}

bool is_over(std::string_view state) {
  return state != "queued" && state != "running";
}

void draw(CliSession& session, const json::Value& run, const std::string& job) {
  if (!session.environment().terminal) return;
  const auto answer = session.request("GET", "/v1/jobs/" + wire::encode_segment(job));
  const auto document =
      answer ? json::Document::parse(*answer) : Result<json::Document>(fail(answer.error()));
  if (!document) return;
  const json::Value step = document->root().get("steps").at(0);
  session.err() << '\r' << cell_text(run.get("state")) << "  " << step.get("done").int_or(0) << '/'
                << cell_text(run.get("answers_wanted")) << " answers" << std::flush;
}

// Until the run has ended; its last state is shown, and is the exit status.
void wait(CliSession& session, const Options& options, const std::string& id) {
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, kLongest)) {
    const auto answer = session.request("GET", path_of(id));
    if (!answer) return session.fail(answer.error().message);
    const auto document = json::Document::parse(*answer);
    if (!document) return session.fail(document.error().message);
    const json::Value run = document->root();
    const std::string state(run.get("state").string_or(""));
    if (!is_over(state)) {
      draw(session, run, std::string(run.get("job_id").string_or("")));
      std::this_thread::sleep_for(pause);
      continue;
    }
    if (session.environment().terminal) session.err() << '\n';
    options.format == "json" ? session.print_json(*answer) : print_run(session, run);
    const json::Value summary = run.get("summary");
    if (state != "succeeded") {
      session.set_status(1);
    } else if (summary.get("failed").int_or(0) + summary.get("errors").int_or(0) > 0) {
      session.set_status(kFailedTests);
    }
    return;
  }
}

void begin(CliSession& session, const Options& options, const std::string& path, std::string body) {
  const auto answer = session.request("POST", path, std::move(body));
  if (!answer) return session.fail(answer.error().message);
  const auto document = json::Document::parse(*answer);
  if (!document) return session.fail(document.error().message);
  const std::string id(document->root().get("id").string_or(""));
  if (options.wait) return wait(session, options, id);
  if (options.format == "json") return session.print_json(*answer);
  session.out() << "Run " << id << " is queued. See how it is: maester eval show " << id << '\n';
}

void start(CliSession& session, const Options& options) {
  const auto body = run_body(options);
  if (!body) return session.wrong_usage(body.error().message);
  begin(session, options, "/v1/evals/runs", *body);
}

void retry(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().optional_field("max_cost_usd", options.ceiling).end_object();
  begin(session, options, path_of(options.id, "/retry"), std::move(body));
}

void rescore(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().optional_field("name", options.name);
  if (const Status written = write_grading(w, options); !written)
    return session.wrong_usage(written.error().message);
  w.end_object();
  begin(session, options, path_of(options.id, "/rescore"), std::move(body));
}

void cancel(CliSession& session, const Options& options) {
  session.call(options.format, "POST", path_of(options.id, "/cancel"), "",
               [&](json::Value run) { print_run(session, run); });
}

void show(CliSession& session, const Options& options) {
  session.call(options.format, "GET", path_of(options.id), "",
               [&](json::Value run) { print_run(session, run); });
}

void list(CliSession& session, const Options& options) {
  std::string path = "/v1/evals/runs?limit=50";
  if (!options.dataset.empty()) path += "&dataset=" + wire::encode_segment(options.dataset);
  session.call(options.format, "GET", path, "", [&](json::Value answer) {
    TextTable table({"id", "dataset", "prompt", "model", "state", "passed", "failed", "errors",
                     "score", "cost usd"});
    for (const json::Value run : answer.get("data")) {
      const json::Value summary = run.get("summary"), candidate = run.get("candidate");
      const json::Value score = summary.get("score");
      table.add({cell_text(run.get("id")),
                 cell_text(run.get("dataset")) + "@" + cell_text(run.get("dataset_version")),
                 cell_text(candidate.get("prompt")), cell_text(candidate.get("model")),
                 cell_text(run.get("state")), cell_text(summary.get("passed")),
                 cell_text(summary.get("failed")), cell_text(summary.get("errors")),
                 score.is_number() ? checks::format_score(score.as_double().value_or(0)) : "",
                 cell_text(summary.get("cost_usd"))});
    }
    table.print(session.out());
  });
}

void results(CliSession& session, const Options& options) {
  std::string path = path_of(options.id, "/results?limit=500");
  if (!options.verdict.empty()) path += "&verdict=" + wire::encode_segment(options.verdict);
  const auto rows = session.request_all(path);
  if (!rows) return session.fail(rows.error().message);
  const auto document = json::Document::parse(*rows);
  if (!document) return session.fail(document.error().message);
  if (!options.file.empty()) {
    std::ofstream out(options.file, std::ios::binary);
    for (const json::Value one : document->root()) out << one.raw() << '\n';
    if (!out.flush()) session.fail("cannot write " + options.file);
    return;
  }
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  print_rows(session.out(), document->root(),
             {"case_id", "repeat", "verdict", "score", "failure", "reason", "cost_usd",
              "latency_ms", "request_id"});
}

}  // namespace

void write_collection(json::Writer& w, const std::string& text, bool require_citations) {
  const std::size_t at = text.rfind('@');
  w.key("knowledge").begin_object().field("collection", text.substr(0, at));
  if (at != std::string::npos) w.field("index_version", text.substr(at + 1));
  if (require_citations) w.field("require_citations", true);
  w.end_object();
}

void add_eval_server_commands(CLI::App& group, CliSession& session) {
  auto options = std::make_shared<Options>();
  const auto command = [&](const char* name, const char* help, auto run) {
    CLI::App* made = group.add_subcommand(name, help);
    add_format(*made, options->format);
    made->callback([&session, options, run] { run(session, *options); });
    return made;
  };
  const auto grading = [&](CLI::App* made) {
    made->add_option("--assert", options->assertions,
                     "A file with a list of assertions, beside each case's own");
    made->add_option("--grader", options->grader, "Who grades what a model grades");
    made->add_option("--grader-embedding", options->embedding, "Whose vectors `similar` compares");
    made->add_option("--reducer", options->reducer, "How repeats become one: mean, all, pass_at_k");
    made->add_option("--name", options->name, "What the run is called");
    made->add_option("--concurrency", options->concurrency, "Ask so many at once (4)");
    made->add_flag("--wait", options->wait, "Wait for the end; 100 when a case did not pass");
  };
  CLI::App* made = command("start", "Evaluate a candidate on a dataset, on the server", start);
  made->add_option("DATASET", options->dataset, "NAME or NAME@VERSION")->required();
  made->add_option("--prompt", options->prompt, "NAME, NAME@VERSION or NAME:LABEL");
  made->add_option("--model", options->model, "A model or a route");
  made->add_option("--knowledge", options->knowledge,
                   "Answer from this collection (handbook, handbook@v2)");
  made->add_flag("--require-citations", options->citations, "An answer without is a failure");
  made->add_option("--param", options->parameters, "KEY=JSON for every request: temperature=0");
  made->add_option("--repeat", options->repeats, "Ask each case so often");
  made->add_option("--max-cost", options->ceiling, "Stop before more USD than this are spent");
  made->add_option("--include", options->include, "approved (default) or all cases");
  made->add_flag("--cache", options->cache, "Answers may come from the response cache");
  grading(made);
  made->footer(
      "Example:\n  maester eval start summaries --prompt summary@v2 --model gpt-4.1-mini "
      "--max-cost 0.50 --wait");
  command("runs", "The newest evaluation runs", list)
      ->add_option("--dataset", options->dataset, "On this dataset only");
  const auto of_one = [&](const char* name, const char* help, auto run) {
    CLI::App* one = command(name, help, run);
    one->add_option("RUN", options->id, "The run's id")->required();
    return one;
  };
  of_one("show", "A run and its sums", show);
  made = of_one("results", "A run's results by case", results);
  made->add_option("--verdict", options->verdict, "pass, fail or error only");
  made->add_option("-f,--file", options->file, "Write them as JSON lines");
  of_one("cancel", "End a run that has not ended", cancel);
  made = of_one("retry", "Ask again what was an error, and what was not asked", retry);
  made->add_option("--max-cost", options->ceiling, "A higher ceiling");
  made->add_flag("--wait", options->wait, "Wait for the end");
  grading(of_one("rescore", "Grade a run's stored answers anew", rescore));
}

}  // namespace maester::app
