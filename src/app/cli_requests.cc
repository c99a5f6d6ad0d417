// maester trace | request | usage
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli_replay.h"
#include "app/cli_session.h"
#include "app/text_table.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string id, by = "model", from, to, format = "table";
};

void trace(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/traces/" + wire::encode_segment(options.id), "",
               [&](json::Value answer) {
                 const json::Value spans =
                     answer.get("spans").is_array() ? answer.get("spans") : answer.get("data");
                 print_rows(session.out(), spans,
                            {"name", "kind", "start_time", "duration_ms", "status", "span_id",
                             "parent_span_id"});
               });
}

void request(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/requests/" + wire::encode_segment(options.id), "",
               [&](json::Value receipt) { print_object(session.out(), receipt); });
}

void usage(CliSession& session, const Options& options) {
  // Commas stay: the server splits at them.
  std::string path = "/v1/usage?group_by=";
  std::size_t begin = 0;
  while (begin <= options.by.size()) {
    const std::size_t comma = std::min(options.by.find(',', begin), options.by.size());
    path += (begin == 0 ? "" : ",") + wire::encode_segment(options.by.substr(begin, comma - begin));
    begin = comma + 1;
  }
  if (!options.from.empty()) path += "&from=" + wire::encode_segment(options.from);
  if (!options.to.empty()) path += "&to=" + wire::encode_segment(options.to);
  session.call(options.format, "GET", path, "", [&](json::Value answer) {
    print_rows(session.out(), answer.get("data"));
    session.out() << "total: " << cell_text(answer.get("total").get("requests")) << " requests, "
                  << cell_text(answer.get("total").get("total_cost_usd")) << " USD\n";
  });
}

using Run = void (*)(CliSession&, const Options&);

}  // namespace

void add_request_commands(CLI::App& root, CliSession& session) {
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* command = root.add_subcommand(name, help);
    add_format(*command, options->format);
    command->callback([&session, options, run] { run(session, *options); });
    return command;
  };
  add_replay_command(root, session);
  add("trace", "Show the spans of a request", trace)
      ->add_option("ID", options->id, "Trace id")
      ->required();
  add("request", "Show the receipt of a request", request)
      ->add_option("ID", options->id, "Request id")
      ->required();
  CLI::App* command = add("usage", "Show what was used and what it cost", usage);
  command->add_option("--by", options->by, "tenant, model, prompt, key, day, in any mixture")
      ->capture_default_str();
  command->add_option("--from", options->from, "First day, YYYY-MM-DD (UTC)");
  command->add_option("--to", options->to, "Last day, YYYY-MM-DD (UTC)");
  command->footer("Example:\n  maester usage --by model,day --from 2026-11-01");
}

}  // namespace maester::app
