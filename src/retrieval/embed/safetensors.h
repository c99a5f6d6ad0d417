// Reading a safetensors file (github.com/huggingface/safetensors, "Format"): a length, a header in
// JSON, then the tensors' bytes. Trusts nothing: every offset and size is checked against the
// file's. Pure; what it answers are views into `bytes`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::retrieval {

enum class ElementType : std::uint8_t { f64, f32, f16, bf16, i64, i32, i8 };

struct Tensor {
  ElementType type = ElementType::f32;
  std::vector<std::uint64_t> shape;
  std::string_view bytes;

  std::uint64_t size() const;  // elements
  // REQUIRES: i < size(). Whole numbers beyond 2^53 are rounded.
  double at(std::uint64_t i) const;
  void row(std::uint64_t i,
           std::span<float> out) const;  // REQUIRES: of two dimensions, i < shape[0]
};

// Tensors of other element types are left out. Code::unprocessable says what does not hold.
Result<std::map<std::string, Tensor, std::less<>>> read_safetensors(std::string_view bytes);

}  // namespace maester::retrieval
