#include "meter/price_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace maester::meter {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kMaxModels = 100'000;

constexpr std::array<std::string_view, 3> kSearchKeys = {"search_low", "search_medium",
                                                         "search_high"};
constexpr std::array<std::string_view, 2> kUpliftKeys = {"uplift_eu", "uplift_us"};

// ---- reading

std::optional<std::int64_t> parse_count(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return {};
  return value;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

struct FieldKey {
  PriceField field;
  PriceCondition condition;
};

// "input_above_272k_priority", "output_up_to_256000", "cache_read".
std::optional<FieldKey> parse_field_key(std::string_view key) {
  FieldKey out{};
  if (take_suffix(key, "_priority"))
    out.condition.tier = ServiceTier::priority;
  else if (take_suffix(key, "_flex"))
    out.condition.tier = ServiceTier::flex;
  else if (take_suffix(key, "_batches"))
    out.condition.tier = ServiceTier::batch;
  if (const auto at = key.find("_above_"); at != key.npos && key.ends_with('k')) {
    const auto thousands = parse_count(key.substr(at + 7, key.size() - at - 8));
    if (!thousands || *thousands == 0 || *thousands > kMillion) return std::nullopt;
    out.condition.above = *thousands * 1000;
    key = key.substr(0, at);
  } else if (const auto to = key.find("_up_to_"); to != key.npos) {
    const auto tokens = parse_count(key.substr(to + 7));
    if (!tokens || *tokens == 0) return std::nullopt;
    out.condition.up_to = *tokens;
    key = key.substr(0, to);
  }
  const auto field = price_field_by_key(key);
  if (!field) return std::nullopt;
  out.field = *field;
  return out;
}

// Walks one line. Strings have no escapes: a name that would need one is refused.
class LineScanner {
 public:
  explicit LineScanner(std::string_view line) : rest_(line) {}
  void skip_space() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string_view> quoted() {
    if (!take('"')) return std::nullopt;
    const auto end = rest_.find('"');
    if (end == rest_.npos) return std::nullopt;
    const auto text = rest_.substr(0, end);
    if (text.find('\\') != text.npos) return std::nullopt;
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::string_view bare() {  // a key or a number
    skip_space();
    const auto is_bare = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-' || c == '.';
    };
    const auto end = std::ranges::find_if_not(rest_, is_bare) - rest_.begin();
    const auto text = rest_.substr(0, static_cast<std::size_t>(end));
    rest_.remove_prefix(text.size());
    return text;
  }
  bool at_end() {
    skip_space();
    return rest_.empty() || rest_[0] == '#';
  }

 private:
  std::string_view rest_;
};

class TableReader {
 public:
  TableReader(PriceTable& table, std::vector<PriceNote>& notes) : table_(table), notes_(notes) {}

  Status line(std::string_view text) {
    LineScanner scan(text);
    if (scan.at_end()) return {};
    auto name = scan.quoted();
    const std::string_view key = name ? *name : scan.bare();
    if (key.empty() || !scan.take('=')) return fault("needs a name and '='");
    if (!name && key == "effective_from") {
      const auto day = scan.quoted();
      if (!day || (day->size() != 10 && !day->empty()))
        return fault("needs effective_from = \"YYYY-MM-DD\"");
      table_.effective_from = *day;
    } else {
      TRY_ASSIGN(ModelPrice price, model(scan, key));
      if (table_.models.size() == kMaxModels) return fault("is one model too many");
      if (!table_.models.emplace(key, std::move(price)).second) return fault("repeats a model");
    }
    if (!scan.at_end()) return fault("has more than its value");
    return {};
  }

 private:
  static std::unexpected<Error> fault(std::string_view what) {
    return fail(Code::invalid_request, std::string(what));
  }

  Result<ModelPrice> model(LineScanner& scan, std::string_view name) {
    ModelPrice price;
    if (!scan.take('{')) return fault("needs a table { ... }");
    while (!scan.take('}')) {
      const std::string_view key = scan.bare();
      if (key.empty() || !scan.take('=')) return fault("needs key = value");
      const auto text = scan.quoted();
      TRY(put(price, name, key, text ? *text : scan.bare()));
      if (!scan.take(',')) {
        if (!scan.take('}')) return fault("needs ',' or '}'");
        break;
      }
    }
    return price;
  }

  Status put(ModelPrice& price, std::string_view name, std::string_view key,
             std::string_view value) {
    if (key == "provider") return void(price.provider = value), Status{};
    if (key == "mode") return void(price.mode = value), Status{};
    if (key == "max_input" || key == "max_output") {
      const auto count = parse_count(value);
      if (!count) return fault("has a token limit that is no count");
      (key == "max_input" ? price.max_input_tokens : price.max_output_tokens) = *count;
      return {};
    }
    bool rounded = false;
    const auto amount = FemtoUsd::parse(value, &rounded);
    if (!amount) return fault("has a price that is no decimal");
    if (const auto at = std::ranges::find(kSearchKeys, key); at != kSearchKeys.end()) {
      note_rounded(rounded, name, key);
      return price.set_search(static_cast<SearchContext>(at - kSearchKeys.begin()), *amount);
    }
    if (const auto at = std::ranges::find(kUpliftKeys, key); at != kUpliftKeys.end()) {
      const auto millionths = amount->divided_by(1'000'000'000).units();
      if (millionths > ModelPrice::kMaxUpliftMillionths) return fault("has too large a multiplier");
      return price.set_uplift(static_cast<Region>(at - kUpliftKeys.begin() + 1),
                              static_cast<std::int64_t>(millionths));
    }
    const auto field = parse_field_key(key);
    if (!field) return fault("has an unknown key `" + std::string(key) + "`");
    const std::int64_t units = info(field->field).key_units;
    note_rounded(rounded || amount->units() % units != 0, name, key);
    return price.set(field->field, field->condition, amount->divided_by(units));
  }

  void note_rounded(bool rounded, std::string_view name, std::string_view key) {
    if (!rounded) return;
    notes_.push_back({PriceNote::Kind::rounded, std::string(name), std::string(key),
                      "finer than 10^-15 USD; rounded half-even"});
  }

  PriceTable& table_;
  std::vector<PriceNote>& notes_;
};

// ---- writing

void append_decimal(std::string& out, std::string_view key, FemtoUsd amount) {
  ((((out += ", ") += key) += " = \"") += amount.to_string()) += '"';
}

std::string field_key(PriceField field, const PriceCondition& c) {
  std::string key(info(field).key);
  if (c.above > 0) key += "_above_" + std::to_string(c.above / 1000) + "k";
  if (c.up_to > 0) key += "_up_to_" + std::to_string(c.up_to);
  if (c.tier == ServiceTier::batch) return key + "_batches";
  if (c.tier != ServiceTier::standard) (key += '_') += to_string(c.tier);
  return key;
}

}  // namespace

std::string_view to_string(PriceNote::Kind kind) {
  switch (kind) {
    case PriceNote::Kind::skipped:
      return "skipped";
    case PriceNote::Kind::rounded:
      return "rounded";
    case PriceNote::Kind::ignored:
      return "ignored";
    case PriceNote::Kind::unknown:
      break;
  }
  return "unknown";
}

Result<PriceTable> read_price_table(std::string_view text, std::vector<PriceNote>& notes) {
  PriceTable table;
  TableReader reader(table, notes);
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto done = reader.line(line); !done) {
      return fail(Code::invalid_request, "Line " + std::to_string(number) + " of the price table " +
                                             done.error().message + ".");
    }
  }
  return table;
}

