#include "prompts/label_history.h"

#include <gtest/gtest.h>

namespace maester::prompts {
namespace {

TEST(LabelHistory, RollsBackOneTargetAtATime) {
  LabelHistory history;
  for (const char* version : {"v1", "v2", "v3"}) history.apply(version, false);
  EXPECT_EQ(history.previous(), "v2");
  history.apply("v2", true);
  EXPECT_EQ(history.current(), "v2");
  EXPECT_EQ(history.previous(), "v1");
  history.apply("v1", true);
  EXPECT_EQ(history.current(), "v1");
  EXPECT_EQ(history.previous(), "");
}

TEST(LabelHistory, ForgetsWhatARollbackLeft) {
  LabelHistory history;
  for (const char* version : {"v1", "v2"}) history.apply(version, false);
  history.apply("v1", true);
  history.apply("v3", false);
  EXPECT_EQ(history.previous(), "v1") << "the bad v2 is not where a second rollback goes";
}

TEST(LabelHistory, RollsBackToATargetItNeverHad) {
  LabelHistory history;
  history.apply("v5", false);
  history.apply("v3", true);
  EXPECT_EQ(history.current(), "v3");
  EXPECT_EQ(history.previous(), "v5");
}

TEST(LabelHistory, CountsAMoveToTheSameTargetOnce) {
  LabelHistory history;
  history.apply("v1", false);
  history.apply("v2", false);
  history.apply("v2", false);
  EXPECT_EQ(history.previous(), "v1");
}

}  // namespace
}  // namespace maester::prompts
