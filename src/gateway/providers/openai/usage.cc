#include <algorithm>
#include <initializer_list>

#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

// No real request comes near; a number above it is noise and must not overflow a sum of money.
constexpr meter::TokenCount kMostTokens = 1'000'000'000'000;

// Takes counts out of a total, each bounded by what is left of it, so that the buckets stay
// disjoint and none is negative.
class Share {
 public:
  Share(meter::TokenCount total, bool& bounded) : left_(total), bounded_(bounded) {}
  meter::TokenCount take(meter::TokenCount count) {
    const meter::TokenCount taken = std::clamp<meter::TokenCount>(count, 0, left_);
    if (taken != count) bounded_ = true;
    left_ -= taken;
    return taken;
  }
  meter::TokenCount rest() const { return left_; }

 private:
  meter::TokenCount left_;
  bool& bounded_;
};

meter::TokenCount count_of(json::Value value, bool& bounded) {
  const meter::TokenCount raw = value.int_or(0);
  const meter::TokenCount sane = std::clamp<meter::TokenCount>(raw, 0, kMostTokens);
  if (sane != raw) bounded = true;
  return sane;
}

json::Value first_of(std::initializer_list<json::Value> values) {
  for (const json::Value v : values) {
    if (v.is_number()) return v;
  }
  return {};
}

json::Value details(json::Value usage, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const json::Value v = usage.get(name); v.is_object()) return v;
  }
  return {};
}

}  // namespace

std::optional<meter::Usage> read_usage(json::Value usage) {
  // Chat completions say prompt and completion, the Responses and Realtime APIs input and output.
  const json::Value prompt_field =
      first_of({usage.get("prompt_tokens"), usage.get("input_tokens")});
  const json::Value completion_field =
      first_of({usage.get("completion_tokens"), usage.get("output_tokens")});
  if (!prompt_field.is_number() && !completion_field.is_number()) return std::nullopt;

  bool bounded = false;
  const meter::TokenCount prompt = count_of(prompt_field, bounded);
  meter::TokenCount completion = count_of(completion_field, bounded);
  const meter::TokenCount total = usage.get("total_tokens").int_or(0);
  const json::Value in =
      details(usage, {"prompt_tokens_details", "input_tokens_details", "input_token_details"});
  const json::Value out = details(
      usage, {"completion_tokens_details", "output_tokens_details", "output_token_details"});

  meter::Usage result;
  Share input(prompt, bounded);
  // DeepSeek: prompt_cache_hit_tokens; Moonshot: cached_tokens beside the totals. Where the cached
  // tokens are told by kind, each is inside that kind's count as well.
  const json::Value cached_by = in.get("cached_tokens_details");
  Share cached(count_of(first_of({in.get("cached_tokens"), usage.get("prompt_cache_hit_tokens"),
                                  usage.get("cached_tokens"), usage.get("num_cached_tokens")}),
                        bounded),
               bounded);
  const meter::TokenCount cached_audio = cached.take(cached_by.get("audio_tokens").int_or(0));
  const meter::TokenCount cached_image = cached.take(cached_by.get("image_tokens").int_or(0));
  result.cached_audio_input = input.take(cached_audio);
  result.cached_input = input.take(cached.rest() + cached_image);
  result.cache_write_5m = input.take(in.get("cache_write_tokens").int_or(0));
  result.audio_input = input.take(in.get("audio_tokens").int_or(0) - cached_audio);
  result.image_input = input.take(in.get("image_tokens").int_or(0) - cached_image);
  result.input = input.rest();

  // Reasoning is inside completion_tokens at OpenAI and outside at xAI: the total tells which.
  const meter::TokenCount reasoning =
      count_of(first_of({out.get("reasoning_tokens"), usage.get("reasoning_tokens")}), bounded);
  if (reasoning > 0 && total == prompt + completion + reasoning) completion += reasoning;
  Share output(completion, bounded);
  result.reasoning = output.take(reasoning);
  result.audio_output = output.take(out.get("audio_tokens").int_or(0));
  result.image_output = output.take(out.get("image_tokens").int_or(0));
  result.output = output.rest();

  result.searches =
      count_of(first_of({usage.get("num_search_queries"),
                         usage.get("server_tool_use_details").get("web_search_requests"),
                         usage.get("server_tool_use").get("web_search_requests")}),
               bounded);
  result.citations = count_of(usage.get("citation_tokens"), bounded);  // Perplexity
  if (bounded) result.provenance = meter::Provenance::estimated;
  return result;
}

}  // namespace maester::gateway::openai
