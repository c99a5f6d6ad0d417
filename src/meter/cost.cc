#include "meter/cost.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace maester::meter {
namespace {

enum class Side : std::uint8_t { prompt, input, output, other };  // prompt: counts for thresholds
enum class Pick : std::uint8_t { first, dearest };

// Which price a bucket takes, and which ones stand in when it has none.
struct BucketRule {
  Bucket bucket;
  std::int64_t Usage::* quantity;
  Side side;
  std::array<PriceField, 4> fields;  // the last one repeated when shorter
  // dearest: the table states one price twice, once as input and once as output; it is charged once
  Pick pick = Pick::first;
};

using enum PriceField;
constexpr std::array<PriceField, 4> only(PriceField field) {
  return {field, field, field, field};
}
constexpr std::array<BucketRule, 30> kRules = {{
    {Bucket::input, &Usage::input, Side::prompt, only(input)},
    {Bucket::cache_read, &Usage::cached_input, Side::prompt, {cache_read, cache_hit, input, input}},
    {Bucket::cache_read_audio,
     &Usage::cached_audio_input,
     Side::prompt,
     {cached_audio_input, cache_read, cache_hit, input}},
    {Bucket::cache_write_5m,
     &Usage::cache_write_5m,
     Side::prompt,
     {cache_write_5m, input, input, input}},
    {Bucket::cache_write_1h,
     &Usage::cache_write_1h,
     Side::prompt,
     {cache_write_1h, cache_write_5m, input, input}},
    {Bucket::cache_write_audio,
     &Usage::cache_write_audio,
     Side::prompt,
     {cache_write_audio, cache_write_5m, input, input}},
    {Bucket::audio_in, &Usage::audio_input, Side::prompt, {audio_input, input, input, input}},
    {Bucket::image_in, &Usage::image_input, Side::prompt, {image_input, input, input, input}},
    {Bucket::output, &Usage::output, Side::output, only(output)},
    {Bucket::reasoning, &Usage::reasoning, Side::output, {reasoning, output, output, output}},
    {Bucket::audio_out, &Usage::audio_output, Side::output, {audio_output, output, output, output}},
    {Bucket::image_out, &Usage::image_output, Side::output, {image_output, output, output, output}},
    {Bucket::video_out, &Usage::video_output, Side::output, {video_output, output, output, output}},
    {Bucket::images_in, &Usage::images_in, Side::input, only(image_in)},
    {Bucket::images_out,
     &Usage::images_out,
     Side::output,
     {image_out, image_in, image_in, image_in}},
    {Bucket::pixels,
     &Usage::pixels,
     Side::output,
     {pixel_out, pixel_in, pixel_in, pixel_in},
     Pick::dearest},
    {Bucket::characters_in, &Usage::characters_in, Side::input, only(character_in)},
    {Bucket::characters_out, &Usage::characters_out, Side::output, only(character_out)},
    {Bucket::duration_ms,
     &Usage::duration_ms,
     Side::input,
     {second_in, second_out, second_out, second_out},
     Pick::dearest},
    {Bucket::audio_in_ms, &Usage::audio_in_ms, Side::input, only(audio_second_in)},
    {Bucket::video_in_ms, &Usage::video_in_ms, Side::input, only(video_second_in)},
    {Bucket::video_out_ms,
     &Usage::video_out_ms,
     Side::output,
     {video_second_out, second_out, second_out, second_out}},
    {Bucket::citations, &Usage::citations, Side::other, {citation, input, input, input}},
    {Bucket::queries, &Usage::queries, Side::other, only(query)},
    {Bucket::requests, &Usage::requests, Side::other, only(request)},
    {Bucket::pages, &Usage::pages, Side::other, only(page)},
    {Bucket::annotated_pages,
     &Usage::annotated_pages,
     Side::other,
     {annotated_page, page, page, page}},
    {Bucket::code_sessions, &Usage::code_sessions, Side::other, only(code_session)},
    {Bucket::file_searches, &Usage::file_searches, Side::other, only(file_search)},
    {Bucket::credits, &Usage::credits, Side::other, only(credit)},
}};

// What thresholds compare with: every token of the prompt. Saturates, whatever a provider claims.
TokenCount prompt_size(const Usage& usage) {
  int128 sum = 0;
  for (const BucketRule& rule : kRules) {
    if (rule.side != Side::prompt) break;
    sum += std::max<TokenCount>(usage.*rule.quantity, 0);
  }
  return static_cast<TokenCount>(std::min(sum, int128{std::numeric_limits<TokenCount>::max()}));
}

std::optional<FemtoUsd> CostBreakdown::* subtotal_of(Side side) {
  if (side == Side::output) return &CostBreakdown::output_cost;
  return side == Side::other ? &CostBreakdown::other_cost : &CostBreakdown::input_cost;
}

// An image model may state what an image costs as a price of its input only; elsewhere that is the
// price of an image in the prompt.
bool may_stand_in(const ModelPrice& price, Bucket bucket, PriceField field) {
  return bucket != Bucket::images_out || field != image_in || price.mode.starts_with("image");
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
  constexpr std::array<std::string_view, kBuckets> kNames = {
      "input",          "cache_read",     "cache_read_audio",
      "cache_write_5m", "cache_write_1h", "cache_write_audio",
      "audio_in",       "image_in",       "output",
      "reasoning",      "audio_out",      "image_out",
      "video_out",      "images_in",      "images_out",
      "pixels",         "characters_in",  "characters_out",
      "duration_ms",    "audio_in_ms",    "video_in_ms",
      "video_out_ms",   "citations",      "queries",
      "requests",       "pages",          "annotated_pages",
      "code_sessions",  "file_searches",  "credits",
      "search",         "regional_uplift"};
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
    push(part);
    if (!part.amount) {
      out_.*subtotal = std::nullopt;
      unpriced_ = true;
    } else if ((out_.*subtotal).has_value()) {
      *(out_.*subtotal) += *part.amount;
    }
  }

