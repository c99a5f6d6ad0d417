// The arithmetic of the lexical leg over many postings or chunks at once. Chosen once by the CPU's
// kind: AVX-512, AVX2, or plain C++. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace maester::retrieval {

// What a posting scores: weight f / (f + flat + slope length).
struct TermScore {
  float weight = 0, flat = 0, slope = 0;
};

// at_least() may write this many numbers behind those that it counts.
inline constexpr std::size_t kSpilled = 16;

struct LexicalKernels {
  std::string_view name;
  // Adds the scores of postings to scores[chunk - begin]. Chunks differ from each other; lengths[]
  // has each.
  void (*add)(const TermScore& term, const std::uint32_t* chunks, const std::uint32_t* frequencies,
              std::size_t size, const std::uint16_t* lengths, std::uint32_t begin, float* scores);
  // Writes the places i < n with scores[i] >= needed, rising, and returns how many. REQUIRES: 16
  // divides n, n <= 65,536; `places` has room for n + kSpilled.
  std::size_t (*at_least)(const float* scores, std::size_t n, float needed, std::uint16_t* places);
};

const LexicalKernels& lexical_kernels();                       // the fastest that this CPU has
const LexicalKernels* lexical_kernels(std::string_view name);  // "avx512", "avx2", "plain" or null

}  // namespace maester::retrieval
