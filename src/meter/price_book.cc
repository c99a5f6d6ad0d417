#include "meter/price_book.h"

#include <algorithm>
#include <array>

#include "base/hash.h"

namespace maester::meter {
namespace {

constexpr std::size_t kVersionDigits = 12;
constexpr std::string_view kOverrides = "overrides\n";  // a line that no table has

// "cohere_chat" and "vertex_ai-language-models" are their provider's; "text-completion-openai" too.
bool is_of_provider(std::string_view entry, std::string_view provider) {
  constexpr std::string_view kCompletion = "text-completion-";
  if (entry.starts_with(kCompletion)) entry.remove_prefix(kCompletion.size());
  if (!entry.starts_with(provider) || provider.empty()) return false;
  return entry.size() == provider.size() || entry[provider.size()] == '_' ||
         entry[provider.size()] == '-';
}

// Every name that is_of_provider() accepts for this entry.
void add_provider_names(std::set<std::string, std::less<>>& names, std::string_view entry) {
  constexpr std::string_view kCompletion = "text-completion-";
  if (entry.starts_with(kCompletion)) entry.remove_prefix(kCompletion.size());
  for (std::size_t i = 1; i <= entry.size(); ++i) {
    if (i == entry.size() || entry[i] == '_' || entry[i] == '-') names.emplace(entry.substr(0, i));
  }
}

// "provider/model" without touching the heap. Longer names than any table has are not found.
class JoinedKey {
 public:
  JoinedKey(std::string_view provider, std::string_view model) {
    if (provider.size() + 1 + model.size() > buffer_.size()) return;
    std::ranges::copy(provider, buffer_.begin());
    buffer_[provider.size()] = '/';
    std::ranges::copy(model, buffer_.begin() + static_cast<std::ptrdiff_t>(provider.size()) + 1);
    size_ = provider.size() + 1 + model.size();
  }
  std::string_view view() const { return {buffer_.data(), size_}; }

