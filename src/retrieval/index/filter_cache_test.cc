#include "retrieval/index/filter_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace maester::retrieval {
namespace {

std::shared_ptr<const Bitmap> set_of(std::size_t one) {
  auto out = std::make_shared<Bitmap>(1000);
  out->set(one);
  return out;
}

TEST(FilterCache, GivesBackTheSetOfExactlyThatFilter) {
  FilterCache cache;
  EXPECT_EQ(cache.find("a"), nullptr);
  const auto a = set_of(1), b = set_of(2);
  cache.keep("a", a);
  cache.keep("b", b);
  EXPECT_EQ(cache.find("a"), a);
  EXPECT_EQ(cache.find("b"), b);
  EXPECT_EQ(cache.find("a "), nullptr);
  EXPECT_EQ(cache.find(""), nullptr);
}

TEST(FilterCache, TheOneNotAskedForLongestGoesFirst) {
  FilterCache cache;
  for (std::size_t i = 0; i < FilterCache::kKept; ++i) cache.keep(std::to_string(i), set_of(i));
  ASSERT_NE(cache.find("0"), nullptr);  // the oldest, asked for again
  cache.keep("new", set_of(99));
  EXPECT_NE(cache.find("0"), nullptr);
  EXPECT_EQ(cache.find("1"), nullptr);
  for (std::size_t i = 2; i < FilterCache::kKept; ++i)
    EXPECT_NE(cache.find(std::to_string(i)), nullptr) << i;
  EXPECT_NE(cache.find("new"), nullptr);
}

TEST(FilterCache, ASetThatWasGivenOutStaysWhenItIsDroppedHere) {
  FilterCache cache;
  cache.keep("a", set_of(7));
  const auto held = cache.find("a");
  for (std::size_t i = 0; i <= FilterCache::kKept; ++i) cache.keep(std::to_string(i), set_of(i));
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_TRUE(held->test(7));
}

TEST(FilterCache, ManyThreadsGetTheirOwn) {
  FilterCache cache;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (std::size_t i = 0; i < 2000; ++i) {
        const std::size_t which = (i * 7 + t) % 24;  // more than are kept
        const auto found = cache.find(std::to_string(which));
        if (found == nullptr)
          cache.keep(std::to_string(which), set_of(which));
        else
          ASSERT_TRUE(found->test(which) && found->count() == 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace maester::retrieval