  void push(const CostPart& part) {
    if (out_.count_ == CostBreakdown::kInline) {
      out_.long_bill_ = std::make_shared<std::array<CostPart, kBuckets>>();
      std::ranges::copy(out_.parts_, out_.long_bill_->begin());
    }
    (out_.long_bill_ ? (*out_.long_bill_)[out_.count_] : out_.parts_[out_.count_]) = part;
    ++out_.count_;
  }

  void finish(const ModelPrice& price, Region region) {
    if (unpriced_) return;
    const FemtoUsd sum = *out_.input_cost + *out_.output_cost + *out_.other_cost;
    const std::int64_t factor = price.uplift_millionths(region);
    out_.total = sum;
    if (factor == 1'000'000) return;
    out_.total = scale(sum, factor);
    out_.input_cost = scale(*out_.input_cost, factor);
    out_.other_cost = scale(*out_.other_cost, factor);
    out_.output_cost = *out_.total - *out_.input_cost - *out_.other_cost;
    const FemtoUsd uplift = *out_.total - sum;
    push({.bucket = Bucket::regional_uplift,
          .quantity = 1,
          .unit_price = uplift,
          .amount = uplift,
          .region = region});
  }

  explicit CostBuilder(CostBreakdown& out) : out_(out) {
    out_.input_cost = out_.output_cost = out_.other_cost = FemtoUsd{};
  }

 private:
  CostBreakdown& out_;
  bool unpriced_ = false;
};

CostBreakdown CostBreakdown::nothing() {
  CostBreakdown out;
  out.total = out.input_cost = out.output_cost = out.other_cost = FemtoUsd();
  return out;
}

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
      if (!price.has(field) || !may_stand_in(price, rule.bucket, field)) continue;
      const PriceSheet* sheet = sheets.find(field);
      if (sheet == nullptr) continue;
      if (part.unit_price && sheet->price(field) <= *part.unit_price) continue;
      part.field = field;
      part.condition = sheet->condition();
      part.unit_price = sheet->price(field);
      if (rule.pick == Pick::first) break;
    }
    if (part.unit_price) part.amount = *part.unit_price * quantity;
    bill.add(part, subtotal_of(rule.side));
  }
  if (usage.searches > 0) {
    CostPart part{.bucket = Bucket::search,
                  .quantity = usage.searches,
                  .search_context = options.search_context};
    part.unit_price = price.search(options.search_context);
    if (part.unit_price) part.amount = *part.unit_price * usage.searches;
    bill.add(part, &CostBreakdown::other_cost);
  }
  bill.finish(price, options.region);
  return out;
}

namespace {

bool writes(const ReserveOptions& options) {
  return options.cache_write_5m || options.cache_write_1h;
}

bool allowed(PriceField field, const ReserveOptions& options) {
  switch (field) {
    case cache_write_5m:
      return options.cache_write_5m || options.cache_write_1h || (options.audio && writes(options));
    case cache_write_1h:
      return options.cache_write_1h;
    case cache_write_audio:
      return options.audio && writes(options);
    case cached_audio_input:
    case audio_input:
    case audio_output:
      return options.audio;
    case image_input:
    case image_output:
    case video_output:
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

struct FieldRange {
  PriceField first, last;
};
constexpr FieldRange kInputTokens{PriceField::input, image_input};
constexpr FieldRange kOutputTokens{PriceField::output, video_output};

// The dearest price that any allowed usage can meet among these fields.
std::optional<FemtoUsd> dearest(const ModelPrice& price, FieldRange range, TokenCount max_prompt,
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
    for (auto i = static_cast<std::size_t>(range.first); i <= static_cast<std::size_t>(range.last);
         ++i) {
      const auto field = static_cast<PriceField>(i);
      if (!sheet.has(field) || !allowed(field, options)) continue;
      most = std::max(most.value_or(FemtoUsd{}), sheet.price(field));
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
  const auto add = [&](PriceField field, FieldRange range, TokenCount count) {
    if (count <= 0) return true;
    if (!always_priced(price, field)) return false;
    sum += *dearest(price, range, max_input_tokens, options) * count;
    return true;
  };
  if (!add(PriceField::input, kInputTokens, max_input_tokens)) return std::nullopt;
  if (!add(PriceField::output, kOutputTokens, max_output_tokens)) return std::nullopt;
  if (price.has(PriceField::request) && !add(PriceField::request, {request, request}, 1))
    return std::nullopt;
  if (price.has(PriceField::query) && !add(PriceField::query, {query, query}, options.max_queries))
    return std::nullopt;
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
