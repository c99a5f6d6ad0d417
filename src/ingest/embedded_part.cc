#include "ingest/embedded_part.h"

#include <algorithm>

#include "base/utf8.h"
#include "ingest/extraction_limits.h"

namespace maester::ingest {
namespace {

void skip(const EmbeddedFile& file, std::string_view why, Extraction& whole) {
  whole.warnings.push_back({"part_skipped", file.name + ": " + std::string(why)});
}

TextRange shifted(TextRange range, std::uint64_t by) {
  return {range.start + by, range.end + by};
}

}  // namespace

void warn_of_part(const EmbeddedFile& file, const Error& why, Extraction& whole) {
  skip(file, why.message, whole);
}

void append_part(const EmbeddedFile& file, Extraction part, Extraction& whole) {
  for (const Warning& warning : part.warnings)
    whole.warnings.push_back({warning.code, file.name + ": " + warning.message});
  if (part.outcome != Outcome::text) return;
  if (whole.text.size() + part.text.size() + file.heading.size() + 4 > kMaxText)
    return skip(file, "There is no room for its text within 64 MiB.", whole);
  while (whole.text.ends_with('\n')) whole.text.pop_back();
  // Ranges that held line ends which are gone now end with the text.
  const std::uint64_t end = whole.text.size();
  const auto trim = [end](TextRange& range) {
    range.start = std::min(range.start, end);
    range.end = std::min(range.end, end);
  };
  for (Page& page : whole.pages) trim(page.range);
  for (Part& other : whole.parts) trim(other.range);
  for (Table& table : whole.tables) {
    trim(table.range);
    for (TextRange& row : table.rows) trim(row);
  }
  if (!whole.text.empty()) whole.text += "\n\n";
  const std::uint64_t start = whole.text.size();
  whole.text += file.heading;
  whole.headings.push_back({2, {start, whole.text.size()}});
  whole.text += "\n\n";
  const std::uint64_t by = whole.text.size();
  whole.text += part.text;
  for (const Page& page : part.pages) whole.pages.push_back({page.number, shifted(page.range, by)});
  for (const Heading& h : part.headings)
    whole.headings.push_back({std::min(h.level + 2, 9U), shifted(h.range, by)});
  for (Table& table : part.tables) {
    table.range = shifted(table.range, by);
    for (TextRange& row : table.rows) row = shifted(row, by);
    whole.tables.push_back(std::move(table));
  }
  whole.parts.push_back({file.name, part.content_type, {start, whole.text.size()}});
  whole.characters = utf8::length(whole.text);
  whole.outcome = Outcome::text;
  std::erase_if(whole.warnings, [](const Warning& w) { return w.code == "no_text"; });
}

}  // namespace maester::ingest
