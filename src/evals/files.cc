#include "evals/files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/utf8.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace fs = std::filesystem;
namespace {

bool matches(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = std::string_view::npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++n;
      ++p;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

std::string_view file_reference(std::string_view text) {
  constexpr std::string_view kScheme = "file://";
  return text.starts_with(kScheme) ? text.substr(kScheme.size()) : std::string_view();
}

std::string path_in(std::string_view folder, std::string_view name) {
  const fs::path path(name);
  return path.is_absolute() || folder.empty() ? path.string() : (fs::path(folder) / path).string();
}

std::string folder_of(std::string_view path) {
  return fs::path(path).parent_path().string();
}

std::string ending_of(std::string_view path) {
  std::string out = fs::path(path).extension().string();
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || !fs::is_regular_file(path, error))
    return fail(Code::invalid_request, path + ": cannot be read: there is no such file");
  if (size > kMaxFile) return fail(Code::too_large, path + ": has more than 64 MiB");
  std::ifstream in(path, std::ios::binary);
  std::string out((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.good() && !in.eof()) return fail(Code::io_error, path + ": cannot be read");
  if (out.starts_with("\xef\xbb\xbf")) out.erase(0, 3);
  if (!utf8::valid(out)) return fail(Code::invalid_request, path + ": is not valid UTF-8");
  return out;
}

Result<Value> read_value_file(const std::string& path) {
  TRY_ASSIGN(std::string text, read_file(path));
  const std::string ending = ending_of(path);
  if (ending == ".yaml" || ending == ".yml") return parse_yaml(text, path);
  if (ending == ".json") {
    auto out = parse_json(text);
    if (!out) return fail(Code::invalid_request, path + ": " + out.error().message);
    return out;
  }
  constexpr std::string_view kSpace = " \t\r\n";
  const auto from = text.find_first_not_of(kSpace);
  if (from == std::string::npos) return Value::of("");
  return Value::of(text.substr(from, text.find_last_not_of(kSpace) - from + 1));
}

Result<std::vector<std::string>> files_matching(const std::string& pattern) {
  const fs::path path(pattern);
  const std::string last = path.filename().string();
  if (last.find_first_of("*?") == std::string::npos) return std::vector{pattern};
  std::vector<std::string> out;
  std::error_code error;
  const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error) && matches(entry.path().filename().string(), last))
      out.push_back(entry.path().string());
  }
  if (out.empty()) return fail(Code::invalid_request, pattern + ": matches no file");
  std::ranges::sort(out);
  return out;
}

}  // namespace maester::evals
