// What `local-hash` is worth beside words, with the defaults of index.h: no harm to questions that
// are spelled well, a gain for those that are not (evaluate/judged_queries.h, misspell()).
#include "support/hybrid_quality.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "support/shared.h"

namespace maester::retrieval {
namespace {

class HybridSearch : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, HybridSearch, ::testing::Values("scifact", "cranfield"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(HybridSearch, helps_where_words_fail_and_hurts_nowhere) {
  SHARED_OR_SKIP(folder, std::string("data/retrieval/") + GetParam());
  const test::HybridQuality quality(folder.string());
  ASSERT_TRUE(quality.ready());
  const auto gain = [&](unsigned mistyped) {
    const test::Quality measured = quality.measure(mistyped);
    std::printf("%s, %u words of 8 mistyped: nDCG@10 lexical %.4f, vector %.4f, hybrid %.4f\n",
                GetParam(), mistyped, measured.lexical.ndcg.mean, measured.vector.ndcg.mean,
                measured.hybrid.ndcg.mean);
    return compare(measured.lexical, measured.hybrid).ndcg.mean;
  };
  EXPECT_GE(gain(0), -0.01);
  EXPECT_GE(gain(7), 0.05);
  EXPECT_GE(gain(6), 0.05);  // 3 in 4, the others inflected
}

}  // namespace
}  // namespace maester::retrieval
