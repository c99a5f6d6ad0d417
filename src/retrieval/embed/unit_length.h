// Internal to embed/.
#pragma once

#include <cmath>
#include <span>

namespace maester::retrieval {

// Scales to length 1; all zeros when it has no direction (zeros, or what is no number).
inline void to_unit_length(std::span<float> vector) {
  double squares = 0;
  for (const float x : vector) squares += double{x} * x;
  const double scale = squares > 0 && std::isfinite(squares) ? 1 / std::sqrt(squares) : 0;
  for (float& x : vector) x = scale == 0 ? 0 : static_cast<float>(x * scale);
}

}  // namespace maester::retrieval
