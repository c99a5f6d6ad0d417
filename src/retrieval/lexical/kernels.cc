#include "retrieval/lexical/kernels.h"

#include <algorithm>
#include <bit>

#include "retrieval/segment/bit_packing.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace maester::retrieval {
namespace {

// Written once, compiled for each kind of CPU. Looking lengths up and adding stand apart from the
// arithmetic, so that the compiler takes as many at a time as the CPU has room for. Frequencies are
// far below 2^31, or come from a damaged file.
[[gnu::always_inline]] inline void add_some(const TermScore& term, const std::uint32_t* chunks,
                                            const std::uint32_t* frequencies, std::size_t size,
                                            const std::uint16_t* lengths, std::uint32_t begin,
                                            float* scores) {
  std::int32_t length[kBlock];
  float added[kBlock];
  for (std::size_t i = 0; i < size; ++i) length[i] = lengths[chunks[i]];
  for (std::size_t i = 0; i < size; ++i) {
    const auto f = static_cast<float>(static_cast<std::int32_t>(frequencies[i]));
    added[i] = term.weight * f / (f + (term.flat + term.slope * static_cast<float>(length[i])));
  }
  for (std::size_t i = 0; i < size; ++i) scores[chunks[i] - begin] += added[i];
}

[[gnu::always_inline]] inline void add_all(const TermScore& term, const std::uint32_t* chunks,
                                           const std::uint32_t* frequencies, std::size_t size,
                                           const std::uint16_t* lengths, std::uint32_t begin,
                                           float* scores) {
  for (std::size_t at = 0; at < size; at += kBlock) {
    add_some(term, chunks + at, frequencies + at, std::min(kBlock, size - at), lengths, begin,
             scores);
  }
}

void add_plain(const TermScore& term, const std::uint32_t* chunks, const std::uint32_t* frequencies,
               std::size_t size, const std::uint16_t* lengths, std::uint32_t begin, float* scores) {
  add_all(term, chunks, frequencies, size, lengths, begin, scores);
}

std::size_t at_least_plain(const float* scores, std::size_t n, float needed,
                           std::uint16_t* places) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; i += 16) {
    bool any = false;
    for (std::size_t j = 0; j < 16; ++j) any |= scores[i + j] >= needed;
    if (!any) continue;
    for (std::size_t j = i; j < i + 16; ++j) {
      places[found] = static_cast<std::uint16_t>(j);
      found += scores[j] >= needed ? 1 : 0;
    }
  }
  return found;
}

constexpr LexicalKernels kPlain{"plain", add_plain, at_least_plain};

#if defined(__x86_64__)

#define MAESTER_AVX2 __attribute__((target("avx2,fma")))
#define MAESTER_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma")))

MAESTER_AVX2 void add_avx2(const TermScore& term, const std::uint32_t* chunks,
                           const std::uint32_t* frequencies, std::size_t size,
                           const std::uint16_t* lengths, std::uint32_t begin, float* scores) {
  add_all(term, chunks, frequencies, size, lengths, begin, scores);
}

MAESTER_AVX2 std::size_t at_least_avx2(const float* scores, std::size_t n, float needed,
                                       std::uint16_t* places) {
  const __m256 bar = _mm256_set1_ps(needed);
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; i += 8) {
    auto bits = static_cast<unsigned>(
        _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(scores + i), bar, _CMP_GE_OQ)));
    for (; bits != 0; bits &= bits - 1) {
      places[found++] =
          static_cast<std::uint16_t>(i + static_cast<unsigned>(std::countr_zero(bits)));
    }
  }
  return found;
}

MAESTER_AVX512 void add_avx512(const TermScore& term, const std::uint32_t* chunks,
                               const std::uint32_t* frequencies, std::size_t size,
                               const std::uint16_t* lengths, std::uint32_t begin, float* scores) {
  add_all(term, chunks, frequencies, size, lengths, begin, scores);
}

MAESTER_AVX512 std::size_t at_least_avx512(const float* scores, std::size_t n, float needed,
                                           std::uint16_t* places) {
  const __m512 bar = _mm512_set1_ps(needed);
  __m512i place = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i step = _mm512_set1_epi32(16);
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; i += 16) {
    const __mmask16 mask = _mm512_cmp_ps_mask(_mm512_loadu_ps(scores + i), bar, _CMP_GE_OQ);
    if (mask != 0) {
      const __m256i packed = _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(mask, place));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(places + found), packed);
      found += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(mask)));
    }
    place = _mm512_add_epi32(place, step);
  }
  return found;
}

constexpr LexicalKernels kAvx2{"avx2", add_avx2, at_least_avx2};
constexpr LexicalKernels kAvx512{"avx512", add_avx512, at_least_avx512};

bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0;
}

#endif

const LexicalKernels& choose() {
#if defined(__x86_64__)
  if (has_avx512()) return kAvx512;
  if (has_avx2()) return kAvx2;
#endif
  return kPlain;
}

}  // namespace

const LexicalKernels& lexical_kernels() {
  static const LexicalKernels& chosen = choose();
  return chosen;
}

const LexicalKernels* lexical_kernels(std::string_view name) {
#if defined(__x86_64__)
  if (name == kAvx512.name && has_avx512()) return &kAvx512;
  if (name == kAvx2.name && has_avx2()) return &kAvx2;
#endif
  return name == kPlain.name ? &kPlain : nullptr;
}

}  // namespace maester::retrieval
