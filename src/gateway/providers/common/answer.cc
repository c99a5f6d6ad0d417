#include "gateway/providers/common/answer.h"

#include <algorithm>
#include <utility>

#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/scrub.h"

namespace maester::gateway::providers {

Result<json::Document> parse_answer(std::string_view body, const json::Limits& limits) {
  auto doc = json::Document::parse(body, limits);
  if (!doc) {
    return fail(Code::upstream_error, "The provider's answer is not JSON.", {},
                std::move(doc).error().message);
  }
  const json::Value root = doc->root();
  if (!root.is_object()) {
    return fail(Code::upstream_error, "The provider's answer is no JSON object.");
  }
  if (is_error_value(root)) {
    return fail(Code::upstream_error, "The provider answered 200 with an error in its body.", {},
                scrub(read_error_value(root).message));
  }
  return std::move(*doc);
}

std::int64_t bounded_count(json::Value value, bool& bounded) {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  const std::int64_t raw = value.int_or(0);
  const std::int64_t sane = std::clamp<std::int64_t>(raw, 0, kMost);
  if (sane != raw) bounded = true;
  return sane;
}

}  // namespace maester::gateway::providers
