// For fuzz targets: cuts an input into pieces whose sizes are drawn from the input itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace maester::wire::fuzz {

// A small generator, so that pieces are irregular yet repeatable.
class Splitter {
 public:
  explicit Splitter(std::string_view seed) {
    for (const char c : seed) state_ = (state_ ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  std::size_t next(std::size_t left) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    const std::size_t n = static_cast<std::size_t>(state_ >> 33) % 9 + 1;
    return n < left ? n : left;
  }

 private:
  std::uint64_t state_ = 14695981039346656037u;
};

inline void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace maester::wire::fuzz
