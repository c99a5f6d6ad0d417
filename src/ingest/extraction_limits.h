// The most an extraction may hold (RULES.md §14): kept by the child that makes it, refused beyond
// by the parent that reads it (docs/formats/extraction.md).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace maester::ingest {

inline constexpr std::size_t kMaxInput = 128UL << 20;  // bytes of a file
inline constexpr std::size_t kMaxText = 64UL << 20;    // bytes of canonical text
inline constexpr std::size_t kMaxHint = 1024;          // bytes of a file name or content type
inline constexpr std::size_t kMaxName = 4096;          // of any name, title or message
inline constexpr std::size_t kMaxPages = 100'000;
inline constexpr std::size_t kMaxHeadings = 200'000;
inline constexpr std::size_t kMaxTables = 100'000;
inline constexpr std::size_t kMaxRows = 2'000'000;  // of all tables together
inline constexpr std::size_t kMaxParts = 10'000;
inline constexpr std::size_t kMaxWarnings = 1'000;
inline constexpr std::size_t kMaxEmbedded = 100;              // PDFs within a document
inline constexpr std::size_t kMaxEmbeddedBytes = 32UL << 20;  // of all of them

// Why a file yields nothing: Error::param of what Extractor::extract() answers.
inline constexpr std::array<std::string_view, 9> kReasons = {
    "encrypted", "corrupt", "bomb",    "nesting",   "unsupported",
    "timeout",   "memory",  "crashed", "too_large",
};

}  // namespace maester::ingest
