// Usage in disjoint buckets: every token is in exactly one, so each is charged once
// (COST_RULES.md). A provider's zero is not a missing value: `provenance` says where the numbers
// came from, and a bucket nobody reported is zero by definition of that provider's accounting.
#pragma once

#include <array>
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
  // ---- tokens of the prompt
  TokenCount input = 0;         // fresh text input (images without a price of their own included)
  TokenCount cached_input = 0;  // read from the provider's prompt cache
  TokenCount cached_audio_input = 0;
  TokenCount cache_write_5m = 0;
  TokenCount cache_write_1h = 0;
  TokenCount cache_write_audio = 0;
  TokenCount audio_input = 0;
  TokenCount image_input = 0;
  // ---- tokens of the answer
  TokenCount output = 0;  // visible text output
  TokenCount reasoning = 0;
  TokenCount audio_output = 0;
  TokenCount image_output = 0;
  TokenCount video_output = 0;
  // ---- what is not a token of prompt or answer
  std::int64_t searches = 0;  // provider-side searches, priced per query
  TokenCount citations = 0;   // tokens of cited pages, which some search models charge
  std::int64_t images_in = 0, images_out = 0;  // charged by the piece
  std::int64_t pixels = 0;                     // of images charged by their size
  std::int64_t characters_in = 0, characters_out = 0;
  std::int64_t duration_ms = 0;  // of what was transcribed, spoken or rented
  std::int64_t audio_in_ms = 0, video_in_ms = 0, video_out_ms = 0;
  std::int64_t queries = 0;   // of a rerank or search model
  std::int64_t requests = 0;  // 1 where the model has a price per request
  std::int64_t pages = 0, annotated_pages = 0;
  std::int64_t code_sessions = 0, file_searches = 0;
  std::int64_t credits = 0;  // a provider's own unit
  Provenance provenance = Provenance::provider;

  TokenCount prompt_tokens() const {
    return input + cached_input + cached_audio_input + cache_write_5m + cache_write_1h +
           cache_write_audio + audio_input + image_input;
  }
  TokenCount completion_tokens() const {
    return output + reasoning + audio_output + image_output + video_output;
  }
  TokenCount total_tokens() const { return prompt_tokens() + completion_tokens(); }
  bool operator==(const Usage&) const = default;
};

// Every count by its name in records, receipts and usage.db; in the order of that database's
// columns, so new ones go to the end.
struct UsageBucket {
  std::string_view name;
  std::int64_t Usage::* count;
};
inline constexpr std::array<UsageBucket, 31> kUsageBuckets = {{
    {"input", &Usage::input},
    {"cached_input", &Usage::cached_input},
    {"cache_write_5m", &Usage::cache_write_5m},
    {"cache_write_1h", &Usage::cache_write_1h},
    {"audio_input", &Usage::audio_input},
    {"image_input", &Usage::image_input},
    {"output", &Usage::output},
    {"reasoning", &Usage::reasoning},
    {"audio_output", &Usage::audio_output},
    {"image_output", &Usage::image_output},
    {"searches", &Usage::searches},
    {"cached_audio_input", &Usage::cached_audio_input},
    {"cache_write_audio", &Usage::cache_write_audio},
    {"video_output", &Usage::video_output},
    {"citations", &Usage::citations},
    {"images_in", &Usage::images_in},
    {"images_out", &Usage::images_out},
    {"pixels", &Usage::pixels},
    {"characters_in", &Usage::characters_in},
    {"characters_out", &Usage::characters_out},
    {"duration_ms", &Usage::duration_ms},
    {"audio_in_ms", &Usage::audio_in_ms},
    {"video_in_ms", &Usage::video_in_ms},
    {"video_out_ms", &Usage::video_out_ms},
    {"queries", &Usage::queries},
    {"requests", &Usage::requests},
    {"pages", &Usage::pages},
    {"annotated_pages", &Usage::annotated_pages},
    {"code_sessions", &Usage::code_sessions},
    {"file_searches", &Usage::file_searches},
    {"credits", &Usage::credits},
}};

}  // namespace maester::meter
