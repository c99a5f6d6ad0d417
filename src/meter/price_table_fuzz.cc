// Any text is refused or becomes a table whose canonical text reads back as the same book.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "meter/price_book.h"

namespace {

void round_trip(const maester::Result<maester::meter::PriceBook>& book) {
  if (!book) return;
  const auto again = maester::meter::PriceBook::restore(book->full_text());
  if (!again || again->version() != book->version()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using maester::meter::PriceBook;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<maester::meter::PriceNote> notes;
  round_trip(PriceBook::parse(text, notes));
  round_trip(PriceBook::import_litellm(text, "", notes));
  return 0;
}
