// maester prompts push FILE... | pull [NAME] [-o DIR]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include "app/cli_prompts.h"
#include "app/cli_session.h"
#include "app/prompt_file.h"
#include "app/prompt_labels_file.h"
#include "app/text_table.h"
#include "prompts/natural_order.h"

namespace maester::app {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> files;
  PushOverrides overrides;
  std::string name, directory = ".", format = "table";
  bool all_versions = false, labels = false;
};

// A prompt that is to be pushed.
struct Push {
  std::string path, body, identity;  // identity: "greet", or "greet@v1"
};

void print_pushed(CliSession& session, json::Value answer) {
  session.out() << printable(answer.get("name").string_or("")) << "@"
                << printable(answer.get("version").string_or(""))
                << (session.last_answer_status() == 201 ? " created" : " is there already") << '\n';
}

bool is_labels_file(const std::string& path) {
  return fs::path(path).filename() == kLabelsFile;
}

// Files as they are named; of a directory those below it that are prompts, by name.
Result<std::vector<std::string>> files_of(const std::vector<std::string>& named) {
  std::vector<std::string> out;
  for (const std::string& path : named) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      out.push_back(path);
      continue;
    }
    std::vector<std::string> below;
    for (auto entry = fs::recursive_directory_iterator(path, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const std::string ending = entry->path().extension().string();
      if (entry->path().filename().string().starts_with('.')) {
        if (entry->is_directory(error)) entry.disable_recursion_pending();
      } else if (entry->is_regular_file(error) && (ending == ".prompt" || ending == ".txt" ||
                                                   ending == ".toml" || ending == ".json")) {
        below.push_back(entry->path().string());
      }
    }
    if (error) return fail(Code::io_error, path + ": cannot be read");
    std::sort(below.begin(), below.end(), [](const std::string& a, const std::string& b) {
      return prompts::natural_compare(a, b) < 0;
    });
    out.insert(out.end(), below.begin(), below.end());
  }
  return out;
}

Result<Push> read_push(const std::string& path, const PushOverrides& overrides) {
  TRY_ASSIGN(const std::string text, read_prompt_file(path));
  TRY_ASSIGN(std::string body, push_body(path, text, overrides));
  TRY_ASSIGN(const json::Document doc, json::Document::parse(body));
  const std::string_view version = doc.root().get("version").string_or("");
  std::string identity(doc.root().get("name").string_or(""));
  if (!version.empty()) identity += "@" + std::string(version);
  return Push{path, std::move(body), std::move(identity)};
}

Status read_all(const Options& options, std::vector<Push>& pushes, LabelSettings& settings) {
  TRY_ASSIGN(const std::vector<std::string> files, files_of(options.files));
  std::map<std::string, std::string> seen;
  for (const std::string& path : files) {
    if (is_labels_file(path)) {
      TRY_ASSIGN(const std::string text, read_prompt_file(path));
      TRY_ASSIGN(LabelSettings read, read_labels_file(path, text));
      std::move(read.labels.begin(), read.labels.end(), std::back_inserter(settings.labels));
      std::move(read.protections.begin(), read.protections.end(),
                std::back_inserter(settings.protections));
      continue;
    }
    TRY_ASSIGN(Push push, read_push(path, options.overrides));
    const auto [there, fresh] = seen.emplace(push.identity, path);
    if (!fresh) {
      return fail(Code::invalid_request, path + ": " + push.identity + " is in " + there->second +
                                             ", too; remove the one that is old");
    }
    pushes.push_back(std::move(push));
  }
  return {};
}

// A prompt inside another must be there first: one that refers to what is not found waits for the
// others.
bool push_in_order(CliSession& session, const Options& options, std::vector<Push> pushes) {
  while (!pushes.empty()) {
    std::vector<Push> waiting;
    std::string problem;
    for (Push& push : pushes) {
      const auto answer = session.request("POST", "/v1/prompts", push.body);
      const bool refers = push.body.find("{@") != std::string::npos;
      if (!answer && session.last_answer_status() == 404 && refers) {
        if (waiting.empty()) problem = push.path + ": " + answer.error().message;
        waiting.push_back(std::move(push));
      } else if (!answer) {
        session.fail(push.path + ": " + answer.error().message);
        return false;
      } else if (options.format == "json") {
        session.print_json(*answer);
      } else if (const auto doc = json::Document::parse(*answer); doc) {
        print_pushed(session, doc->root());
      }
    }
    if (waiting.size() == pushes.size()) {
      session.fail(problem);
      return false;
    }
    pushes = std::move(waiting);
  }
  return true;
}

