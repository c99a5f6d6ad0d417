#include "gateway/providers/bedrock/adapter.h"
#include "gateway/providers/common/answer.h"

namespace maester::gateway::bedrock {

// As Anthropic counts: cache reads and writes stand beside the input.
std::optional<meter::Usage> read_usage(json::Value usage) {
  if (!usage.get("inputTokens").is_number() && !usage.get("outputTokens").is_number()) {
    return std::nullopt;
  }
  bool bounded = false;
  meter::Usage out;
  out.input = providers::bounded_count(usage.get("inputTokens"), bounded);
  out.output = providers::bounded_count(usage.get("outputTokens"), bounded);
  out.cached_input = providers::bounded_count(usage.get("cacheReadInputTokens"), bounded);
  std::int64_t written = providers::bounded_count(usage.get("cacheWriteInputTokens"), bounded);
  for (const json::Value part : usage.get("cacheDetails")) {
    if (part.get("ttl").string_or("") != "1h") continue;
    const std::int64_t hour = providers::bounded_count(part.get("inputTokens"), bounded);
    if (hour > written) bounded = true;
    out.cache_write_1h += hour > written ? written : hour;
    written -= hour > written ? written : hour;
  }
  out.cache_write_5m = written;
  if (bounded) out.provenance = meter::Provenance::estimated;
  return out;
}

}  // namespace maester::gateway::bedrock
