#include "app/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "app/config_bind.h"
#include "app/config_reader.h"
#include "base/utf8.h"

namespace maester::app {
namespace {

constexpr std::size_t kMaxFile = 1u << 20;
constexpr std::size_t kMaxSecretFile = 64u << 10;

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(Code::io_error, "`" + path.string() + "` is not a file, or may not be read");
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (!in && !in.eof())) {
    return fail(Code::io_error, "`" + path.string() + "` cannot be read");
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > limit) {
    return fail(Code::too_large,
                "`" + path.string() + "` has more than " + std::to_string(limit) + " bytes");
  }
  return text;
}

}  // namespace

std::string Problem::to_string() const {
  std::string out = file;
  if (place.line != 0) {
    out += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  }
  return out + ": " + message;
}

std::string to_string(const Problems& problems) {
  std::string out;
  for (const Problem& problem : problems) out += problem.to_string() + "\n";
  return out;
}

Environment Environment::of_process(std::string directory) {
  Environment out;
  out.variable = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  out.file = [directory = std::move(directory)](const std::string& path) -> Result<std::string> {
    TRY_ASSIGN(std::string text,
               read_file(std::filesystem::path(directory) / path, kMaxSecretFile));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty()) return fail(Code::invalid_request, "`" + path + "` is empty");
    return text;
  };
  return out;
}

Environment Environment::stand_in() {
  Environment out;
  // Different names stand for different secrets, long enough for every rule.
  out.variable = [](std::string_view name) -> std::optional<std::string> {
    return "stand-in-for-env-" + std::string(name);
  };
  out.file = [](const std::string& path) -> Result<std::string> {
    return "stand-in-for-file-" + path;
  };
  return out;
}

std::expected<LoadedConfig, Problems> parse_config(std::string_view toml,
                                                   const std::string& file_name,
                                                   const Environment& environment) {
  ProblemList problems(file_name);
  if (!utf8::valid(toml)) {
    problems.add({}, "the file is not valid UTF-8");
    return std::unexpected(problems.take());
  }
  LoadedConfig loaded;
  loaded.tree = read_tree(toml, file_name, environment, problems);
  // A text that does not parse has no keys to check: its one problem is enough.
  if (problems.empty() || loaded.tree.given) {
    loaded.config = bind_config(loaded.tree, problems);
  }
  if (!problems.empty()) return std::unexpected(problems.take());
  return loaded;
}

std::expected<std::string, Problems> read_config_file(const std::string& path) {
  auto text = read_file(path, kMaxFile);
  if (!text) return std::unexpected(Problems{{path, {}, text.error().message}});
  return std::move(*text);
}

std::expected<LoadedConfig, Problems> load_config(const std::string& path,
                                                  const Environment* environment) {
  auto text = read_config_file(path);
  if (!text) return std::unexpected(std::move(text.error()));
  if (environment != nullptr) return parse_config(*text, path, *environment);
  const Environment process =
      Environment::of_process(std::filesystem::path(path).parent_path().string());
  return parse_config(*text, path, process);
}

}  // namespace maester::app
