// Between the configuration and the price book: which names the book knows a target by, and the
// operator's own prices on top of it.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "gateway/config.h"
#include "meter/price_book.h"
#include "meter/records.h"

namespace maester::gateway {

// The name under which the price book knows a provider.
std::string_view book_name(const ProviderConfig& config);

// The book with the configuration's prices. Code::invalid_request for one out of bounds.
Result<meter::PriceBook> with_configured_prices(const meter::PriceBook& book, const Config& config);

// The price of a configured model; of a pattern, `asked` fills the star in.
std::optional<meter::PriceMatch> price_of(const meter::PriceBook& book, const Config& config,
                                          const ModelConfig& model, std::string_view asked);

// The price of an attempt of the past, by the models and providers that are configured now.
std::optional<meter::PriceMatch> price_of(const meter::PriceBook& book, const Config& config,
                                          const meter::Dimensions& attempt);

}  // namespace maester::gateway
