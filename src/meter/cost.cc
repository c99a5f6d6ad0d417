#include "meter/cost.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace maester::meter {
namespace {

// Which price a bucket takes, and which ones stand in when it has none.
struct BucketRule {
  Bucket bucket;
  TokenCount Usage::* quantity;
  std::array<PriceField, 3> fields;  // repeated at the end when shorter
};

using enum PriceField;
constexpr std::array<BucketRule, 10> kRules = {{
    {Bucket::input, &Usage::input, {input, input, input}},
    {Bucket::cache_read, &Usage::cached_input, {cache_read, cache_hit, input}},
    {Bucket::cache_write_5m, &Usage::cache_write_5m, {cache_write_5m, input, input}},
    {Bucket::cache_write_1h, &Usage::cache_write_1h, {cache_write_1h, cache_write_5m, input}},
    {Bucket::audio_in, &Usage::audio_input, {audio_input, input, input}},
    {Bucket::image_in, &Usage::image_input, {image_input, input, input}},
    {Bucket::output, &Usage::output, {output, output, output}},
    {Bucket::reasoning, &Usage::reasoning, {reasoning, output, output}},
    {Bucket::audio_out, &Usage::audio_output, {audio_output, output, output}},
    {Bucket::image_out, &Usage::image_output, {image_output, output, output}},
}};

// What thresholds compare with: every input bucket. Saturates, whatever a provider claims.
TokenCount prompt_size(const Usage& usage) {
  int128 sum = 0;
  for (const BucketRule& rule : kRules) {
    if (rule.bucket < Bucket::output) sum += std::max<TokenCount>(usage.*rule.quantity, 0);
  }
  return static_cast<TokenCount>(std::min(sum, int128{std::numeric_limits<TokenCount>::max()}));
}

bool is_input(Bucket bucket) {
  return bucket < Bucket::output;
}

// The sheets that hold for one request, in the order of look-up.
class Applicable {
 public:
  Applicable(const ModelPrice& price, TokenCount prompt, ServiceTier tier) {
    const PriceSheet* last_range = nullptr;
    bool range_found = false;
    for (const PriceSheet& sheet : price.sheets()) {
      const PriceCondition& c = sheet.condition();
      if (c.tier != ServiceTier::standard && c.tier != tier) continue;
      // A batch has its own price or the base price; thresholds do not combine with it.
      if (c.above > 0 && (tier == ServiceTier::batch || prompt <= c.above)) continue;
      if (c.up_to > 0) {
        last_range = &sheet;
        if (range_found || prompt > c.up_to) continue;
        range_found = true;
      } else if (last_range != nullptr && !range_found && c.above == 0) {
        push(last_range);  // beyond the last range its price goes on
        range_found = true;
      }
      push(&sheet);
    }
    if (last_range != nullptr && !range_found) push(last_range);
  }

  const PriceSheet* find(PriceField field) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (sheets_[i]->has(field)) return sheets_[i];
    }
    return nullptr;
  }

 private:
  void push(const PriceSheet* sheet) { sheets_[count_++] = sheet; }
  std::array<const PriceSheet*, ModelPrice::kMaxSheets> sheets_;
  std::size_t count_ = 0;
};

// amount x millionths / 10^6, half-even, without a product that could overflow.
FemtoUsd scale(FemtoUsd amount, std::int64_t millionths) {
  constexpr std::int64_t kMillion = 1'000'000;
  const auto whole = FemtoUsd::from_units(amount.units() / kMillion);
  const auto rest = FemtoUsd::from_units(amount.units() % kMillion);
  const FemtoUsd product = rest * millionths;  // only this part can leave a fraction
  const int128 twice = (product.units() % kMillion) * 2;
  FemtoUsd result = whole * millionths + FemtoUsd::from_units(product.units() / kMillion);
  if (twice > kMillion || (twice == kMillion && result.units() % 2 != 0)) {
    result += FemtoUsd::from_units(1);
  }
  return result;
}

}  // namespace

std::string_view to_string(Bucket bucket) {
  constexpr std::array<std::string_view, 12> kNames = {
      "input",  "cache_read", "cache_write_5m", "cache_write_1h", "audio_in", "image_in",
      "output", "reasoning",  "audio_out",      "image_out",      "search",   "regional_uplift"};
  return kNames[static_cast<std::size_t>(bucket)];
}

std::string CostPart::price_field() const {
  if (!unit_price) return {};
  if (bucket == Bucket::regional_uplift) {
    return region == Region::eu ? "regional_processing_uplift_multiplier_eu"
                                : "regional_processing_uplift_multiplier_us";
  }
  if (bucket == Bucket::search) {
    constexpr std::array<std::string_view, 3> kSizes = {"low", "medium", "high"};
    return "search_context_cost_per_query.search_context_size_" +
           std::string(kSizes[static_cast<std::size_t>(search_context)]);
  }
  return price_field_name(field, condition);
}

// Adds the lines up while they are written.
class CostBuilder {
 public:
  void add(const CostPart& part, std::optional<FemtoUsd> CostBreakdown::* subtotal) {
    out_.parts_[out_.count_++] = part;
    if (!part.amount) {
      out_.*subtotal = std::nullopt;
      unpriced_ = true;
    } else if ((out_.*subtotal).has_value()) {
      *(out_.*subtotal) += *part.amount;
    }
  }

