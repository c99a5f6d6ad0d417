// maester batch run | list | show | cancel, maester files list | show | get | delete
#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "app/batch_run.h"
#include "app/cli_session.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  BatchRun run;
  LocalBatches local;
  std::string prompt, id, output, format = "table";
};

// "NAME@VERSION", "NAME:LABEL" or "NAME".
void read_prompt(const std::string& text, BatchInput& input) {
  const std::size_t at = text.find_first_of("@:");
  input.prompt = text.substr(0, at);
  if (at == std::string::npos) return;
  (text[at] == '@' ? input.version : input.label) = text.substr(at + 1);
}

void run(CliSession& session, Options& options) {
  read_prompt(options.prompt, options.run.input);
  const std::string url = session.environment().variable("MAESTER_URL").value_or("");
  if (!url.empty() && !options.local.data_dir.empty())
    return session.wrong_usage("--data is for a run without a server, and MAESTER_URL names one");
  if (options.local.data_dir.empty()) options.local.data_dir = options.run.output + ".state";
  options.run.open = [&]() -> Result<std::unique_ptr<BatchPort>> {
    if (!url.empty()) return server_batches(session, url);
    return local_batches(options.local);
  };
  run_batch(session, options.run);
}

void list(CliSession& session, const Options& options, const std::string& path,
          std::vector<std::string> columns) {
  std::string rows, after;
  json::Writer w(rows);
  w.begin_array();
  for (bool more = true; more;) {
    const auto page = session.request(
        "GET", path + (after.empty() ? "" : "&after=" + wire::encode_segment(after)));
    if (!page) return session.fail(page.error().message);
    const auto document = json::Document::parse(*page);
    if (!document) return session.fail(document.error().message);
    for (const json::Value row : document->root().get("data")) w.raw(row.raw());
    after = document->root().get("last_id").string_or("");
    more = document->root().get("has_more").bool_or(false) && !after.empty();
  }
  w.end_array();
  if (options.format == "json") return session.print_json(R"({"data":)" + rows + "}");
  const auto document = json::Document::parse(rows);
  if (document) print_rows(session.out(), document->root(), columns);
}

void add_run(CLI::App& group, CliSession& session, const std::shared_ptr<Options>& options) {
  CLI::App* command = group.add_subcommand("run", "Ask every line of a file, answers to another");
  command->add_option("INPUT", options->run.input.path, "JSONL: requests, or a prompt's variables")
      ->required();
  command->add_option("-o,--output", options->run.output, "JSONL: a line for each, in their order")
      ->required();
  command->add_option("--model", options->run.input.model, "Every line asks this model or route");
  command->add_option("--prompt", options->prompt,
                      "NAME@VERSION or NAME:LABEL: the lines are its variables");
  command
      ->add_option("--concurrency", options->local.concurrency,
                   "Lines at a time, without a server (as configured)")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--resume", options->run.resume, "Go on with a run that was interrupted");
  command->add_option("--config", options->local.config_file,
                      "Without a server: TOML file (default: maester.toml)");
  command->add_option("--data", options->local.data_dir,
                      "Without a server: the data directory (default: OUTPUT.state)");
  command->add_flag("--dev", options->local.dev, "Without a server: simulated models");
  command->footer(
      "On the server at MAESTER_URL when that is set, else in this process.\n"
      "Exit status: 0 every line was answered, 1 a line failed or the input is broken, 2 wrong "
      "usage.\n\n"
      "Example:\n  maester batch run tickets.jsonl -o answers.jsonl --prompt triage@v3 --model "
      "gpt-4.1-mini");
  command->callback([&session, options] { run(session, *options); });
}

}  // namespace

void add_batch_commands(CLI::App& root, CliSession& session) {
  CLI::App* batch = root.add_subcommand("batch", "Many requests at once, at leisure");
  batch->require_subcommand(1);
  auto options = std::make_shared<Options>();
  add_run(*batch, session, options);
  CLI::App* lister = batch->add_subcommand("list", "The batches of the server");
  add_format(*lister, options->format);
  lister->callback([&session, options] {
    list(session, *options, "/v1/batches?limit=100",
         {"id", "status", "endpoint", "request_counts", "created_at"});
  });
  const auto of_one = [&](const char* name, const char* help, const char* method,
                          const char* suffix) {
    CLI::App* command = batch->add_subcommand(name, help);
    add_format(*command, options->format);
    command->add_option("ID", options->id, "Batch id")->required();
    command->callback([&session, options, method, suffix] {
      session.call(options->format, method,
                   "/v1/batches/" + wire::encode_segment(options->id) + suffix, "",
                   [&](json::Value answer) { print_object(session.out(), answer); });
    });
  };
  of_one("show", "One batch", "GET", "");
  of_one("cancel", "End a batch; what is finished stays", "POST", "/cancel");
}

void add_file_commands(CLI::App& root, CliSession& session) {
  CLI::App* files = root.add_subcommand("files", "Files of batches on the server");
  files->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* lister = files->add_subcommand("list", "The tenant's files");
  add_format(*lister, options->format);
  lister->callback([&session, options] {
    list(session, *options, "/v1/files?limit=1000",
         {"id", "purpose", "filename", "bytes", "created_at"});
  });
  const auto path = [options] { return "/v1/files/" + wire::encode_segment(options->id); };
  CLI::App* get = files->add_subcommand("get", "Write a file's content to disk");
  get->add_option("ID", options->id, "File id")->required();
  get->add_option("-o,--output", options->output, "Where to")->required();
  get->callback([&session, options, path] {
    session.check(session.download(path() + "/content", options->output));
  });
  CLI::App* gone = files->add_subcommand("delete", "Delete a file");
  add_format(*gone, options->format);
  gone->add_option("ID", options->id, "File id")->required();
  gone->callback([&session, options, path] {
    session.call(options->format, "DELETE", path(), "", [&](json::Value answer) {
      session.out() << cell_text(answer.get("id")) << " is deleted.\n";
    });
  });
}

}  // namespace maester::app
