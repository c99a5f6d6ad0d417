// What one model costs: unit prices in 10^-15 USD, each under the condition in which it holds.
//
// A ModelPrice is a short list of sheets. A sheet says "above 272,000 prompt tokens, on the
// priority tier" and holds the fields that have a price there; a field that has none falls through
// to the next sheet, in the order that COST_RULES.md gives: above + tier, above, range, tier, base.
// Values; thread-safe once built.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace maester::meter {

// What a price is for: the priced fields of the public price tables, in the order in which a table
// is written. First tokens, input before output, then other units.
enum class PriceField : std::uint8_t {
  input,
  cache_read,
  cache_hit,  // DeepSeek's older name for the price of a cached token
  cached_audio_input,
  cache_write_5m,
  cache_write_1h,
  cache_write_audio,
  audio_input,
  image_input,
  output,
  reasoning,
  audio_output,
  image_output,
  video_output,
  citation,
  image_in,
  image_out,
  pixel_in,
  pixel_out,
  character_in,
  character_out,
  second_in,
  second_out,
  audio_second_in,
  video_second_in,
  video_second_out,
  query,
  request,
  page,
  annotated_page,
  code_session,
  file_search,
  credit,
};
inline constexpr std::size_t kPriceFields = 33;

// How a field is named and quoted. Prices of time are kept per millisecond, so that a bill is
// exact.
struct PriceFieldInfo {
  std::string_view table_name;  // in LiteLLM's table
  std::string_view key;         // in ours (docs/formats/price-table.md)
  std::int64_t table_units;     // the table's price is for so many
  std::int64_t key_units;       // ours is for so many
};
const PriceFieldInfo& info(PriceField field);
std::optional<PriceField> price_field_by_key(std::string_view key);

// The tier that the provider says it served (its answer decides, not the request). Batch excludes
// the other tiers.
enum class ServiceTier : std::uint8_t { standard, priority, flex, batch };
// "priority", "flex" and "batch"; every other word ("default", "auto", "scale", "") is standard.
ServiceTier service_tier_from(std::string_view word);
std::string_view to_string(ServiceTier tier);

enum class SearchContext : std::uint8_t { low, medium, high };
enum class Region : std::uint8_t { global, eu, us };

// When a sheet holds. `above` is strict (prompt tokens > above); `up_to` is the inclusive upper end
// of a range that begins where the next smaller one ends; 0 = no such condition. At most one of
// both is set.
struct PriceCondition {
  std::int64_t above = 0;
  std::int64_t up_to = 0;
  ServiceTier tier = ServiceTier::standard;
  bool operator==(const PriceCondition&) const = default;
};

// The field's name in LiteLLM's table, condition included:
// "output_cost_per_token_above_272k_tokens_priority".
std::string price_field_name(PriceField field, const PriceCondition& condition);

class PriceSheet {
 public:
  explicit PriceSheet(const PriceCondition& condition) : condition_(condition) { units_.fill(-1); }
  const PriceCondition& condition() const { return condition_; }
  bool has(PriceField field) const { return units_[static_cast<std::size_t>(field)] >= 0; }
  // REQUIRES: has(field)
  FemtoUsd price(PriceField field) const {
    return FemtoUsd::from_units(units_[static_cast<std::size_t>(field)]);
  }
  bool operator==(const PriceSheet&) const = default;

 private:
  friend class ModelPrice;
  PriceCondition condition_;
  std::array<std::int64_t, kPriceFields> units_;  // -1 = no price, which is not a price of 0
};

// What the operator states for a model instead of the book's entry. USD per million tokens, but for
// the last two.
struct PriceOverride {
  std::optional<FemtoUsd> input, cached_input, cache_write, cache_write_1h, audio_input, output,
      reasoning, audio_output;
  std::optional<FemtoUsd> request, search;  // USD each
  bool operator==(const PriceOverride&) const = default;
};

class ModelPrice {
 public:
  static constexpr std::size_t kMaxSheets = 24;
  // Bounds that keep every cost inside 128 bits, whatever the counts: 100 USD a unit, factor 4.
  static constexpr std::int64_t kMaxUnitPrice = 100'000'000'000'000'000;
  static constexpr std::int64_t kMaxUpliftMillionths = 4'000'000;

  // All of a model's price; what it leaves out falls back as a missing price of a table does.
  // `rounded` (optional) is set when a price per token is finer than 10^-15 USD.
  // Code::invalid_request for a negative or absurd one.
  static Result<ModelPrice> from_override(const PriceOverride& stated, bool* rounded = nullptr);

  // Each fails with Code::invalid_request outside the bounds above. A price set twice is replaced.
  Status set(PriceField field, const PriceCondition& condition, FemtoUsd per_unit);
  Status set_search(SearchContext context, FemtoUsd per_query);
  Status set_uplift(Region region,
                    std::int64_t millionths);  // 1.1 = 1'100'000. REQUIRES: not global

  // In the order in which a price is looked up.
  std::span<const PriceSheet> sheets() const { return sheets_; }
  std::optional<FemtoUsd> search(SearchContext context) const;
  // 1'000'000 when the region costs the same.
  std::int64_t uplift_millionths(Region region) const;
  bool empty() const { return sheets_.empty() && !search(SearchContext::medium); }
  bool has(PriceField field) const { return (fields_ >> static_cast<unsigned>(field) & 1) != 0; }

  std::string provider;  // as the table names it, "" when it does not
  std::string mode;      // "chat", "embedding", ...; "" when unknown
  std::optional<std::int64_t> max_input_tokens, max_output_tokens;

  bool operator==(const ModelPrice&) const = default;

 private:
  std::vector<PriceSheet> sheets_;
  std::uint64_t fields_ = 0;  // a bit for each field that some sheet has
  std::array<std::int64_t, 3> search_{-1, -1, -1};
  std::array<std::int64_t, 2> uplift_{1'000'000, 1'000'000};
};

}  // namespace maester::meter
