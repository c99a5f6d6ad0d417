#include "api/conditional.h"

#include "base/hash.h"

namespace maester::api {
namespace {

constexpr std::size_t kEtagDigits = 32;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Weak comparison, as a GET has it: `W/` makes no difference.
bool names(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view one = trimmed(list.substr(0, comma));
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == etag) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

std::string etag_of_text(std::string_view text) {
  return '"' + sha256_hex(text).substr(0, kEtagDigits) + '"';
}

Answer conditional(const Context& context, Answer answer, std::string_view cache_control) {
  std::string etag = etag_of_text(answer.body);
  if (names(context.request.headers().get("if-none-match"), etag)) {
    answer.status = 304;
    answer.body.clear();
  }
  answer.headers.set("etag", std::move(etag));
  answer.headers.set("cache-control", std::string(cache_control));
  answer.headers.set("vary", "authorization, x-api-key");
  return answer;
}

Result<std::optional<std::string>> expected_etag(const Context& context) {
  const std::string_view none = trimmed(context.request.headers().get("if-none-match"));
  const std::string_view match = trimmed(context.request.headers().get("if-match"));
  if (none.empty() && match.empty()) return std::optional<std::string>();
  if (none == "*" && match.empty()) return std::optional(std::string());
  if (none.empty() && match.size() > 2 && match.front() == '"' && match.back() == '"' &&
      match.find('"', 1) == match.size() - 1)
    return std::optional(std::string(match.substr(1, match.size() - 2)));
  return fail(Code::invalid_request,
              "Give `if-match: \"ETAG\"` for what was read, or `if-none-match: *` for what may not "
              "be there yet.",
              none.empty() ? "if-match" : "if-none-match");
}

}  // namespace maester::api
