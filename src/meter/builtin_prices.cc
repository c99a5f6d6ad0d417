// The table that scripts/make_price_book.py made, linked in by maester_embed().
#include <string_view>

#include "meter/price_book.h"

extern "C" const char maester_builtin_prices_begin[];
extern "C" const char maester_builtin_prices_end[];

namespace maester::meter {

PriceBook PriceBook::builtin() {
  const auto size = maester_builtin_prices_end - maester_builtin_prices_begin;
  std::vector<PriceNote> notes;
  auto book = parse({maester_builtin_prices_begin, static_cast<std::size_t>(size)}, notes);
  // The table is part of the program and a test reads it; an empty book prices nothing, which is
  // the safe failure.
  return book ? std::move(*book) : PriceBook();
}

}  // namespace maester::meter
