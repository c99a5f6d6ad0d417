// What a request cost, exactly: Usage in disjoint buckets times a ModelPrice, each bucket charged
// once (COST_RULES.md).
//
// No locks, no floating point, no allocation for a bill of usual length: below a microsecond. Only
// the regional multiplier can leave a fraction of 10^-15 USD; it is rounded half-even, once, on the
// sum.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/money.h"
#include "meter/price.h"
#include "meter/usage.h"

namespace maester::meter {

// In the order of a bill.
enum class Bucket : std::uint8_t {
  input,
  cache_read,
  cache_read_audio,
  cache_write_5m,
  cache_write_1h,
  cache_write_audio,
  audio_in,
  image_in,
  output,
  reasoning,
  audio_out,
  image_out,
  video_out,
  images_in,
  images_out,
  pixels,
  characters_in,
  characters_out,
  duration_ms,
  audio_in_ms,
  video_in_ms,
  video_out_ms,
  citations,
  queries,
  requests,
  pages,
  annotated_pages,
  code_sessions,
  file_searches,
  credits,
  search,
  regional_uplift,
};
inline constexpr std::size_t kBuckets = 32;
std::string_view to_string(Bucket bucket);

struct CostOptions {
  ServiceTier service_tier = ServiceTier::standard;  // of the response, not of the request
  bool batch = false;                                // sent through a batch interface
  Region region = Region::global;
  SearchContext search_context = SearchContext::medium;
  bool operator==(const CostOptions&) const = default;
};

// One line of the bill. `quantity` counts the bucket's unit: tokens, milliseconds, searches. The
// regional uplift is a line of its own (quantity 1), so that the lines always add up to the total.
struct CostPart {
  Bucket bucket = Bucket::input;
  std::int64_t quantity = 0;
  std::optional<FemtoUsd> unit_price{};  // nullopt: the table has no price for it
  std::optional<FemtoUsd> amount{};
  PriceField field = PriceField::input;  // which price was taken, but for searches
  PriceCondition condition{};            // and in which condition it stood
  SearchContext search_context = SearchContext::medium;
  Region region = Region::global;

  // The price's name in the public table, e.g. "cache_read_input_token_cost_above_200k_tokens"; ""
  // when unpriced.
  std::string price_field() const;
};

class CostBreakdown {
 public:
  // Buckets that were not used have no line.
  std::span<const CostPart> parts() const {
    return {long_bill_ ? long_bill_->data() : parts_.data(), count_};
  }

  // The bill of what used nothing.
  static CostBreakdown nothing();

  // nullopt: some bucket in use has no price. That is not 0, and a hard budget refuses it.
  // Whenever there is a total, total == input_cost + output_cost + other_cost, uplift included.
  std::optional<FemtoUsd> total, input_cost, output_cost, other_cost;

 private:
  friend class CostBuilder;
  static constexpr std::size_t kInline = 8;
  std::array<CostPart, kInline> parts_;
  // Instead of parts_ when the bill has more lines, which few have: then it is on the heap.
  std::shared_ptr<std::array<CostPart, kBuckets>> long_bill_;
  std::size_t count_ = 0;
};

// Counts below zero are taken as zero: they are an adapter's fault and must not become a credit.
CostBreakdown price_usage(const ModelPrice& price, const Usage& usage,
                          const CostOptions& options = {});

// What a caller may rule out to make a bound tighter. The defaults rule out nothing.
struct ReserveOptions {
  // Tiers the provider may serve. Set: that one or standard (a provider may serve less than was
  // asked for).
  std::optional<ServiceTier> service_tier{};
  Region region = Region::global;
  bool cache_write_5m = true, cache_write_1h = true;
  bool audio = true, images = true;
  bool reasoning = true;
  std::int64_t max_searches = 0;
  std::int64_t max_queries = 0;  // of a ranking model
};

// A bound that no settlement exceeds: price_usage(price, u, o).total <= *reserve_bound(price, i, m,
// r) for every u with prompt_tokens() <= i, completion_tokens() <= m, searches <= r.max_searches,
// queries <= r.max_queries, at most one request of a price per request, no other unit, and every o
// that r allows. nullopt: some such usage would be unpriced.
std::optional<FemtoUsd> reserve_bound(const ModelPrice& price, TokenCount max_input_tokens,
                                      TokenCount max_output_tokens,
                                      const ReserveOptions& options = {});

}  // namespace maester::meter
