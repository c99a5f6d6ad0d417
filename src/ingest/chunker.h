// Cutting a canonical text into chunks. Pure, deterministic, linear in the text. For every chunk:
// start < end, both at character borders, no chunk is white space only, chunks are in order, and
// every character that is not white space is in one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/extraction.h"

namespace maester::ingest {

struct ChunkSettings {
  enum class Unit : std::uint8_t { words, tokens, sentences, headings, tables };
  Unit unit = Unit::words;
  std::size_t size = 400;  // in words, tokens or sentences; a most for headings and tables (words)
  std::size_t overlap = 80;  // of the same unit; < size
  bool operator==(const ChunkSettings&) const = default;
  // Code::invalid_request naming the field.
  Status check() const;
};
inline constexpr std::string_view kChunkerVersion = "chunk-1";
inline constexpr std::size_t kMaxChunks = 50'000;

struct Chunk {
  TextRange range;
  std::uint32_t page = 0;  // where it begins; 0 = no pages
  std::string context;     // the headings above it, "A > B"
};

// Code::too_large beyond kMaxChunks.
Result<std::vector<Chunk>> cut(const Extraction& document, const ChunkSettings& settings);

}  // namespace maester::ingest
