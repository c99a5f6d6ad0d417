#include "codec/json_object.h"

#include <algorithm>
#include <string>

namespace maester::json {
namespace {

std::string place(const Value& value) {
  const std::string path = value.path();
  return path.empty() ? "The body" : "`" + path + "`";
}

}  // namespace

Status only_known(Value value, std::span<const std::string_view> known) {
  if (!value.is_object())
    return fail(Code::invalid_request, place(value) + " must be a JSON object.", value.path());
  if (const auto twice = value.duplicate_key()) {
    return fail(Code::invalid_request,
                place(value) + " has the key `" + std::string(*twice) + "` twice.",
                value.get(*twice).path());
  }
  for (const Value member : value) {
    if (std::ranges::find(known, member.key()) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known) names.append(names.empty() ? "" : ", ").append(name);
    return fail(Code::invalid_request,
                "`" + member.path() + "` is not known here; there are: " + names + ".",
                member.path());
  }
  return {};
}

Status read_text(Value value, std::size_t most, std::string& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(const std::string_view text, value.as_string());
  if (text.size() > most) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` may have " + std::to_string(most) + " bytes.",
                value.path());
  }
  out = text;
  return {};
}

}  // namespace maester::json
