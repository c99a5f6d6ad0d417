#include "jobs/rules.h"

#include <gtest/gtest.h>

#include "jobs/workers.h"

namespace maester::jobs {
namespace {

TEST(RulesTest, EveryCodeHasARemedy) {
  EXPECT_EQ(remedy(Code::upstream_error), Remedy::retry);
  EXPECT_EQ(remedy(Code::rate_limited), Remedy::retry);
  EXPECT_EQ(remedy(Code::storage_full), Remedy::retry);
  EXPECT_EQ(remedy(Code::internal), Remedy::retry);
  EXPECT_EQ(remedy(Code::budget_exceeded), Remedy::wait);
  EXPECT_EQ(remedy(Code::unprocessable), Remedy::none);
  EXPECT_EQ(remedy(Code::forbidden), Remedy::none);
  EXPECT_FALSE(is_permanent(Code::budget_exceeded));
}

TEST(RulesTest, DelaysGrowByTheFourthPowerToAnHour) {
  SeededRandom random(3);
  for (std::int64_t n = 1; n <= 20; ++n) {
    const auto whole = std::min<std::int64_t>(n * n * n * n, 3600);
    for (int i = 0; i < 50; ++i) {
      const double s = std::chrono::duration<double>(retry_delay(n, random)).count();
      EXPECT_GE(s, 0.9 * static_cast<double>(whole));
      EXPECT_LE(s, 1.1 * static_cast<double>(whole));
    }
  }
}

}  // namespace
}  // namespace maester::jobs
