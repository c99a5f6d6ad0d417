// Inner products, the only arithmetic of the vector leg. Chosen once by the CPU's kind: AVX-512
// with VNNI, AVX2 with FMA, or plain C++. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace maester::retrieval {

struct Kernels {
  std::string_view name;
  // The sum of a[i] * b[i] for i < n; kinds of CPU differ in rounding.
  float (*dot)(const float* a, const float* b, std::size_t n);
  // The same in whole numbers, equal on every CPU. REQUIRES: 64 divides n, n <= 65,536; a byte of
  // -128 gives any number.
  std::int32_t (*dot_codes)(const std::int8_t* a, const std::int8_t* b, std::size_t n);
};

const Kernels& kernels();                       // the fastest that this CPU has
const Kernels* kernels(std::string_view name);  // "avx512", "avx2", "plain"; null = not here

}  // namespace maester::retrieval
