// Synthetic vectors that lie as embeddings do, for tests and benches: points of unit length around
// centres, spread along a few directions of each centre's own and a little along all. The same
// numbers on every machine with the same libm.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace maester::testing {

struct Clusters {
  std::size_t centres = 1000;
  std::size_t directions = 16;  // of a centre's own
  float spread = 0.5F;          // along those, beside a centre of length 1
  float noise = 0.2F;           // along all
};

class ClusteredVectors {
 public:
  ClusteredVectors(std::size_t dimensions, const Clusters& shape, std::uint64_t seed)
      : dimensions_(dimensions), shape_(shape), state_(seed) {
    const std::size_t rows = shape.centres * (1 + shape.directions);
    basis_.resize(rows * dimensions);
    for (float& x : basis_) x = normal() / std::sqrt(static_cast<float>(dimensions));
  }
  // The next point; `centre`, when given, hears which it belongs to.
  void next(float* out, std::size_t* centre = nullptr) {
    const std::size_t chosen = draw() % shape_.centres;
    if (centre != nullptr) *centre = chosen;
    const float* row = basis_.data() + chosen * (1 + shape_.directions) * dimensions_;
    for (std::size_t i = 0; i < dimensions_; ++i) out[i] = row[i];
    for (std::size_t d = 1; d <= shape_.directions; ++d) {
      const float along =
          normal() * shape_.spread / std::sqrt(static_cast<float>(shape_.directions));
      for (std::size_t i = 0; i < dimensions_; ++i) out[i] += along * row[d * dimensions_ + i];
    }
    float squares = 0;
    const float each = shape_.noise / std::sqrt(static_cast<float>(dimensions_));
    for (std::size_t i = 0; i < dimensions_; ++i) {
      out[i] += each * normal();
      squares += out[i] * out[i];
    }
    for (std::size_t i = 0; i < dimensions_; ++i) out[i] /= std::sqrt(squares);
  }
  std::vector<float> matrix(std::size_t count) {
    std::vector<float> out(count * dimensions_);
    for (std::size_t i = 0; i < count; ++i) next(out.data() + i * dimensions_);
    return out;
  }
  std::uint64_t draw() {  // splitmix64
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  float uniform() { return static_cast<float>(draw() >> 40) * 0x1p-24F; }

 private:
  float normal() {  // a sum of twelve: near enough, and cheap
    float sum = -6;
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t bits = draw();
      for (int part = 0; part < 4; ++part)
        sum += static_cast<float>(bits >> part * 16 & 0xffff) * 0x1p-16F;
    }
    return sum;
  }

  std::size_t dimensions_;
  Clusters shape_;
  std::uint64_t state_;
  std::vector<float> basis_;
};

}  // namespace maester::testing
