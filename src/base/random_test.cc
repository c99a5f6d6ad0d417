#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace maester {
namespace {

TEST(SeededRandom, TheSameSeedRepeatsAndAnotherDiffers) {
  SeededRandom a(1), b(1), c(2);
  std::vector<std::uint64_t> from_a, from_b, from_c;
  for (int i = 0; i < 100; ++i) {
    from_a.push_back(a.next_u64());
    from_b.push_back(b.next_u64());
    from_c.push_back(c.next_u64());
  }
  EXPECT_EQ(from_a, from_b);
  EXPECT_NE(from_a, from_c);
}

TEST(Random, BelowIsUniformWithinItsBound) {
  SeededRandom random(3);
  std::array<int, 3> seen{};
  for (int i = 0; i < 30'000; ++i) ++seen.at(random.below(3));
  for (const int n : seen) EXPECT_NEAR(n, 10'000, 400);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(SystemRandom, FillsAnySize) {
  SystemRandom random;
  for (const std::size_t size : {0u, 1u, 16u, 4096u}) {
    std::vector<std::byte> bytes(size, std::byte{0});
    random.fill(bytes);
    if (size >= 16) EXPECT_NE(bytes, std::vector<std::byte>(size, std::byte{0}));
  }
}

}  // namespace
}  // namespace maester
