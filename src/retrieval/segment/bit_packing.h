// 128 integers in as few bits each as the greatest needs, four lanes side by side
// (docs/formats/segment.md, Postings; Lemire and Boytsov 2015, "SIMD-BP128").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace maester::retrieval {

inline constexpr std::size_t kBlock = 128;

// Bits of the greatest.
unsigned bits_needed(const std::uint32_t* values);
// Appends 16 * bits bytes.
void pack(std::string& out, const std::uint32_t* values, unsigned bits);
// Reads 16 * bits bytes. REQUIRES: bits <= 32
void unpack(const char* from, unsigned bits, std::uint32_t* values);
// The same, and each value added to all before it and to `base`.
void unpack_sums(const char* from, unsigned bits, std::uint32_t base, std::uint32_t* values);

}  // namespace maester::retrieval
