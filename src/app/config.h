// Loading maester.toml (CONTRACT.md §2): text -> checked gateway::Config. All problems are told,
// not only the first, each with its place. Blocking (reads files); used at start, on SIGHUP and by
// the command line.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_tree.h"
#include "base/result.h"
#include "gateway/config.h"

namespace maester::app {

// Something that is wrong with a configuration, for a person.
struct Problem {
  std::string file;
  Place place;  // line 0: about the file as a whole
  std::string message;
  std::string to_string() const;  // "maester.toml:12:7: unknown key `modles` in ..."
};
using Problems = std::vector<Problem>;  // sorted by place, never empty when returned as an error

// What `${env:NAME}` and `${file:PATH}` are read from: a seam for tests and for `config check
// --no-secrets`.
struct Environment {
  std::function<std::optional<std::string>(std::string_view name)> variable;
  std::function<Result<std::string>(const std::string& path)> file;

  // The process's own; relative paths are below `directory`. A file may have 64 KiB and loses one
  // line end.
  static Environment of_process(std::string directory);
  // Answers every look-up with a stand-in: to check a file where its secrets are not at hand.
  static Environment stand_in();
};

struct LoadedConfig {
  gateway::Config config;
  Node tree;  // for `config explain`
};

// `file_name` is for the messages.
std::expected<LoadedConfig, Problems> parse_config(std::string_view toml,
                                                   const std::string& file_name,
                                                   const Environment& environment);

// The text of a file of at most 1 MiB.
std::expected<std::string, Problems> read_config_file(const std::string& path);

// Reads and parses a file of at most 1 MiB with the system's environment (or a given one).
std::expected<LoadedConfig, Problems> load_config(const std::string& path,
                                                  const Environment* environment = nullptr);

// All lines of `problems`, each ended by a line feed.
std::string to_string(const Problems& problems);

// The configuration of `serve --dev` (CONTRACT.md §1, §5), as TOML: simulated providers, five
// models with prices.
std::string_view dev_config_toml();

}  // namespace maester::app
