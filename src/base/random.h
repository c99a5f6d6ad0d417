// Randomness as a seam: the system's CSPRNG in production, a seeded generator in simulation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace maester {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;  // thread-safe in SystemRandom only

  std::uint64_t next_u64();
  // Uniform in [0, bound). REQUIRES: bound > 0
  std::uint64_t below(std::uint64_t bound);
};

// getrandom(2). Every call is a system call: fit for keys and nonces; ids draw from a buffer (see
// IdGenerator).
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// xoshiro256** (Blackman and Vigna, public domain), seeded by splitmix64. Repeatable; never for
// secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_[4];
};

}  // namespace maester
