// maester prompts draft save | show | list | publish | delete
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli_prompts.h"
#include "app/cli_session.h"
#include "app/prompt_file.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string file, name, draft, message, format = "table";
  std::vector<std::string> labels;
};

std::string draft_path(const std::string& name, const std::string& draft, std::string_view below) {
  return prompt_path({name, "", ""}, "/drafts/" + wire::encode_segment(draft)) + std::string(below);
}

void print_draft(CliSession& session, json::Value answer) {
  session.out() << printable(answer.get("prompt").string_or("")) << "/"
                << printable(answer.get("draft").string_or("")) << ": ";
  if (answer.get("publishable").bool_or(false)) {
    session.out() << "can be published\n";
  } else {
    session.out() << "not yet: " << printable(answer.get("problem").get("detail").string_or(""))
                  << '\n';
  }
}

void save(CliSession& session, const Options& options) {
  const auto text = read_prompt_file(options.file);
  if (!text) return session.fail(text.error().message);
  auto body = push_body(options.file, *text, {});
  if (!body) return session.fail(body.error().message);
  const auto doc = json::Document::parse(*body);
  if (!doc) return session.fail(doc.error().message);
  const std::string name(doc->root().get("name").string_or(""));
  session.call(options.format, "PUT", draft_path(name, options.draft, ""), *body,
               [&](json::Value answer) { print_draft(session, answer); });
}

void list(CliSession& session, const Options& options) {
  session.call(options.format, "GET", prompt_path({options.name, "", ""}, "/drafts"), "",
               [&](json::Value answer) {
                 print_rows(session.out(), answer.get("data"),
                            {"draft", "publishable", "author", "saved_at"});
               });
}

void show(CliSession& session, const Options& options) {
  session.call(options.format, "GET", draft_path(options.name, options.draft, ""), "",
               [&](json::Value answer) { print_object(session.out(), answer); });
}

void publish(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().optional_field("message", options.message).key("labels").begin_array();
  for (const std::string& label : options.labels) w.value(label);
  w.end_array().end_object();
  session.call(options.format, "POST", draft_path(options.name, options.draft, "/publish"), body,
               [&](json::Value answer) {
                 session.out() << printable(answer.get("name").string_or("")) << "@"
                               << printable(answer.get("version").string_or("")) << '\n';
               });
}

void erase(CliSession& session, const Options& options) {
  session.call(options.format, "DELETE", draft_path(options.name, options.draft, ""), "",
               [&](json::Value) { session.out() << options.draft << " is dropped\n"; });
}

}  // namespace

void add_prompt_draft_commands(CLI::App& root, CliSession& session) {
  CLI::App* group = root.add_subcommand("draft", "Versions in the making");
  group->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto make = [&](const char* name, const char* help,
                        void (*run)(CliSession&, const Options&)) {
    CLI::App* command = group->add_subcommand(name, help);
    add_format(*command, options->format);
    command->callback([&session, options, run] { run(session, *options); });
    return command;
  };
  const auto place = [&](CLI::App* command) {
    command->add_option("NAME", options->name)->required();
    command->add_option("DRAFT", options->draft)->required();
    return command;
  };
  CLI::App* command = make("save", "Keep a file's prompt as a draft", save);
  command->add_option("FILE", options->file, ".prompt, .txt, .toml or .json")->required();
  command->add_option("DRAFT", options->draft)->required();
  make("list", "List a prompt's drafts", list)->add_option("NAME", options->name)->required();
  place(make("show", "Show a draft", show));
  command = place(make("publish", "Make a draft a version", publish));
  command->add_option("-l,--label", options->labels, "Point this label to it, too")
      ->allow_extra_args(false);
  command->add_option("-m,--message", options->message, "Why it changed");
  place(make("delete", "Drop a draft", erase));
}

}  // namespace maester::app
