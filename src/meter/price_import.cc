// LiteLLM's model_prices_and_context_window.json: an object of models, each an object of fields.
// Numbers are read as their text, never as binary fractions.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "codec/json.h"
#include "meter/price_book.h"

namespace maester::meter {
namespace {

// 3,000 models of 15 fields today; room for ten times as many.
constexpr json::Limits kTableLimits{.depth = 16, .keys = 1'000'000, .values = 2'000'000};

constexpr std::array<std::string_view, 3> kReserved = {"sample_spec", "fallback_generalizations",
                                                       "last_updated"};
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "_above_272k_tokens_priority", "_flex", "_batches", "".
std::optional<PriceCondition> parse_condition(std::string_view suffix) {
  PriceCondition out;
  if (take_prefix(suffix, "_above_")) {
    std::int64_t thousands = 0;
    const auto [end, error] =
        std::from_chars(suffix.data(), suffix.data() + suffix.size(), thousands);
    if (error != std::errc{} || thousands <= 0 || thousands > 1'000'000) return std::nullopt;
    suffix.remove_prefix(static_cast<std::size_t>(end - suffix.data()));
    if (!take_prefix(suffix, "k_tokens")) return std::nullopt;
    out.above = thousands * 1000;
  }
  if (suffix.empty()) return out;
  if (suffix == "_priority")
    out.tier = ServiceTier::priority;
  else if (suffix == "_flex")
    out.tier = ServiceTier::flex;
  else if (suffix == "_batches")
    out.tier = ServiceTier::batch;
  else
    return std::nullopt;
  return out;
}

std::optional<std::pair<PriceField, PriceCondition>> parse_field(std::string_view name) {
  for (std::size_t i = 0; i < kPriceFields; ++i) {
    const auto field = static_cast<PriceField>(i);
    const std::string_view known = info(field).table_name;
    if (!name.starts_with(known)) continue;  // of two that fit, the rest fits one only
    if (const auto condition = parse_condition(name.substr(known.size()))) {
      return std::pair{field, *condition};
    }
  }
  return std::nullopt;
}

bool is_price_name(std::string_view name) {
  return name.find("cost") != name.npos || name.find("pricing") != name.npos ||
         name.find("uplift") != name.npos || name == "provider_specific_entry";
}

// Why a price field is not carried. The texts are what a report counts by.
struct LeftOut {
  PriceNote::Kind kind;
  std::string_view reason;
};
LeftOut why_left_out(std::string_view name) {
  using enum PriceNote::Kind;
  const auto has = [name](std::string_view part) { return name.find(part) != name.npos; };
  if (has("dbu")) return {ignored, "counted in Databricks units (DBU), not in USD"};
  if (has("_per_gb_per_day")) return {ignored, "rent of storage, not a request's cost"};
  if (has("_interval") || has("1080p"))
    return {unknown, "depends on a clip's length or resolution, which no usage tells"};
  if (has("computer_use")) return {unknown, "of a tool's tokens, which no usage tells apart"};
  if (name == "provider_specific_entry")
    return {unknown, "the provider's own multipliers and settings: not applied"};
  return {unknown, "no such unit is known here"};
}

// A count that may be written as 256000.0.
std::optional<std::int64_t> whole(const json::Value& value) {
  const auto text = value.as_number_text();
  if (!text) return std::nullopt;
  const auto number = FemtoUsd::parse(*text);
  constexpr int128 kOne = 1'000'000'000'000'000;
  if (!number || number->units() % kOne != 0) return std::nullopt;
  const int128 count = number->units() / kOne;
  if (count < 0 || count > 1'000'000'000'000) return std::nullopt;
  return static_cast<std::int64_t>(count);
}

class Importer {
 public:
  explicit Importer(std::vector<PriceNote>& notes) : notes_(notes) {}

  void entry(const json::Value& value, ModelPrices& models) {
    model_ = value.key();
    noted_field_ = false;
    if (std::ranges::find(kReserved, model_) != kReserved.end()) {
      return note(PriceNote::Kind::skipped, "", "a reserved key, not a model");
    }
    const bool plain = !model_.empty() && std::ranges::none_of(model_, [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f;
    });
    if (!value.is_object() || !plain) {
      return note(PriceNote::Kind::skipped, "", plain ? "not an object" : "not a plain name");
    }
    ModelPrice price;
    price.provider = word(value.get("litellm_provider"));
    price.mode = word(value.get("mode"));
    price.max_input_tokens = whole(value.get("max_input_tokens"));
    price.max_output_tokens = whole(value.get("max_output_tokens"));
    for (const json::Value field : value) {
      if (is_price_name(field.key())) read_price(field, price);
    }
    if (price.empty()) {
      return note(PriceNote::Kind::skipped, "",
                  noted_field_ ? "has no price that could be carried" : "has no price at all");
    }
    if (!models.emplace(model_, std::move(price)).second) {
      note(PriceNote::Kind::skipped, "", "stands twice; the first one counts");
    }
  }

 private:
  void note(PriceNote::Kind kind, std::string_view field, std::string_view reason) {
    noted_field_ = noted_field_ || !field.empty();
    notes_.push_back({kind, std::string(model_), std::string(field), std::string(reason)});
  }

