// maester replay REQUEST_ID | --filter ...: recorded requests once more.
#include "app/cli_replay.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "app/cli_eval.h"
#include "app/cli_filter.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "evals/files.h"
#include "wire/url.h"

namespace maester::app {
namespace {

constexpr std::chrono::milliseconds kLongest{1'000};  // between two looks

struct Options {
  std::string id, model, prompt_version, prompt_label, knowledge, assertions, ceiling, fixture;
  std::string format = "table";
  FilterOptions filter;
  bool filtered = false, no_wait = false;
};

void replay_one(CliSession& session, const Options& options) {
  const std::string path = "/v1/replays/" + wire::encode_segment(options.id);
  if (!options.fixture.empty()) {
    const auto fixture = session.request("POST", path + "/fixture");
    if (!fixture) return session.fail(fixture.error().message);
    std::error_code failed;
    std::filesystem::create_directories(options.fixture, failed);
    const auto file = std::filesystem::path(options.fixture) / (options.id + ".json");
    std::ofstream out(file, std::ios::binary);
    out << *fixture << '\n';
    if (!out.flush()) return session.fail("cannot write " + file.string());
    session.out() << file.string() << '\n';
    return;
  }
  std::string body;
  json::Writer(body)
      .begin_object()
      .optional_field("model", options.model)
      .optional_field("prompt_version", options.prompt_version)
      .end_object();
  session.call(options.format, "POST", path + "/run", body, [&](json::Value answer) {
    print_object(session.out(), answer.get("result").get("comparison"));
  });
}

Result<std::string> batch_body(const Options& options) {
  TRY_ASSIGN(const std::string filter, filter_json(options.filter));
  std::string out;
  json::Writer w(out);
  w.begin_object().raw_field("requests", filter).optional_field("model", options.model);
  w.optional_field("prompt_version", options.prompt_version);
  w.optional_field("prompt_label", options.prompt_label);
  w.optional_field("max_cost_usd", options.ceiling);
  if (!options.knowledge.empty()) write_collection(w, options.knowledge, false);
  if (!options.assertions.empty()) {
    TRY_ASSIGN(const evals::Value list, evals::read_value_file(options.assertions));
    w.raw_field("assertions", list.json());
  }
  w.end_object();
  return out;
}

void print_batch(CliSession& session, json::Value batch) {
  const json::Value told = batch.get("differences");
  session.out() << "replay     " << cell_text(batch.get("id")) << " is "
                << cell_text(batch.get("state")) << '\n'
                << "baseline   " << cell_text(batch.get("baseline_run")) << '\n'
                << "candidate  " << cell_text(batch.get("candidate_run")) << '\n'
                << "compared   " << cell_text(told.get("compared")) << ", the same "
                << cell_text(told.get("same")) << ", without an answer "
                << cell_text(told.get("missing")) << '\n';
  for (const json::Value one : told.get("by_kind"))
    session.out() << "  " << one.key() << "  " << cell_text(one) << '\n';
  session.out() << "verdicts   " << cell_text(told.get("regressed")) << " became worse, "
                << cell_text(told.get("improved")) << " better\n"
                << "cost       " << cell_text(told.get("cost_usd").get("before")) << " -> "
                << cell_text(told.get("cost_usd").get("after")) << " USD\n"
                << "latency    " << cell_text(told.get("mean_latency_ms").get("before")) << " -> "
                << cell_text(told.get("mean_latency_ms").get("after")) << " ms on average\n";
  for (const json::Value one : batch.get("skipped")) {
    if (one.get("count").int_or(0) > 0)
      session.out() << one.key() << ": " << cell_text(one.get("count")) << " left out\n";
  }
}

void replay_many(CliSession& session, const Options& options) {
  const auto body = batch_body(options);
  if (!body) return session.wrong_usage(body.error().message);
  auto answer = session.request("POST", "/v1/replays/batches", *body);
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, kLongest)) {
    if (!answer) return session.fail(answer.error().message);
    const auto document = json::Document::parse(*answer);
    if (!document) return session.fail(document.error().message);
    const json::Value batch = document->root();
    const std::string_view state = batch.get("state").string_or("");
    const bool over = state != "queued" && state != "running";
    if (over || options.no_wait) {
      if (session.environment().terminal) session.err() << '\n';
      options.format == "json" ? session.print_json(*answer) : print_batch(session, batch);
      if (over && state != "succeeded") session.set_status(1);
      return;
    }
    if (session.environment().terminal) {
      session.err() << '\r' << cell_text(batch.get("differences").get("compared")) << '/'
                    << cell_text(batch.get("answers_wanted")) << " requests" << std::flush;
    }
    std::this_thread::sleep_for(pause);
    answer = session.request(
        "GET", "/v1/replays/batches/" + wire::encode_segment(batch.get("id").string_or("")));
  }
}

void replay(CliSession& session, const Options& options) {
  if (options.filtered != options.id.empty())
    return session.wrong_usage("give a REQUEST_ID, or --filter with what chooses the requests");
  options.filtered ? replay_many(session, options) : replay_one(session, options);
}

}  // namespace

void add_replay_command(CLI::App& root, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      root.add_subcommand("replay", "Run a recorded request again and compare, or many");
  add_format(*command, options->format);
  command->add_option("REQUEST_ID", options->id);
  command->add_option("--model", options->model, "Ask this model instead");
  command->add_option("--prompt-version", options->prompt_version, "Use this version instead");
  command->add_option("--prompt-label", options->prompt_label, "Use this label's version (many)");
  command->add_option("--knowledge", options->knowledge,
                      "Answer from this collection (many; handbook, handbook@v2)");
  command->add_option("--assert", options->assertions, "A file with a list of assertions (many)");
  command->add_option("--max-cost", options->ceiling, "Spend at most so many USD (many)");
  command->add_option("--fixture", options->fixture,
                      "Write the request as a fixture to this folder");
  command->add_flag("--no-wait", options->no_wait, "Do not wait for the end (many)");
  command->add_flag("--filter", options->filtered, "Many: those that the options below choose");
  add_filter_options(*command, options->filter, "filter-");
  command->footer(
      "Example:\n  maester replay --filter --filter-prompt support --since 2026-11-20 "
      "--prompt-version v4");
  command->callback([&session, options] { replay(session, *options); });
}

}  // namespace maester::app
