// Usage in disjoint buckets: every token is in exactly one, so each is charged once
// (COST_RULES.md). A provider's zero is not a missing value: `provenance` says where the numbers
// came from, and a bucket nobody reported is zero by definition of that provider's accounting.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace maester::meter {

using TokenCount = std::int64_t;

enum class Provenance : std::uint8_t {
  provider,   // as the provider reported it
  counted,    // counted by us with the model's own tokenizer
  estimated,  // bounded by us: a reservation, or a byte bound
};
std::string_view to_string(Provenance provenance);

struct Usage {
  TokenCount input = 0;         // fresh text input (images without a price of their own included)
  TokenCount cached_input = 0;  // read from the provider's prompt cache
  TokenCount cache_write_5m = 0;
  TokenCount cache_write_1h = 0;
  TokenCount audio_input = 0;
  TokenCount image_input = 0;
  TokenCount output = 0;  // visible text output
  TokenCount reasoning = 0;
  TokenCount audio_output = 0;
  TokenCount image_output = 0;
  std::int64_t searches = 0;  // provider-side searches, priced per query
  Provenance provenance = Provenance::provider;

  TokenCount prompt_tokens() const {
    return input + cached_input + cache_write_5m + cache_write_1h + audio_input + image_input;
  }
  TokenCount completion_tokens() const { return output + reasoning + audio_output + image_output; }
  TokenCount total_tokens() const { return prompt_tokens() + completion_tokens(); }
  bool operator==(const Usage&) const = default;
};

}  // namespace maester::meter
