// maester prompts push FILE... | pull [NAME] [-o DIR]
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "app/cli_prompts.h"
#include "app/cli_session.h"
#include "app/prompt_file.h"
#include "app/text_table.h"

namespace maester::app {
namespace {

constexpr std::uintmax_t kMaxPromptFile = 1u << 20;

struct Options {
  std::vector<std::string> files;
  PushOverrides overrides;
  std::string name, directory = ".", format = "table";
};

Result<std::string> read_prompt_file(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream in(path, std::ios::binary);
  if (error || !in) return fail(Code::io_error, path + ": cannot be read");
  if (size > kMaxPromptFile) return fail(Code::too_large, path + ": has more than 1 MiB");
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

void print_pushed(CliSession& session, json::Value answer) {
  session.out() << printable(answer.get("name").string_or("")) << "@"
                << printable(answer.get("version").string_or(""))
                << (session.last_answer_status() == 201 ? " created" : " is there already") << '\n';
}

// Every file is read and checked before the first is pushed.
void push(CliSession& session, const Options& options) {
  if (options.files.size() > 1 && !options.overrides.version.empty()) {
    return session.wrong_usage("--version is for one file");
  }
  std::vector<std::string> bodies;
  for (const std::string& path : options.files) {
    const auto text = read_prompt_file(path);
    if (!text) return session.fail(text.error().message);
    auto body = push_body(path, *text, options.overrides);
    if (!body) return session.fail(body.error().message);
    bodies.push_back(std::move(*body));
  }
  for (std::string& body : bodies) {
    session.call(options.format, "POST", "/v1/prompts", std::move(body),
                 [&](json::Value answer) { print_pushed(session, answer); });
    if (session.status() != 0) return;
  }
}

Result<std::string> pull_one(CliSession& session, const std::string& name,
                             const std::string& directory) {
  TRY_ASSIGN(const std::string prompt,
             session.request("GET", prompt_path(parse_reference(name), "")));
  TRY_ASSIGN(const PulledFile file, pulled_file(prompt));
  // The server's names are checked there, but a path is made of this one here.
  if (file.name.find('/') != std::string::npos || file.name.starts_with('.')) {
    return fail(Code::invalid_request, "the server sent a prompt named `" + file.name + "`");
  }
  const std::filesystem::path path = std::filesystem::path(directory) / file.name;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << file.text;
  out.close();
  if (!out) return fail(Code::io_error, path.string() + ": cannot be written");
  return path.string();
}

Result<std::vector<std::string>> names_to_pull(CliSession& session, const Options& options) {
  if (!options.name.empty()) return std::vector<std::string>{options.name};
  TRY_ASSIGN(const std::string rows, session.request_all("/v1/prompts"));
  TRY_ASSIGN(const json::Document doc, json::Document::parse(rows));
  std::vector<std::string> names;
  for (const json::Value row : doc.root()) names.emplace_back(row.get("name").string_or(""));
  return names;
}

void pull(CliSession& session, const Options& options) {
  const auto names = names_to_pull(session, options);
  if (!names) return session.fail(names.error().message);
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  for (const std::string& name : *names) {
    const auto path = pull_one(session, name, options.directory);
    if (!path) return session.fail(path.error().message);
    session.out() << *path << '\n';
  }
}

}  // namespace

void add_prompt_file_commands(CLI::App& group, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = group.add_subcommand("push", "Make versions out of files");
  command->add_option("FILE", options->files, ".prompt, .txt, .toml or .json")->required();
  command->add_option("--version", options->overrides.version, "Instead of the next vN");
  command->add_option("-l,--label", options->overrides.labels, "Point this label to it, too")
      ->allow_extra_args(false);
  command->add_option("-m,--message", options->overrides.message, "Why it changed");
  add_format(*command, options->format);
  command->footer(
      "The name is the file's, unless the file says otherwise.\n"
      "See docs/how-to/prompts.md for what files may hold.");
  command->callback([&session, options] { push(session, *options); });

  command = group.add_subcommand("pull", "Write prompts into files that push reads back");
  command->add_option("NAME[@VERSION|:LABEL]", options->name, "One prompt (default: all)");
  command->add_option("-o,--directory", options->directory, "Where to write")
      ->capture_default_str();
  command->callback([&session, options] { pull(session, *options); });
}

}  // namespace maester::app
