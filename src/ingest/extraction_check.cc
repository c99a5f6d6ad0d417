#include "ingest/extraction_check.h"

#include <algorithm>

#include "base/utf8.h"

namespace maester::ingest {
namespace {

Error bad(const char* what) {
  return make_error(Code::corrupt, what);
}

bool is_border(std::string_view text, std::uint64_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
}

bool fits(std::string_view text, TextRange range) {
  return range.start <= range.end && range.end <= text.size() && is_border(text, range.start) &&
         is_border(text, range.end);
}

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) return true;
    // C1 controls are C2 80 ... C2 9F.
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

Status check_table(std::string_view text, const Table& table) {
  if (!fits(text, table.range)) return fail(bad("A table lies outside the text."));
  std::uint64_t last = table.range.start;
  for (const TextRange row : table.rows) {
    if (!fits(text, row) || row.start < last || row.end > table.range.end)
      return fail(bad("A row lies outside its table."));
    last = row.end;
  }
  return {};
}

}  // namespace

Status check(const Extraction& x) {
  if (!utf8::valid(x.text)) return fail(bad("The text is not UTF-8."));
  if (has_control(x.text)) return fail(bad("The text has control characters."));
  std::uint64_t last = 0;
  for (const Page& page : x.pages) {
    if (!fits(x.text, page.range) || page.range.start < last)
      return fail(bad("A page lies outside the text or another page."));
    last = page.range.end;
  }
  last = 0;
  for (const Heading& heading : x.headings) {
    if (!fits(x.text, heading.range) || heading.range.start < last || heading.level < 1 ||
        heading.level > 9)
      return fail(bad("A heading lies outside the text or is out of order."));
    last = heading.range.start;
  }
  for (const Table& table : x.tables) TRY(check_table(x.text, table));
  const auto outside = [&](const Part& part) { return !fits(x.text, part.range); };
  if (std::ranges::any_of(x.parts, outside)) return fail(bad("A part lies outside the text."));
  return {};
}

}  // namespace maester::ingest
