// The price book: which price a model has. Immutable once made and cheap to copy (shared); part of
// the root snapshot, so a request sees one book and its receipt names the book's version.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "meter/price.h"
#include "meter/price_table.h"

namespace maester::meter {

// An answer of find(). Its pointers live as long as any copy of the book.
struct PriceMatch {
  enum class How : std::uint8_t {
    configured,  // the operator's own price for this model
    exact,       // the table's entry of that name, with or without the provider in front
    undated,     // no entry for the dated name ("gpt-4.1-2099-01-01"): its undated base
  };
  const ModelPrice* price = nullptr;
  std::string_view key;  // the table's key, or the configured name
  How how = How::exact;
  bool provider_assumed =
      false;  // the book does not know the provider: the model's maker's price was taken
};
std::string_view to_string(PriceMatch::How how);

class PriceBook {
 public:
  PriceBook() = default;  // empty: everything is unpriced
  explicit PriceBook(PriceTable table);

  // The table that was built into the program (scripts/make_price_book.py). Reads it anew on every
  // call: some milliseconds.
  static PriceBook builtin();
  // Our own form (price_table.h). Appends a note for every price that was rounded.
  static Result<PriceBook> parse(std::string_view text, std::vector<PriceNote>& notes);
  // LiteLLM's model_prices_and_context_window.json. What is at fault in it is left out and noted,
  // entry by entry and field by field; Code::invalid_request only when the text is no JSON object.
  // `effective_from`: "" = the file's own date.
  static Result<PriceBook> import_litellm(std::string_view json, std::string_view effective_from,
                                          std::vector<PriceNote>& notes);

  // This book with the operator's prices on top, by configured model name; each replaces the entry
  // as a whole. The new book has its own version. Code::invalid_request naming the model whose
  // price is out of bounds.
  Result<PriceBook> with_overrides(
      const std::vector<std::pair<std::string, PriceOverride>>& overrides,
      std::vector<PriceNote>& notes) const;

  // `provider`: "openai", "anthropic", or the configured name of an OpenAI-compatible one ("groq");
  // `model`: the name sent upstream; `configured_as`: the name under which the operator configured
  // it, which an override is looked up by. Tried in this order, the first found wins: the override;
  // "provider/model"; "model", when the table says it is that provider's or the provider is unknown
  // to the table; the same for the name without its date. "models/" in front (Gemini), the job's
  // suffix of a fine-tuned "ft:base:org:..." and the provider's own prefix are dropped. No
  // allocation.
  std::optional<PriceMatch> find(std::string_view provider, std::string_view model,
                                 std::string_view configured_as = {}) const;

  const std::string& version() const {
    return version_;
  }  // the first 12 hex digits of a SHA-256 over all prices, overrides included
  const std::string& effective_from() const;
  std::size_t size() const;
  std::string to_text() const;  // the canonical text of the table, without overrides
  const ModelPrices& models() const;
  // What the version is the hash of, overrides included; restore() makes the book of it again.
  std::string full_text() const;
  static Result<PriceBook> restore(std::string_view full_text);

 private:
  struct Data {
    PriceTable table;
    std::set<std::string, std::less<>> providers;
  };
  std::optional<PriceMatch> find_named(std::string_view provider, std::string_view model,
                                       bool provider_known) const;
  std::shared_ptr<const Data> data_ = std::make_shared<Data>();
  std::shared_ptr<const ModelPrices> overrides_;  // null: with_overrides() was never asked
  std::string version_;
};

}  // namespace maester::meter
