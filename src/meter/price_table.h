// The price table as text: Maester's own form, one model a line, a subset of TOML
// (docs/formats/price-table.md).
//
//   effective_from = "2026-07-24"
//   "gpt-4.1" = { provider = "openai", mode = "chat", input = "2", cache_read = "0.5", output = "8"
//   }
//
// Token prices are USD per million tokens, searches USD each; decimals in quotes so that nothing
// reads them as binary fractions. The canonical text (write_price_table) is what a book's version
// is the hash of.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "meter/price.h"

namespace maester::meter {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
using ModelPrices = std::unordered_map<std::string, ModelPrice, StringHash, std::equal_to<>>;

struct PriceTable {
  std::string effective_from;  // the UTC day from which the prices hold, "2026-07-24"
  ModelPrices models;
};

// What reading a table left out or changed, by model.
struct PriceNote {
  enum class Kind : std::uint8_t {
    skipped,  // the whole entry: not a model, or a fault in it
    rounded,  // a price finer than 10^-15 USD, rounded half-even
    unknown,  // a price field that is not carried: no usage is counted in its unit
    ignored,  // a price field that is left out by design: not USD, or not a request's cost
  };
  Kind kind;
  std::string model;
  std::string field;  // "" for a whole entry
  std::string reason;
};
std::string_view to_string(PriceNote::Kind kind);

// Code::invalid_request naming the line. Appends a note for every rounded price.
Result<PriceTable> read_price_table(std::string_view text, std::vector<PriceNote>& notes);

// The canonical text: models in byte order, conditions in the order of look-up.
std::string write_price_table(const PriceTable& table);
// Every price of a model by its key in that text, with what stands there for it.
void each_price(const ModelPrice& price,
                const std::function<void(const std::string& key, FemtoUsd quoted)>& visit);
// One line of it, without the line feed.
std::string write_price_line(std::string_view model, const ModelPrice& price);

}  // namespace maester::meter
