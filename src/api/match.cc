#include "api/match.h"

#include "wire/url.h"

namespace maester::api {
namespace {

// Takes "/segment" off the front; false at the end.
bool take_segment(std::string_view& rest, std::string_view& segment) {
  if (!rest.starts_with('/')) return false;
  const std::size_t end = rest.find('/', 1);
  segment = rest.substr(1, end == std::string_view::npos ? std::string_view::npos : end - 1);
  rest.remove_prefix(segment.size() + 1);
  return true;
}

}  // namespace

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> values;
  std::string_view wanted, given;
  while (take_segment(pattern, wanted)) {
    if (!take_segment(path, given)) return std::nullopt;
    if (!wanted.starts_with('{')) {
      if (wanted != given) return std::nullopt;
      continue;
    }
    auto value = wire::percent_decode(given);
    if (!value || value->empty()) return std::nullopt;
    values.push_back(std::move(*value));
  }
  if (!path.empty()) return std::nullopt;
  return values;
}

}  // namespace maester::api
