// Vectors as signed bytes with a scale (docs/formats/vectors.md, Codes). Internal to vector/.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retrieval/vector/layout.h"

namespace maester::retrieval {

// Writes stride bytes; a scale of 0 for a vector that is never found. `length`: of the vector.
Scale encode(std::span<const float> vector, std::int8_t* code, std::size_t stride, double& length);

// A query made ready for both ways to compare.
struct EncodedQuery {
  explicit EncodedQuery(std::span<const float> query);
  std::span<const float> vector;
  std::vector<std::int8_t> code;
  Scale scale;
  double length = 0;
};

}  // namespace maester::retrieval
