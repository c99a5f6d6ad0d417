#include "gateway/routing/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"

namespace maester::gateway {
namespace {

bool is_permutation_of(const Order& order, std::size_t count) {
  Order sorted = order;
  std::sort(sorted.begin(), sorted.end());
  return sorted == order_as_written(count);
}

TEST(OrderByWeight, GivesEachItsShareOfFirstPlaces) {
  constexpr std::array<std::uint32_t, 4> kWeights{5, 3, 2, 0};
  constexpr int kDraws = 100'000;
  std::array<int, 4> first{};
  SeededRandom random(1);
  for (int i = 0; i < kDraws; ++i) {
    const Order order = order_by_weight(kWeights, random.next_u64());
    ASSERT_TRUE(is_permutation_of(order, 4));
    ASSERT_EQ(order.back(), 3u) << "weight 0 is a last resort";
    ++first[order.front()];
  }
  EXPECT_NEAR(first[0], kDraws * 0.5, kDraws * 0.01);
  EXPECT_NEAR(first[1], kDraws * 0.3, kDraws * 0.01);
  EXPECT_NEAR(first[2], kDraws * 0.2, kDraws * 0.01);
}

TEST(OrderByKey, IsTheSameForTheSameKeyAndMovesOnlyTheShareOfWhatLeft) {
  const std::array<std::uint32_t, 3> weights{2, 1, 1};
  const std::array<std::string_view, 3> names{"a", "b", "c"};
  int first_a = 0, moved = 0, of_c = 0;
  for (int i = 0; i < 4'000; ++i) {
    const std::string key = "user-" + std::to_string(i);
    const Order order = order_by_key(weights, names, key);
    ASSERT_EQ(order, order_by_key(weights, names, key));
    first_a += order.front() == 0;
    const Order without_c =
        order_by_key(std::span(weights).first(2), std::span(names).first(2), key);
    if (order.front() == 2) {
      ++of_c;
    } else {
      moved += without_c.front() != order.front();
    }
  }
  EXPECT_NEAR(first_a, 2'000, 120);
  EXPECT_NEAR(of_c, 1'000, 100);
  EXPECT_EQ(moved, 0);
}

TEST(OrderByLoad, TheMostLoadedIsNeverFirstAndTheLeastOftenIs) {
  const std::array<double, 4> loads{40, 10, 30, 20};
  std::array<int, 4> first{};
  SeededRandom random(2);
  for (int i = 0; i < 12'000; ++i) {
    const Order order = order_by_load(loads, random.next_u64());
    ASSERT_TRUE(is_permutation_of(order, 4));
    ++first[order.front()];
  }
  EXPECT_EQ(first[0], 0);
  EXPECT_NEAR(first[1], 6'000, 300) << "of two out of four, the least loaded is one in half of all";
  EXPECT_NEAR(first[3], 4'000, 300);
  EXPECT_NEAR(first[2], 2'000, 300);
}

TEST(OrderByLoad, OfTwoTheLessLoaded) {
  EXPECT_EQ(order_by_load(std::array<double, 2>{2, 1}, 7), (Order{1, 0}));
  EXPECT_EQ(order_by_load(std::array<double, 1>{2}, 7), (Order{0}));
}

TEST(OrderByCost, TheCheapestFirstAndTheUnpricedLast) {
  const auto usd = [](int n) { return std::optional(FemtoUsd::from_units(n)); };
  const std::array<std::optional<FemtoUsd>, 4> costs{usd(5), std::nullopt, usd(2), usd(5)};
  EXPECT_EQ(order_by_cost(costs), (Order{2, 0, 3, 1}));
}

}  // namespace
}  // namespace maester::gateway