 private:
  std::array<char, 256> buffer_;
  std::size_t size_ = 0;
};

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The name before "-2025-04-14", "-20250414" or "@20250414"; "" when it carries no full date.
std::string_view undated(std::string_view model) {
  const auto is_date = [](std::string_view d) { return d.starts_with("20") && all_digits(d); };
  if (model.size() > 11) {
    const auto tail = model.substr(model.size() - 11);
    if (tail[0] == '-' && tail[5] == '-' && tail[8] == '-' && is_date(tail.substr(1, 4)) &&
        all_digits(tail.substr(6, 2)) && all_digits(tail.substr(9, 2))) {
      return model.substr(0, model.size() - 11);
    }
  }
  if (model.size() > 9) {
    const auto tail = model.substr(model.size() - 9);
    if ((tail[0] == '-' || tail[0] == '@') && is_date(tail.substr(1))) {
      return model.substr(0, model.size() - 9);
    }
  }
  return {};
}

// Drops what the tables' keys do not carry.
std::string_view normalised(std::string_view provider, std::string_view model) {
  if (model.starts_with("models/")) model.remove_prefix(7);
  if (model.size() > provider.size() + 1 && model.starts_with(provider) && !provider.empty() &&
      model[provider.size()] == '/') {
    model.remove_prefix(provider.size() + 1);
  }
  if (model.starts_with("ft:")) {
    if (const auto colon = model.find(':', 3); colon != model.npos) model = model.substr(0, colon);
  }
  return model;
}

}  // namespace

std::string_view to_string(PriceMatch::How how) {
  switch (how) {
    case PriceMatch::How::configured:
      return "configured";
    case PriceMatch::How::exact:
      return "exact";
    case PriceMatch::How::undated:
      break;
  }
  return "undated";
}

PriceBook::PriceBook(PriceTable table) {
  auto data = std::make_shared<Data>();
  data->table = std::move(table);
  for (const auto& [name, price] : data->table.models) {
    add_provider_names(data->providers, price.provider);
    if (const auto slash = name.find('/'); slash != name.npos) {
      data->providers.emplace(name.substr(0, slash));
    }
  }
  data_ = std::move(data);
  version_ = sha256_hex(to_text()).substr(0, kVersionDigits);
}

Result<PriceBook> PriceBook::parse(std::string_view text, std::vector<PriceNote>& notes) {
  TRY_ASSIGN(PriceTable table, read_price_table(text, notes));
  return PriceBook(std::move(table));
}

Result<PriceBook> PriceBook::with_overrides(
    const std::vector<std::pair<std::string, PriceOverride>>& overrides,
    std::vector<PriceNote>& notes) const {
  auto merged =
      overrides_ ? std::make_shared<ModelPrices>(*overrides_) : std::make_shared<ModelPrices>();
  for (const auto& [name, stated] : overrides) {
    bool rounded = false;
    auto price = ModelPrice::from_override(stated, &rounded);
    if (!price) {
      return fail(Code::invalid_request,
                  "The price of model `" + name + "` is out of bounds: " + price.error().message,
                  name);
    }
    if (rounded) {
      notes.push_back({PriceNote::Kind::rounded, name, "price",
                       "finer than 10^-15 USD per token; rounded half-even"});
    }
    price->provider = "configured";
    merged->insert_or_assign(name, std::move(*price));
  }
  PriceBook book(*this);
  book.overrides_ = std::move(merged);
  book.version_ = sha256_hex(book.full_text()).substr(0, kVersionDigits);
  return book;
}

std::string PriceBook::full_text() const {
  if (!overrides_) return to_text();
  return to_text() + std::string(kOverrides) +
         write_price_table({.effective_from = {}, .models = *overrides_});
}

Result<PriceBook> PriceBook::restore(std::string_view text) {
  std::vector<PriceNote> notes;
  const std::size_t split = text.find(kOverrides);
  TRY_ASSIGN(PriceBook book, parse(text.substr(0, split), notes));
  if (split == text.npos) return book;
  TRY_ASSIGN(PriceTable table, read_price_table(text.substr(split + kOverrides.size()), notes));
  book.overrides_ = std::make_shared<const ModelPrices>(std::move(table.models));
  book.version_ = sha256_hex(text).substr(0, kVersionDigits);
  return book;
}

const std::string& PriceBook::effective_from() const {
  return data_->table.effective_from;
}
std::size_t PriceBook::size() const {
  return data_->table.models.size();
}
std::string PriceBook::to_text() const {
  return write_price_table(data_->table);
}
const ModelPrices& PriceBook::models() const {
  return data_->table.models;
}

std::optional<PriceMatch> PriceBook::find_named(std::string_view provider, std::string_view model,
                                                bool provider_known) const {
  const ModelPrices& all = data_->table.models;
  const JoinedKey joined(provider, model);
  if (const auto at = all.find(joined.view()); at != all.end()) {
    return PriceMatch{.price = &at->second, .key = at->first};
  }
  const auto at = all.find(model);
  if (at == all.end()) return std::nullopt;
  if (provider_known && !is_of_provider(at->second.provider, provider)) return std::nullopt;
  return PriceMatch{.price = &at->second, .key = at->first};
}

std::optional<PriceMatch> PriceBook::find(std::string_view provider, std::string_view model,
                                          std::string_view configured_as) const {
  if (overrides_ && !configured_as.empty()) {
    if (const auto at = overrides_->find(configured_as); at != overrides_->end()) {
      return PriceMatch{.price = &at->second, .key = at->first, .how = PriceMatch::How::configured};
    }
  }
  const bool known = data_->providers.contains(provider);
  std::string_view name = normalised(provider, model);
  bool proxied = false;
  if (const auto slash = name.find('/');
      !known && slash != name.npos && data_->providers.contains(name.substr(0, slash))) {
    provider = name.substr(0, slash);  // a proxy's naming: the maker stands in front
    name = normalised(provider, name);
    proxied = true;
  }
  auto found = find_named(provider, name, known || proxied);
  if (!found) {
    const std::string_view base = undated(name);
    if (base.empty()) return std::nullopt;
    found = find_named(provider, base, known || proxied);
    if (found) found->how = PriceMatch::How::undated;
  }
  if (found) found->provider_assumed = !known;
  return found;
}

}  // namespace maester::meter
