// The layout of a segment file in C++ (docs/formats/segment.md is the same in prose).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/result.h"

namespace maester::retrieval {

enum class Section : std::uint8_t {
  texts,
  strings,
  documents,
  by_id,
  by_source,
  chunks,
  lengths,
  terms,
  term_blocks,
  postings,
  groups,
  fields,
  vectors,
};
inline constexpr std::size_t kSections = 16;
inline constexpr std::size_t kHeadBytes = 512;
inline constexpr std::size_t kSectionAlignment = 64;

struct DocumentRecord {
  Uuid id;
  std::uint64_t text = 0, text_size = 0;
  std::uint64_t strings = 0;  // source id, then title
  std::uint32_t source_size = 0, title_size = 0;
  std::uint32_t first_chunk = 0, chunks = 0;
  std::uint64_t length = 0;  // of its chunks together, in terms
};
static_assert(sizeof(DocumentRecord) == 64);

struct ChunkRecord {
  std::uint32_t document = 0;
  std::uint32_t start = 0, end = 0;
  std::uint32_t page = 0;
  std::uint64_t context = 0;
  std::uint32_t context_size = 0;
  std::uint32_t zero = 0;
};
static_assert(sizeof(ChunkRecord) == 32);

struct Counts {
  std::uint32_t documents = 0, chunks = 0, terms = 0, dimensions = 0;
  std::uint64_t length = 0;  // of all chunks
  bool operator==(const Counts&) const = default;
};

struct Head {
  Counts counts;
  std::uint64_t file_size = 0;
  struct Range {
    std::uint64_t offset = 0, size = 0;
    std::uint32_t crc = 0;
  };
  std::array<Range, kSections> sections{};
};

std::string encode_head(const Head& head);
// Code::corrupt for what a whole file of these bytes cannot begin with.
Result<Head> decode_head(std::string_view file);

}  // namespace maester::retrieval
