// Oracles: the invariants of chunker.h, for every unit. The first bytes choose unit, size, overlap
// and where headings, tables and pages are; the rest is the text, made well-formed.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/utf8.h"
#include "codec/tokens/tokens.h"
#include "ingest/chunk_units.h"
#include "ingest/chunker.h"

namespace {

using namespace maester;
using namespace maester::ingest;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_space(std::string_view text) {
  std::size_t at = 0;
  TextRange word;
  return !next_word(text, at, text.size(), word);
}

std::uint64_t border(std::string_view text, std::uint64_t at) {
  at = std::min<std::uint64_t>(at, text.size());
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8) return 0;
  Extraction document;
  document.text = tokens::well_formed({reinterpret_cast<const char*>(data) + 8, size - 8});
  const std::string_view text = document.text;
  const TextRange a{border(text, data[3]), border(text, data[3] + data[4])};
  const TextRange b{a.end, border(text, a.end + data[5])};
  document.headings = {{data[6] % 9U + 1, a}, {data[7] % 9U + 1, b}};
  document.pages = {{1, a}, {2, b}};
  document.tables = {{{a.start, b.end}, {a, b}, true}};
  ChunkSettings settings;
  settings.unit = static_cast<ChunkSettings::Unit>(data[0] % 5);
  settings.size = data[1] % 50 + 1U;
  settings.overlap = data[2] % settings.size;
  const auto chunks = cut(document, settings);
  if (!chunks) {
    require(chunks.error().code == Code::too_large);
    return 0;
  }
  std::uint64_t covered = 0;
  std::uint64_t last = 0;
  for (const Chunk& chunk : *chunks) {
    const auto [start, end] = chunk.range;
    require(start < end && end <= text.size() && start >= last && end > covered);
    require(utf8::valid(text.substr(start, end - start)) &&
            !is_space(text.substr(start, end - start)));
    require(start <= covered || is_space(text.substr(covered, start - covered)));
    covered = end;
    last = start;
  }
  require(is_space(text.substr(covered)));
  return 0;
}
