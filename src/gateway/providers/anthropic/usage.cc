#include <algorithm>

#include "gateway/providers/anthropic/adapter.h"

namespace maester::gateway::anthropic {

namespace {

constexpr std::int64_t kMostTokens = 1'000'000'000'000;  // no real request comes near

void replace(std::int64_t& held, json::Value count) {
  if (count.is_number()) held = count.int_or(held);
}

std::int64_t bounded(std::int64_t count, bool& changed) {
  const std::int64_t sane = std::clamp<std::int64_t>(count, 0, kMostTokens);
  if (sane != count) changed = true;
  return sane;
}

}  // namespace

void UsageReader::read(json::Value usage) {
  if (!usage.is_object()) return;
  seen_ |= usage.get("input_tokens").is_number() || usage.get("output_tokens").is_number();
  replace(input_, usage.get("input_tokens"));
  replace(output_, usage.get("output_tokens"));
  replace(cache_read_, usage.get("cache_read_input_tokens"));
  replace(cache_creation_, usage.get("cache_creation_input_tokens"));
  const json::Value creation = usage.get("cache_creation");
  replace(write_5m_, creation.get("ephemeral_5m_input_tokens"));
  replace(write_1h_, creation.get("ephemeral_1h_input_tokens"));
  replace(thinking_, usage.get("output_tokens_details").get("thinking_tokens"));
  replace(searches_, usage.get("server_tool_use").get("web_search_requests"));
  const std::string_view tier = usage.get("service_tier").string_or("");
  if (!tier.empty()) service_tier_ = tier;
  read_iterations(usage.get("iterations"));
}

// The totals are the sum of the `message` runs alone. A compaction is the same model at the same
// price and is added; an adviser is another model, whose tokens have no bucket here.
void UsageReader::read_iterations(json::Value iterations) {
  if (!iterations.is_array()) return;
  extra_input_ = extra_cache_read_ = extra_cache_write_ = extra_output_ = 0;
  bool ignored = false;
  for (const json::Value run : iterations) {
    const std::string_view type = run.get("type").string_or("message");
    if (type == "compaction") {
      extra_input_ += bounded(run.get("input_tokens").int_or(0), ignored);
      extra_cache_read_ += bounded(run.get("cache_read_input_tokens").int_or(0), ignored);
      extra_cache_write_ += bounded(run.get("cache_creation_input_tokens").int_or(0), ignored);
      extra_output_ += bounded(run.get("output_tokens").int_or(0), ignored);
    } else if (type != "message") {
      foreign_ = true;
    }
  }
}

std::optional<meter::Usage> UsageReader::usage() const {
  if (!seen_) return std::nullopt;
  bool changed = foreign_;
  meter::Usage out;
  out.input = bounded(input_, changed) + extra_input_;
  out.cached_input = bounded(cache_read_, changed) + extra_cache_read_;
  // The split by lifetime may be missing, or say less than the total: the rest is the default, five
  // minutes.
  const std::int64_t created = bounded(cache_creation_, changed);
  out.cache_write_1h = bounded(write_1h_, changed);
  const std::int64_t split = bounded(write_5m_, changed) + out.cache_write_1h;
  out.cache_write_5m = std::max(created, split) - out.cache_write_1h + extra_cache_write_;
  const std::int64_t output = bounded(output_, changed);
  out.reasoning = std::min(bounded(thinking_, changed), output);
  if (out.reasoning != thinking_) changed = true;
  out.output = output - out.reasoning + extra_output_;
  out.searches = bounded(searches_, changed);
  if (changed) out.provenance = meter::Provenance::estimated;
  return out;
}

}  // namespace maester::gateway::anthropic
