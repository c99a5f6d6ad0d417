// Figures: testdata/figures.py (SciPy 1.17.1, binomtest).
#include "stats/mcnemar.h"

#include <gtest/gtest.h>

namespace maester::stats {
namespace {

TEST(McNemarTest, IsScipysBinomialTest) {
  struct Row {
    std::int64_t first, second;
    double exact, mid;
  };
  for (const Row& row :
       {Row{8, 3, 0.2265625, 0.14599609375},
        Row{25, 10, 0.016673847800120715, 0.011330984183587134}, Row{0, 5, 0.0625, 0.03125},
        Row{4, 4, 1.0, 1.0}, Row{60, 41, 0.07275700687752425, 0.059400536903433526},
        Row{1, 9, 0.021484375, 0.01171875}}) {
    EXPECT_NEAR(mcnemar(row.first, row.second).exact_p, row.exact, 1e-12);
    EXPECT_NEAR(mcnemar(row.first, row.second).mid_p, row.mid, 1e-12);
    EXPECT_NEAR(mcnemar(row.second, row.first).exact_p, row.exact, 1e-12);
  }
}

TEST(McNemarTest, NothingDiscordantShowsNothing) {
  EXPECT_EQ(mcnemar(0, 0).exact_p, 1);
  EXPECT_EQ(mcnemar(0, 0).mid_p, 1);
}

}  // namespace
}  // namespace maester::stats
