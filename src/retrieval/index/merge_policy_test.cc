#include "retrieval/index/merge_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maester::retrieval {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MergePolicy, TakesManyOfOneTierOrAQuarterDeadOrOneThatWantsItsGraph) {
  EXPECT_THAT(choose_merge({}), IsEmpty());
  EXPECT_THAT(choose_merge(std::vector<SegmentSize>(7, {10, 10})), IsEmpty());
  EXPECT_EQ(choose_merge(std::vector<SegmentSize>(8, {10, 10})).size(), 8U);
  EXPECT_THAT(choose_merge({{1000, 1000}, {1000, 751}}), IsEmpty());
  EXPECT_THAT(choose_merge({{1000, 1000}, {1000, 750}}), ElementsAre(1));
  EXPECT_THAT(choose_merge({{1000, 1000}, {50'000, 50'000, true}}), ElementsAre(1));
}

TEST(MergePolicy, NeverMakesASegmentBeyondTheLargest) {
  const auto chosen = choose_merge(std::vector<SegmentSize>(12, {1'000'000, 1'000'000}));
  EXPECT_EQ(chosen.size(), 4U);
  EXPECT_THAT(choose_merge(std::vector<SegmentSize>(9, {3'000'000, 3'000'000})), IsEmpty());
}

// A long life of equal commits: few segments stand at any time, and a chunk is rewritten about once
// for each factor of growth.
TEST(MergePolicy, KeepsSegmentsAndRewritingFew) {
  std::vector<SegmentSize> sizes;
  std::uint64_t rewritten = 0, added = 0;
  for (int commit = 0; commit < 20'000; ++commit) {
    sizes.push_back({500, 500});
    added += 500;
    for (auto chosen = choose_merge(sizes); !chosen.empty(); chosen = choose_merge(sizes)) {
      std::uint32_t together = 0;
      for (auto i = chosen.rbegin(); i != chosen.rend(); ++i) {
        together += sizes[*i].living_chunks;
        sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(*i));
      }
      rewritten += together;
      sizes.push_back({together, together});
    }
    ASSERT_LE(sizes.size(), 40U);
  }
  EXPECT_LT(static_cast<double>(rewritten) / static_cast<double>(added), 6.0);
}

}  // namespace
}  // namespace maester::retrieval
