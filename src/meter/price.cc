#include "meter/price.h"

#include <algorithm>
#include <tuple>

namespace maester::meter {
namespace {

constexpr std::array<std::string_view, kPriceFields> kTableNames = {
    "input_cost_per_token",
    "cache_read_input_token_cost",
    "input_cost_per_token_cache_hit",
    "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_1hr",
    "input_cost_per_audio_token",
    "input_cost_per_image_token",
    "output_cost_per_token",
    "output_cost_per_reasoning_token",
    "output_cost_per_audio_token",
    "output_cost_per_image_token",
};

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
  std::string name(kTableNames[static_cast<std::size_t>(field)]);
  if (condition.up_to > 0) {
    return "tiered_pricing[up to " + std::to_string(condition.up_to) + "]." + name;
  }
  if (condition.above > 0) name += "_above_" + std::to_string(condition.above / 1000) + "k_tokens";
  if (condition.tier == ServiceTier::batch) return name + "_batches";
  if (condition.tier != ServiceTier::standard) (name += '_') += to_string(condition.tier);
  return name;
}

Status ModelPrice::set(PriceField field, const PriceCondition& condition, FemtoUsd per_token) {
  TRY(check_price(per_token));
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
  sheet->units_[static_cast<std::size_t>(field)] = static_cast<std::int64_t>(per_token.units());
  return {};
}

Status ModelPrice::set_search(SearchContext context, FemtoUsd per_query) {
  TRY(check_price(per_query));
  search_[static_cast<std::size_t>(context)] = static_cast<std::int64_t>(per_query.units());
  return {};
}

Status ModelPrice::set_uplift(Region region, std::int64_t millionths) {
  if (millionths <= 0 || millionths > kMaxUpliftMillionths) {
    return fail(Code::invalid_request, "A regional multiplier must be above 0 and at most 10.");
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
  const auto put = [&](PriceField field, const std::optional<FemtoUsd>& per_million) -> Status {
    if (!per_million) return {};
    if (rounded != nullptr && per_million->units() % 1'000'000 != 0) *rounded = true;
    return model.set(field, {}, per_million->divided_by(1'000'000));
  };
  TRY(put(PriceField::input, stated.input));
  TRY(put(PriceField::cache_read, stated.cached_input));
  TRY(put(PriceField::cache_write_5m, stated.cache_write));
  TRY(put(PriceField::output, stated.output));
  TRY(put(PriceField::reasoning, stated.reasoning));
  return model;
}

}  // namespace maester::meter