void each_price(const ModelPrice& price,
                const std::function<void(const std::string& key, FemtoUsd quoted)>& visit) {
  for (const PriceSheet& sheet : price.sheets()) {
    for (std::size_t i = 0; i < kPriceFields; ++i) {
      const auto field = static_cast<PriceField>(i);
      if (!sheet.has(field)) continue;
      visit(field_key(field, sheet.condition()), sheet.price(field) * info(field).key_units);
    }
  }
  for (std::size_t i = 0; i < kSearchKeys.size(); ++i) {
    if (const auto one = price.search(static_cast<SearchContext>(i))) {
      visit(std::string(kSearchKeys[i]), *one);
    }
  }
  for (std::size_t i = 0; i < kUpliftKeys.size(); ++i) {
    const std::int64_t factor = price.uplift_millionths(static_cast<Region>(i + 1));
    if (factor == kMillion) continue;
    visit(std::string(kUpliftKeys[i]), FemtoUsd::from_units(int128{factor} * 1'000'000'000));
  }
}

std::string write_price_line(std::string_view model, const ModelPrice& price) {
  std::string out = "\"" + std::string(model) + "\" = { provider = \"" + price.provider + '"';
  if (!price.mode.empty()) ((out += ", mode = \"") += price.mode) += '"';
  const auto limit = [&](std::string_view key, const std::optional<std::int64_t>& count) {
    if (count) (((out += ", ") += key) += " = ") += std::to_string(*count);
  };
  limit("max_input", price.max_input_tokens);
  limit("max_output", price.max_output_tokens);
  each_price(price,
             [&out](const std::string& key, FemtoUsd quoted) { append_decimal(out, key, quoted); });
  return out + " }";
}

std::string write_price_table(const PriceTable& table) {
  std::vector<const ModelPrices::value_type*> sorted;
  for (const auto& entry : table.models) sorted.push_back(&entry);
  std::ranges::sort(sorted, {},
                    [](const auto* entry) -> const std::string& { return entry->first; });
  std::string out = "effective_from = \"" + table.effective_from + "\"\n";
  for (const auto* entry : sorted) (out += write_price_line(entry->first, entry->second)) += '\n';
  return out;
}

}  // namespace maester::meter