  // A short plain word, else nothing: it goes into the table's text.
  static std::string word(const json::Value& value) {
    const std::string_view text = value.string_or("");
    const bool plain = text.size() <= 64 && std::ranges::all_of(text, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                                c == '-' || c == '.';
                       });
    return std::string(plain ? text : "");
  }

  // What stands in the table for `units`, of one.
  std::optional<FemtoUsd> amount(const json::Value& value, std::string_view field,
                                 std::int64_t units = 1) {
    const auto text = value.as_number_text();
    bool rounded = false;
    auto parsed = text ? FemtoUsd::parse(*text, &rounded) : std::nullopt;
    if (!parsed) {
      note(PriceNote::Kind::skipped, field, "not a number in range");
      return std::nullopt;
    }
    if (rounded || parsed->units() % units != 0)
      note(PriceNote::Kind::rounded, field, "finer than 10^-15 USD; rounded half-even");
    return parsed->divided_by(units);
  }

  void check(const Status& done, std::string_view field) {
    if (!done) note(PriceNote::Kind::skipped, field, done.error().message);
  }

  void read_price(const json::Value& value, ModelPrice& price) {
    const std::string_view name = value.key();
    if (value.is_null()) return;
    if (name == "search_context_cost_per_query") return read_search(value, price);
    if (name == "tiered_pricing") return read_ranges(value, price);
    if (take_uplift(value, price)) return;
    const auto field = parse_field(name);
    if (!field) {
      const LeftOut left = why_left_out(name);
      return note(left.kind, name, left.reason);
    }
    if (const auto each = amount(value, name, info(field->first).table_units)) {
      check(price.set(field->first, field->second, *each), name);
    }
  }

  bool take_uplift(const json::Value& value, ModelPrice& price) {
    std::string_view name = value.key();
    if (!take_prefix(name, "regional_processing_uplift_multiplier_")) return false;
    const auto factor = amount(value, value.key());
    if (!factor) return true;
    const int128 millionths = factor->divided_by(1'000'000'000).units();
    if ((name != "eu" && name != "us") || millionths > ModelPrice::kMaxUpliftMillionths) {
      note(PriceNote::Kind::unknown, value.key(), "not a multiplier that is known here");
      return true;
    }
    check(price.set_uplift(name == "eu" ? Region::eu : Region::us,
                           static_cast<std::int64_t>(millionths)),
          value.key());
    return true;
  }

  void read_search(const json::Value& value, ModelPrice& price) {
    static constexpr std::array<std::string_view, 3> kSizes = {
        "search_context_size_low", "search_context_size_medium", "search_context_size_high"};
    for (std::size_t i = 0; i < kSizes.size(); ++i) {
      const json::Value size = value.get(kSizes[i]);
      if (size.empty()) continue;
      if (const auto each = amount(size, kSizes[i])) {
        check(price.set_search(static_cast<SearchContext>(i), *each), kSizes[i]);
      }
    }
  }

  // The ends of ranges that join without a gap from 0 on; nothing when they do not: half a table
  // would bill wrongly.
  static std::optional<std::vector<std::int64_t>> range_ends(const json::Value& ranges) {
    std::vector<std::int64_t> ends;
    for (const json::Value range : ranges) {
      const auto from = whole(range.get("range").at(0));
      const auto to = whole(range.get("range").at(1));
      if (!from || !to || *from != (ends.empty() ? 0 : ends.back()) || *to <= *from) return {};
      ends.push_back(*to);
    }
    return ends;
  }

  void read_ranges(const json::Value& value, ModelPrice& price) {
    const auto ends = range_ends(value);
    if (!ends) return note(PriceNote::Kind::unknown, "tiered_pricing", "not ranges of tokens");
    std::size_t index = 0;
    for (const json::Value range : value) {
      const PriceCondition condition{.up_to = (*ends)[index++]};
      for (const json::Value member : range) {
        if (member.key() == "range") continue;
        const auto field = parse_field(member.key());
        if (!field || field->second != PriceCondition{}) {
          note(PriceNote::Kind::unknown, member.key(), "no such unit is known here");
        } else if (const auto each = amount(member, member.key(), info(field->first).table_units)) {
          check(price.set(field->first, condition, *each), member.key());
        }
      }
    }
  }

  std::vector<PriceNote>& notes_;
  std::string_view model_;
  bool noted_field_ = false;
};

}  // namespace

Result<PriceBook> PriceBook::import_litellm(std::string_view text, std::string_view effective_from,
                                            std::vector<PriceNote>& notes) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(text, kTableLimits));
  if (!doc.root().is_object()) {
    return fail(Code::invalid_request, "The price table is not a JSON object of models.");
  }
  PriceTable table;
  // The file's own date where it has one ("2026-07-24T18:23:43...").
  std::string_view dated = doc.root().get("last_updated").string_or("").substr(0, 10);
  if (!parse_rfc3339(dated)) dated = {};  // it goes into the table's text
  table.effective_from = effective_from.empty() ? dated : effective_from;
  Importer importer(notes);
  for (const json::Value entry : doc.root()) importer.entry(entry, table.models);
  return PriceBook(std::move(table));
}

}  // namespace maester::meter
