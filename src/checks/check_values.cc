// How the values of checks are written: texts, numbers that stand for texts, lists.
#include "checks/grader.h"
#include "codec/decimal.h"

namespace maester::checks {
namespace {

constexpr std::size_t kMaxTerms = 200;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// A field in quotes from `at` (at its quote) on; `\"`, `\\` and doubled quotes stand for
// themselves. False when it has no end or something but a comma follows.
bool take_quoted(std::string_view text, std::size_t& at, std::string& field) {
  for (++at; at < text.size(); ++at) {
    const char c = text[at];
    const bool more = at + 1 < text.size();
    if (c == '\\' && more && (text[at + 1] == '"' || text[at + 1] == '\\')) {
      field += text[++at];
    } else if (c == '"' && more && text[at + 1] == '"') {
      field += text[++at];
    } else if (c == '"') {
      ++at;
      while (at < text.size() && is_space(text[at])) ++at;
      return at == text.size() || text[at] == ',';
    } else {
      field += c;
    }
  }
  return false;
}

Result<std::vector<std::string>> split_list(const json::Value& place, std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at]) || text[at] == ',') {
      ++at;
      continue;
    }
    std::string field;
    if (text[at] == '"') {
      if (!take_quoted(text, at, field))
        return malformed(place, "has a quoted part without its end");
    } else {
      while (at < text.size() && text[at] != ',') field += text[at++];
      while (!field.empty() && is_space(field.back())) field.pop_back();
    }
    if (!field.empty()) out.push_back(std::move(field));
  }
  return out;
}

}  // namespace

Result<std::string> text_of(const json::Value& value) {
  if (value.is_number()) return json::Decimal::parse(value.raw()).to_string();
  const std::string_view text = value.string_or("");
  if (text.empty()) return malformed(value, "must be a text that is not empty");
  return std::string(text);
}

Result<std::vector<std::string>> list_of(const json::Value& value) {
  std::vector<std::string> out;
  if (value.is_string()) {
    TRY_ASSIGN(out, split_list(value, value.string_or("")));
  } else if (value.is_array()) {
    for (const json::Value element : value) {
      TRY_ASSIGN(std::string text, text_of(element));
      out.push_back(std::move(text));
    }
  }
  if (out.empty()) return malformed(value, "must be a list of texts that is not empty");
  if (out.size() > kMaxTerms) return malformed(value, "must not have more than 200 texts");
  return out;
}

}  // namespace maester::checks
