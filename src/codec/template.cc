#include "codec/template.h"

#include <algorithm>
#include <unordered_map>

#include "base/utf8.h"

namespace maester {
namespace {

constexpr std::size_t kMaxName = 64;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool continues_name(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

std::size_t name_length(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return 0;
  std::size_t n = 1;
  while (n < text.size() && continues_name(text[n])) ++n;
  return n;
}

// "line 2, column 7", counted in code points from 1.
std::string position(std::string_view source, std::size_t at) {
  const std::string_view before = source.substr(0, at);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 = 0
  return "line " + std::to_string(line) + ", column " +
         std::to_string(utf8::length(before.substr(start)) + 1);
}

std::unexpected<Error> fault(std::string_view source, std::size_t at, std::string_view what,
                             std::string_view advice) {
  return fail(Code::unprocessable, "The template has " + std::string(what) + " at " +
                                       position(source, at) + ": " + std::string(advice) + ".");
}

// The length of the name between the brace at `open` and its closing brace.
Result<std::size_t> check_name(std::string_view source, std::size_t open) {
  const std::string_view inside = source.substr(open + 1);
  const std::size_t close = inside.find_first_of("{}\n");
  if (close == std::string_view::npos || inside[close] != '}') {
    return fault(source, open, "a lone `{`", "write `{{` for a brace");
  }
  if (close == 0)
    return fault(source, open, "an empty name", "write `{name}`, or `{{}}` for braces");
  if (close > kMaxName)
    return fault(source, open, "a name of more than 64 characters", "shorten it");
  if (name_length(inside) != close) {
    return fault(
        source, open, "a malformed name",
        "a name is a letter or `_`, then letters, digits, `_`, `.` or `-`; write `{{` for a "
        "brace");
  }
  return close;
}

}  // namespace

Result<Template> Template::parse(std::string source) {
  Template out;
  const std::string_view text = source;
  std::string literal;
  std::unordered_map<std::string_view, int> indexes;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t brace = std::min(text.find_first_of("{}", at), text.size());
    literal.append(text.substr(at, brace - at));
    at = brace;
    if (at == text.size()) break;
    if (at + 1 < text.size() && text[at + 1] == text[at]) {
      literal += text[at];
      at += 2;
      continue;
    }
    if (text[at] == '}') return fault(text, at, "a lone `}`", "write `}}` for a brace");
    TRY_ASSIGN(const std::size_t length, check_name(text, at));
    const std::string_view name = text.substr(at + 1, length);
    const auto [known, is_new] = indexes.try_emplace(name, static_cast<int>(indexes.size()));
    if (is_new) out.variables_.emplace_back(name);
    out.parts_.push_back({std::move(literal), known->second});
    literal.clear();
    at += length + 2;
  }
  out.parts_.push_back({std::move(literal), -1});
  out.source_ = std::move(source);
  return out;
}

Result<std::string> Template::render(const Lookup& lookup, std::size_t max_bytes) const {
  std::vector<std::string_view> values;
  values.reserve(variables_.size());
  std::string missing;
  std::string first_missing;
  for (const std::string& name : variables_) {
    const std::optional<std::string_view> value = lookup(name);
    values.push_back(value.value_or(std::string_view()));
    if (value) continue;
    if (first_missing.empty()) first_missing = name;
    missing += (missing.empty() ? "`" : ", `") + name + "`";
  }
  if (!missing.empty()) {
    return fail(Code::missing_variable, "The prompt needs a value for " + missing + ".",
                first_missing);
  }
  std::size_t bytes = 0;
  for (const Part& part : parts_) {
    bytes += part.text.size();
    if (part.variable >= 0) bytes += values[static_cast<std::size_t>(part.variable)].size();
    if (bytes > max_bytes) {
      return fail(Code::too_large, "The rendered prompt would have more than " +
                                       std::to_string(max_bytes) + " bytes.");
    }
  }
  std::string out;
  out.reserve(bytes);
  for (const Part& part : parts_) {
    out += part.text;
    if (part.variable >= 0) out += values[static_cast<std::size_t>(part.variable)];
  }
  return out;
}

}  // namespace maester
