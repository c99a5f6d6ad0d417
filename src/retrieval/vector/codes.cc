#include "retrieval/vector/codes.h"

#include <algorithm>
#include <cmath>

namespace maester::retrieval {

Scale encode(std::span<const float> vector, std::int8_t* code, std::size_t stride, double& length) {
  std::fill_n(code, stride, std::int8_t{0});
  length = 0;
  float most = 0;
  double squares = 0;
  for (const float x : vector) {
    if (!std::isfinite(x)) return {};
    most = std::max(most, std::abs(x));
    squares += double{x} * x;
  }
  const float scale = most / 127.0F;
  if (!(scale > 0) || !std::isfinite(squares)) return {};
  length = std::sqrt(squares);
  double left = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const float nearest = std::clamp(std::nearbyint(vector[i] / scale), -127.0F, 127.0F);
    code[i] = static_cast<std::int8_t>(nearest);
    const double rest = double{vector[i]} - double{scale} * nearest;
    left += rest * rest;
  }
  return {scale, static_cast<float>(std::sqrt(left))};
}

EncodedQuery::EncodedQuery(std::span<const float> query)
    : vector(query), code(code_stride(static_cast<std::uint32_t>(query.size()))) {
  scale = encode(query, code.data(), code.size(), length);
}

}  // namespace maester::retrieval
