#include "meter/price.h"

#include <algorithm>
#include <tuple>

namespace maester::meter {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

// In the order of PriceField.
constexpr std::array<PriceFieldInfo, kPriceFields> kFields = {{
    {"input_cost_per_token", "input", 1, kMillion},
    {"cache_read_input_token_cost", "cache_read", 1, kMillion},
    {"input_cost_per_token_cache_hit", "cache_hit", 1, kMillion},
    {"cache_read_input_audio_token_cost", "cached_audio_input", 1, kMillion},
    {"cache_creation_input_token_cost", "cache_write", 1, kMillion},
    {"cache_creation_input_token_cost_above_1hr", "cache_write_1h", 1, kMillion},
    {"cache_creation_input_audio_token_cost", "cache_write_audio", 1, kMillion},
    {"input_cost_per_audio_token", "audio_input", 1, kMillion},
    {"input_cost_per_image_token", "image_input", 1, kMillion},
    {"output_cost_per_token", "output", 1, kMillion},
    {"output_cost_per_reasoning_token", "reasoning", 1, kMillion},
    {"output_cost_per_audio_token", "audio_output", 1, kMillion},
    {"output_cost_per_image_token", "image_output", 1, kMillion},
    {"output_cost_per_video_token", "video_output", 1, kMillion},
    {"citation_cost_per_token", "citation", 1, kMillion},
    {"input_cost_per_image", "per_image_in", 1, 1},
    {"output_cost_per_image", "per_image_out", 1, 1},
    {"input_cost_per_pixel", "per_pixel_in", 1, 1},
    {"output_cost_per_pixel", "per_pixel_out", 1, 1},
    {"input_cost_per_character", "per_character_in", 1, 1},
    {"output_cost_per_character", "per_character_out", 1, 1},
    {"input_cost_per_second", "per_second_in", 1000, 1000},
    {"output_cost_per_second", "per_second_out", 1000, 1000},
    {"input_cost_per_audio_per_second", "per_audio_second_in", 1000, 1000},
    {"input_cost_per_video_per_second", "per_video_second_in", 1000, 1000},
    {"output_cost_per_video_per_second", "per_video_second_out", 1000, 1000},
    {"input_cost_per_query", "per_query", 1, 1},
    {"input_cost_per_request", "per_request", 1, 1},
    {"ocr_cost_per_page", "per_page", 1, 1},
    {"annotation_cost_per_page", "per_annotated_page", 1, 1},
    {"code_interpreter_cost_per_session", "per_code_session", 1, 1},
    {"file_search_cost_per_1k_calls", "per_file_search", 1000, 1},
    {"ocr_cost_per_credit", "per_credit", 1, 1},
}};

// Sheets sort into the order of look-up: high thresholds first, then ranges from below, then the
// base; inside each, the tier's own sheet before the standard one.
auto lookup_rank(const PriceCondition& c) {
  return std::tuple(-c.above, c.up_to == 0, c.up_to, c.tier == ServiceTier::standard, c.tier);
}

Status check_price(FemtoUsd price) {
  if (price.units() < 0) return fail(Code::invalid_request, "A price must not be negative.");
  if (price.units() > ModelPrice::kMaxUnitPrice) {
    return fail(Code::invalid_request, "A price above 100 USD per unit is refused.");
  }
  return {};
}

}  // namespace

const PriceFieldInfo& info(PriceField field) {
  return kFields[static_cast<std::size_t>(field)];
}

std::optional<PriceField> price_field_by_key(std::string_view key) {
  const auto found = std::ranges::find(kFields, key, &PriceFieldInfo::key);
  if (found == kFields.end()) return std::nullopt;
  return static_cast<PriceField>(found - kFields.begin());
}

ServiceTier service_tier_from(std::string_view word) {
  if (word == "priority") return ServiceTier::priority;
  if (word == "flex") return ServiceTier::flex;
  if (word == "batch") return ServiceTier::batch;
  return ServiceTier::standard;
}

