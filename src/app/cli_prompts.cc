// maester prompts list | show | diff | render | delete  (push and pull: cli_prompt_files.cc;
// labels: cli_prompt_labels.cc; drafts: cli_prompt_drafts.cc)
#include "app/cli_prompts.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "app/cli_session.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string name, old_version, new_version, user, draft, format = "table";
  std::vector<std::string> variables, json_variables;
};

void list(CliSession& session, const Options& options) {
  const auto rows = session.request_all("/v1/prompts");
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto doc = json::Document::parse(*rows);
  if (!doc) return session.fail(doc.error().message);
  print_rows(session.out(), doc->root(), {"name", "latest", "versions", "labels", "updated_at"});
}

void show(CliSession& session, const Options& options) {
  const PromptReference reference = parse_reference(options.name);
  session.call(options.format, "GET", prompt_path(reference, ""), "",
               [&](json::Value prompt) { print_object(session.out(), prompt); });
}

void diff(CliSession& session, const Options& options) {
  const std::string path = prompt_path({options.name, "", ""}, "/diff") +
                           "?from=" + wire::encode_segment(options.old_version) +
                           "&to=" + wire::encode_segment(options.new_version);
  session.call(options.format, "GET", path, "",
               [&](json::Value answer) { session.out() << answer.get("diff").string_or(""); });
}

void erase(CliSession& session, const Options& options) {
  session.call(options.format, "DELETE", prompt_path({options.name, "", ""}, ""), "",
               [&](json::Value) { session.out() << options.name << " is deleted\n"; });
}

// Splits "k=v" of --var or --json-var into the object under construction.
Status add_variables(const std::vector<std::string>& given, bool as_json, json::Writer& w) {
  for (const std::string& one : given) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Code::invalid_request, "--var is NAME=VALUE, not `" + one + "`");
    }
    const std::string value = one.substr(equals + 1);
    w.key(one.substr(0, equals));
    if (!as_json) {
      w.value(value);
      continue;
    }
    if (!json::Document::parse(value)) {
      return fail(Code::invalid_request, "--json-var is NAME=JSON, not `" + one + "`");
    }
    w.raw(value);
  }
  return {};
}

void render(CliSession& session, const Options& options) {
  const PromptReference reference = parse_reference(options.name);
  std::string body;
  json::Writer w(body);
  w.begin_object().optional_field("version", reference.version);
  w.optional_field("label", reference.label).optional_field("user", options.user);
  w.optional_field("draft", options.draft).key("variables").begin_object();
  for (const auto& [given, as_json] :
       {std::pair(&options.variables, false), std::pair(&options.json_variables, true)}) {
    const Status added = add_variables(*given, as_json, w);
    if (!added) return session.wrong_usage(added.error().message);
  }
  w.end_object().end_object();
  session.call(options.format, "POST", prompt_path({reference.name, "", ""}, "/render"), body,
               [&](json::Value answer) {
                 session.out() << answer.get("text").string_or("") << '\n';
                 session.err() << "version " << printable(answer.get("version").string_or(""))
                               << ", hash " << printable(answer.get("prompt_hash").string_or(""))
                               << '\n';
               });
}

using Run = void (*)(CliSession&, const Options&);

CLI::App* add(CLI::App* group, CliSession& session, const std::shared_ptr<Options>& options,
              const char* name, const char* help, Run run) {
  CLI::App* command = group->add_subcommand(name, help);
  add_format(*command, options->format);
  command->callback([&session, options, run] { run(session, *options); });
  return command;
}

}  // namespace

PromptReference parse_reference(const std::string& text) {
  const std::size_t at = text.find_first_of("@:");
  if (at == std::string::npos) return {text, "", ""};
  const std::string rest = text.substr(at + 1);
  return text[at] == '@' ? PromptReference{text.substr(0, at), rest, ""}
                         : PromptReference{text.substr(0, at), "", rest};
}

std::string prompt_path(const PromptReference& reference, std::string_view below) {
  std::string out = "/v1/prompts/" + wire::encode_segment(reference.name) + std::string(below);
  if (!reference.version.empty()) out += "?version=" + wire::encode_segment(reference.version);
  if (!reference.label.empty()) out += "?label=" + wire::encode_segment(reference.label);
  return out;
}

void add_prompt_commands(CLI::App& root, CliSession& session) {
  CLI::App* group = root.add_subcommand("prompts", "Versions of prompts and the labels on them");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n  maester prompts push greet.prompt --label canary -m 'shorter'\n"
      "  maester prompts diff greet v1 v2\n"
      "  maester prompts label greet production v2 --reason 'passed on staging'\n"
      "  maester prompts label greet production v2=90,v3=10\n"
      "  maester prompts rollback greet production\n"
      "  maester prompts history greet production\n"
      "  maester prompts render greet:canary --var name=Ada");
  add_prompt_file_commands(*group, session);
  add_prompt_label_commands(*group, session);
  add_prompt_draft_commands(*group, session);
  auto options = std::make_shared<Options>();
  const auto make = [&](const char* name, const char* help, Run run) {
    return add(group, session, options, name, help, run);
  };
  make("list", "List prompts", list);
  make("show", "Show a version", show)
      ->add_option("NAME[@VERSION|:LABEL]", options->name, "Which one")
      ->required();
  CLI::App* command = make("diff", "Compare two versions", diff);
  command->add_option("NAME", options->name)->required();
  command->add_option("V1", options->old_version)->required();
  command->add_option("V2", options->new_version)->required();
  make("delete", "Delete a prompt with all its versions", erase)
      ->add_option("NAME", options->name)
      ->required();
  command = make("render", "Fill in variables and print the text", render);
  command->add_option("NAME[@VERSION|:LABEL]", options->name)->required();
  command->add_option("--user", options->user, "Of a split label: this user's version");
  command->add_option("--draft", options->draft, "This draft instead of a version");
  command->add_option("--var", options->variables, "NAME=VALUE, a string; may be repeated")
      ->allow_extra_args(false);
  command
      ->add_option("--json-var", options->json_variables,
                   "NAME=JSON for variables of other types; may be repeated")
      ->allow_extra_args(false);
}

}  // namespace maester::app
