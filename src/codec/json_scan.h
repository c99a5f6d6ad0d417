// Finding the end of a JSON string 16 bytes at a time. Private to codec.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace maester::json::detail {

// What 16 bytes hold: bit i of `stop` for a quote, a backslash or a control character at byte i, of
// `high` for a byte >= 0x80.
struct Block {
  std::uint32_t stop;
  std::uint32_t high;
};

// REQUIRES: 16 readable bytes at p
inline Block scan_block(const char* p) {
#if defined(__SSE2__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i limit = _mm_set1_epi8(0x1f);
  const __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, limit), limit);
  const __m128i stop = _mm_or_si128(_mm_or_si128(quote, backslash), control);
  return {static_cast<std::uint32_t>(_mm_movemask_epi8(stop)),
          static_cast<std::uint32_t>(_mm_movemask_epi8(bytes))};
#else
  Block out{0, 0};
  for (unsigned i = 0; i < 16; ++i) {
    const auto c = static_cast<unsigned char>(p[i]);
    if (c == '"' || c == '\\' || c < 0x20) out.stop |= 1u << i;
    if (c >= 0x80) out.high |= 1u << i;
  }
  return out;
#endif
}

// Copies 16 bytes. REQUIRES: 16 readable and 16 writable bytes, not overlapping
inline void copy_block(char* to, const char* from) {
  std::memcpy(to, from, 16);
}

}  // namespace maester::json::detail