// Every file is read and checked before the first is pushed; labels move when all versions are
// there.
void push(CliSession& session, const Options& options) {
  if (options.files.size() > 1 && !options.overrides.version.empty())
    return session.wrong_usage("--version is for one file");
  std::vector<Push> pushes;
  LabelSettings settings;
  if (!session.check(read_all(options, pushes, settings))) return;
  if (pushes.size() > 1 && !options.overrides.version.empty())
    return session.wrong_usage("--version is for one file");
  if (!push_in_order(session, options, std::move(pushes))) return;
  for (const auto& [prompt, body] : settings.labels) {
    session.call(options.format, "POST", prompt_path({prompt, "", ""}, "/labels"), body,
                 [&](json::Value answer) {
                   if (!answer.get("changed").bool_or(true)) return;
                   session.out() << prompt << ": moved "
                                 << printable(answer.get("label").string_or("")) << '\n';
                 });
    if (session.status() != 0) return;
  }
  for (const std::string& body : settings.protections) {
    session.call(options.format, "PUT", "/v1/protections", body, [](json::Value) {});
    if (session.status() != 0) return;
  }
}

Result<std::string> write_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return fail(Code::io_error, path.string() + ": cannot be written");
  return path.string();
}

// The server's names are checked there, but a path is made of this one here.
Status check_path_name(const std::string& name) {
  if (name.find('/') == std::string::npos && !name.starts_with('.')) return {};
  return fail(Code::invalid_request, "the server sent a prompt named `" + name + "`");
}

Status pull_one(CliSession& session, const std::string& name, const std::string& directory) {
  TRY_ASSIGN(const std::string prompt,
             session.request("GET", prompt_path(parse_reference(name), "")));
  TRY_ASSIGN(const PulledFile file, pulled_file(prompt));
  TRY(check_path_name(file.name));
  TRY_ASSIGN(const std::string path, write_file(fs::path(directory) / file.name, file.text));
  session.out() << path << '\n';
  return {};
}

// DIRECTORY/greet/v1.toml, ...
Status pull_versions(CliSession& session, const std::string& name, const std::string& directory) {
  TRY(check_path_name(name));
  TRY_ASSIGN(const std::string rows, session.request_all(prompt_path({name, "", ""}, "/versions")));
  TRY_ASSIGN(const json::Document doc, json::Document::parse(rows));
  for (const json::Value row : doc.root()) {
    TRY_ASSIGN(const PulledFile file, pulled_file(row.raw(), true));
    TRY(check_path_name(file.name));
    TRY_ASSIGN(const std::string path,
               write_file(fs::path(directory) / name / file.name, file.text));
    session.out() << path << '\n';
  }
  return {};
}

Status pull_labels(CliSession& session, const std::vector<std::string>& names,
                   const std::string& directory) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (const std::string& name : names) {
    TRY_ASSIGN(std::string rows, session.request_all(prompt_path({name, "", ""}, "/labels")));
    labels.emplace_back(name, std::move(rows));
  }
  TRY_ASSIGN(const std::string protections, session.request_all("/v1/protections"));
  TRY_ASSIGN(const std::string text, labels_file(labels, protections));
  TRY_ASSIGN(const std::string path, write_file(fs::path(directory) / kLabelsFile, text));
  session.out() << path << '\n';
  return {};
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
  const bool selects = options.name.find_first_of("@:") != std::string::npos;
  if (selects && (options.all_versions || options.labels))
    return session.wrong_usage("--all-versions and --labels are of whole prompts");
  for (const std::string& name : *names) {
    const Status pulled = options.all_versions ? pull_versions(session, name, options.directory)
                                               : pull_one(session, name, options.directory);
    if (!session.check(pulled)) return;
  }
  if (options.labels) session.check(pull_labels(session, *names, options.directory));
}

}  // namespace

void add_prompt_file_commands(CLI::App& group, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = group.add_subcommand("push", "Make versions out of files");
  command->add_option("FILE", options->files, ".prompt, .txt, .toml, .json, or a directory of them")
      ->required();
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
  command->add_flag("--all-versions", options->all_versions,
                    "Every version, as NAME/VERSION, with its name and message");
  command->add_flag("--labels", options->labels,
                    "What labels point to and which are protected, too, as @labels.toml");
  command->callback([&session, options] { pull(session, *options); });
}

}  // namespace maester::app