std::string_view to_string(ServiceTier tier) {
  switch (tier) {
    case ServiceTier::priority:
      return "priority";
    case ServiceTier::flex:
      return "flex";
    case ServiceTier::batch:
      return "batch";
    case ServiceTier::standard:
      break;
  }
  return "standard";
}

std::string price_field_name(PriceField field, const PriceCondition& condition) {
  std::string name(info(field).table_name);
  if (condition.up_to > 0) {
    return "tiered_pricing[up to " + std::to_string(condition.up_to) + "]." + name;
  }
  if (condition.above > 0) name += "_above_" + std::to_string(condition.above / 1000) + "k_tokens";
  if (condition.tier == ServiceTier::batch) return name + "_batches";
  if (condition.tier != ServiceTier::standard) (name += '_') += to_string(condition.tier);
  return name;
}

Status ModelPrice::set(PriceField field, const PriceCondition& condition, FemtoUsd per_unit) {
  TRY(check_price(per_unit));
  const bool range = condition.up_to > 0;
  if (condition.above < 0 || condition.up_to < 0 ||
      (range && (condition.above > 0 || condition.tier != ServiceTier::standard))) {
    return fail(Code::invalid_request, "A price range combines with no other condition.");
  }
  const auto place = std::ranges::lower_bound(
      sheets_, lookup_rank(condition), {},
      [](const PriceSheet& sheet) { return lookup_rank(sheet.condition()); });
  auto sheet = place;
  if (place == sheets_.end() || place->condition() != condition) {
    if (sheets_.size() == kMaxSheets) {
      return fail(Code::invalid_request, "A model has too many price conditions.");
    }
    sheet = sheets_.emplace(place, condition);
  }
  sheet->units_[static_cast<std::size_t>(field)] = static_cast<std::int64_t>(per_unit.units());
  fields_ |= std::uint64_t{1} << static_cast<unsigned>(field);
  return {};
}

Status ModelPrice::set_search(SearchContext context, FemtoUsd per_query) {
  TRY(check_price(per_query));
  search_[static_cast<std::size_t>(context)] = static_cast<std::int64_t>(per_query.units());
  return {};
}

Status ModelPrice::set_uplift(Region region, std::int64_t millionths) {
  if (millionths <= 0 || millionths > kMaxUpliftMillionths) {
    return fail(Code::invalid_request, "A regional multiplier must be above 0 and at most 4.");
  }
  uplift_[static_cast<std::size_t>(region) - 1] = millionths;
  return {};
}

std::optional<FemtoUsd> ModelPrice::search(SearchContext context) const {
  const std::int64_t units = search_[static_cast<std::size_t>(context)];
  if (units < 0) return std::nullopt;
  return FemtoUsd::from_units(units);
}

std::int64_t ModelPrice::uplift_millionths(Region region) const {
  return region == Region::global ? 1'000'000 : uplift_[static_cast<std::size_t>(region) - 1];
}

Result<ModelPrice> ModelPrice::from_override(const PriceOverride& stated, bool* rounded) {
  ModelPrice model;
  if (rounded != nullptr) *rounded = false;
  const auto put = [&](PriceField field, const std::optional<FemtoUsd>& quoted) -> Status {
    if (!quoted) return {};
    const std::int64_t units = info(field).key_units;
    if (rounded != nullptr && quoted->units() % units != 0) *rounded = true;
    return model.set(field, {}, quoted->divided_by(units));
  };
  TRY(put(PriceField::input, stated.input));
  TRY(put(PriceField::cache_read, stated.cached_input));
  TRY(put(PriceField::cache_write_5m, stated.cache_write));
  TRY(put(PriceField::cache_write_1h, stated.cache_write_1h));
  TRY(put(PriceField::audio_input, stated.audio_input));
  TRY(put(PriceField::output, stated.output));
  TRY(put(PriceField::reasoning, stated.reasoning));
  TRY(put(PriceField::audio_output, stated.audio_output));
  TRY(put(PriceField::request, stated.request));
  for (const auto size : {SearchContext::low, SearchContext::medium, SearchContext::high}) {
    if (stated.search) TRY(model.set_search(size, *stated.search));
  }
  return model;
}

}  // namespace maester::meter