  void finish(const ModelPrice& price, Region region) {
    if (unpriced_) return;
    const FemtoUsd sum = *out_.input_cost + *out_.output_cost + *out_.search_cost;
    const std::int64_t factor = price.uplift_millionths(region);
    out_.total = sum;
    if (factor == 1'000'000) return;
    out_.total = scale(sum, factor);
    out_.input_cost = scale(*out_.input_cost, factor);
    out_.search_cost = scale(*out_.search_cost, factor);
    out_.output_cost = *out_.total - *out_.input_cost - *out_.search_cost;
    const FemtoUsd uplift = *out_.total - sum;
    out_.parts_[out_.count_++] = CostPart{.bucket = Bucket::regional_uplift,
                                          .quantity = 1,
                                          .unit_price = uplift,
                                          .amount = uplift,
                                          .region = region};
  }

  explicit CostBuilder(CostBreakdown& out) : out_(out) {
    out_.input_cost = out_.output_cost = out_.search_cost = FemtoUsd{};
  }

 private:
  CostBreakdown& out_;
  bool unpriced_ = false;
};

CostBreakdown price_usage(const ModelPrice& price, const Usage& usage, const CostOptions& options) {
  const ServiceTier tier = options.batch ? ServiceTier::batch : options.service_tier;
  const Applicable sheets(price, prompt_size(usage), tier);
  CostBreakdown out;
  CostBuilder bill(out);
  for (const BucketRule& rule : kRules) {
    const TokenCount quantity = usage.*rule.quantity;
    if (quantity <= 0) continue;
    CostPart part{.bucket = rule.bucket, .quantity = quantity};
    for (const PriceField field : rule.fields) {
      const PriceSheet* sheet = sheets.find(field);
      if (sheet == nullptr) continue;
      part.field = field;
      part.condition = sheet->condition();
      part.unit_price = sheet->price(field);
      part.amount = *part.unit_price * quantity;
      break;
    }
    bill.add(part,
             is_input(rule.bucket) ? &CostBreakdown::input_cost : &CostBreakdown::output_cost);
  }
  if (usage.searches > 0) {
    CostPart part{.bucket = Bucket::search,
                  .quantity = usage.searches,
                  .search_context = options.search_context};
    part.unit_price = price.search(options.search_context);
    if (part.unit_price) part.amount = *part.unit_price * usage.searches;
    bill.add(part, &CostBreakdown::search_cost);
  }
  bill.finish(price, options.region);
  return out;
}

namespace {

bool allowed(PriceField field, const ReserveOptions& options) {
  switch (field) {
    case cache_write_5m:
      return options.cache_write_5m || options.cache_write_1h;
    case cache_write_1h:
      return options.cache_write_1h;
    case audio_input:
    case audio_output:
      return options.audio;
    case image_input:
    case image_output:
      return options.images;
    case PriceField::reasoning:
      return options.reasoning;
    default:
      return true;
  }
}

bool allowed(const PriceCondition& c, TokenCount max_prompt, const ReserveOptions& options) {
  if (c.above > 0 && max_prompt <= c.above) return false;
  return !options.service_tier || c.tier == ServiceTier::standard ||
         c.tier == *options.service_tier;
}

// The dearest price per token that any allowed usage can meet in this direction.
std::optional<FemtoUsd> dearest(const ModelPrice& price, bool input_side, TokenCount max_prompt,
                                const ReserveOptions& options) {
  std::optional<FemtoUsd> most;
  std::int64_t range_begin = 0;
  for (const PriceSheet& sheet : price.sheets()) {
    const PriceCondition& c = sheet.condition();
    if (!allowed(c, max_prompt, options)) continue;
    if (c.up_to > 0) {
      const std::int64_t begin = std::exchange(range_begin, c.up_to);
      if (begin > 0 && begin >= max_prompt) continue;  // no prompt this small gets there
    }
    for (std::size_t i = 0; i < kPriceFields; ++i) {
      const auto field = static_cast<PriceField>(i);
      if ((field < PriceField::output) != input_side || !allowed(field, options)) continue;
      if (sheet.has(field)) most = std::max(most.value_or(FemtoUsd{}), sheet.price(field));
    }
  }
  return most;
}

// True when every usage meets a price of this field: it stands in the base sheet or in all ranges.
bool always_priced(const ModelPrice& price, PriceField field) {
  bool ranges = false;
  bool all = true;
  for (const PriceSheet& sheet : price.sheets()) {
    const PriceCondition& c = sheet.condition();
    if (c.above > 0 || c.tier != ServiceTier::standard) continue;
    if (c.up_to == 0 && sheet.has(field)) return true;
    if (c.up_to > 0) ranges = true, all = all && sheet.has(field);
  }
  return ranges && all;
}

}  // namespace

std::optional<FemtoUsd> reserve_bound(const ModelPrice& price, TokenCount max_input_tokens,
                                      TokenCount max_output_tokens, const ReserveOptions& options) {
  FemtoUsd sum;
  const auto add = [&](PriceField field, bool input_side, TokenCount count) {
    if (count <= 0) return true;
    if (!always_priced(price, field)) return false;
    sum += *dearest(price, input_side, max_input_tokens, options) * count;
    return true;
  };
  if (!add(PriceField::input, true, max_input_tokens)) return std::nullopt;
  if (!add(PriceField::output, false, max_output_tokens)) return std::nullopt;
  if (options.max_searches > 0) {
    FemtoUsd most;
    for (const auto size : {SearchContext::low, SearchContext::medium, SearchContext::high}) {
      const auto one = price.search(size);
      if (!one) return std::nullopt;
      most = std::max(most, *one);
    }
    sum += most * options.max_searches;
  }
  return scale(sum, price.uplift_millionths(options.region));
}

}  // namespace maester::meter
