// maester jobs list | show | retry | cancel | doctor
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli_session.h"
#include "app/text_table.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string id, state, format = "table";
};

std::string path_of(const Options& options, std::string_view verb = "") {
  return "/v1/jobs/" + wire::encode_segment(options.id) + std::string(verb);
}

void list(CliSession& session, const Options& options) {
  const std::string query =
      options.state.empty() ? "" : "?state=" + wire::encode_segment(options.state);
  const auto rows = session.request_all("/v1/jobs" + query);
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto doc = json::Document::parse(*rows);
  if (!doc) return session.fail(doc.error().message);
  print_rows(session.out(), doc->root(),
             {"id", "kind", "subject", "state", "attempts", "progress", "updated_at"});
}

void print_job(CliSession& session, json::Value job) {
  for (const char* name :
       {"id", "kind", "subject", "state", "priority", "attempts", "progress", "created_at",
        "updated_at", "due_at", "ended_at", "trace_id", "result"}) {
    if (job.get(name).empty()) continue;
    session.out() << name << std::string(12 - std::string_view(name).size(), ' ')
                  << cell_text(job.get(name)) << '\n';
  }
  if (const json::Value error = job.get("error"); !error.empty()) {
    session.out() << "error       " << cell_text(error.get("code")) << ": "
                  << cell_text(error.get("message")) << '\n';
  }
  if (job.get("steps").size() == 0) return;
  session.out() << '\n';
  print_rows(session.out(), job.get("steps"),
             {"name", "state", "started_at", "duration_ms", "done", "total", "error"});
}

void show(CliSession& session, const Options& options) {
  session.call(options.format, "GET", path_of(options), "",
               [&](json::Value job) { print_job(session, job); });
}

void retry(CliSession& session, const Options& options) {
  session.call(options.format, "POST", path_of(options, "/retry"), "", [&](json::Value job) {
    session.out() << "Job " << cell_text(job.get("id")) << " is queued again.\n";
  });
}

void cancel(CliSession& session, const Options& options) {
  session.call(options.format, "POST", path_of(options, "/cancel"), "", [&](json::Value job) {
    session.out() << "Job " << cell_text(job.get("id")) << " is cancelled.\n";
  });
}

void doctor(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/jobs/doctor", "", [&](json::Value answer) {
    const json::Value workers = answer.get("workers");
    session.out() << "workers: " << cell_text(workers.get("busy")) << " of "
                  << cell_text(workers.get("threads")) << " busy"
                  << (workers.get("paused").bool_or(false) ? ", paused" : "") << "; "
                  << cell_text(answer.get("running")) << " of the tenant's jobs run, "
                  << answer.get("data").size()
                  << (answer.get("complete").bool_or(true) ? "" : " and more") << " stand still\n";
    for (const json::Value one : answer.get("data")) {
      session.out() << '\n'
                    << cell_text(one.get("id")) << "  " << cell_text(one.get("kind")) << ' '
                    << cell_text(one.get("subject")) << "  " << cell_text(one.get("state")) << " ("
                    << cell_text(one.get("reason")) << ")\n  " << cell_text(one.get("explanation"))
                    << '\n';
    }
  });
}

using Run = void (*)(CliSession&, const Options&);

}  // namespace

void add_job_commands(CLI::App& root, CliSession& session) {
  CLI::App* jobs = root.add_subcommand("jobs", "Work that outlives its request");
  jobs->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* command = jobs->add_subcommand(name, help);
    add_format(*command, options->format);
    command->callback([&session, options, run] { run(session, *options); });
    return command;
  };
  add("list", "The newest jobs", list)
      ->add_option("--state", options->state,
                   "queued, running, retry_wait, succeeded, failed, dead or cancelled");
  const auto of_one = [&](const char* name, const char* help, Run run) {
    add(name, help, run)->add_option("ID", options->id, "Job id")->required();
  };
  of_one("show", "A job with its steps", show);
  of_one("retry", "Run a dead, failed or cancelled job again, or a waiting one now", retry);
  of_one("cancel", "End a job that has not ended", cancel);
  add("doctor", "Why jobs do not move", doctor)->footer("Example:\n  maester jobs doctor");
}

}  // namespace maester::app
