#include "prompts/label_history.h"

#include <gtest/gtest.h>

namespace maester::prompts {
namespace {

TEST(LabelHistory, RollsBackOneTargetAtATime) {
  LabelHistory history;
  for (const char* version : {"v1", "v2", "v3"}) history.apply(Target::one(version), false);
  EXPECT_EQ(history.previous().text(), "v2");
  history.apply(Target::one("v2"), true);
  EXPECT_EQ(history.current().text(), "v2");
  EXPECT_EQ(history.previous().text(), "v1");
  history.apply(Target::one("v1"), true);
  EXPECT_EQ(history.current().text(), "v1");
  EXPECT_EQ(history.previous().text(), "");
}

TEST(LabelHistory, ForgetsWhatARollbackLeft) {
  LabelHistory history;
  for (const char* version : {"v1", "v2"}) history.apply(Target::one(version), false);
  history.apply(Target::one("v1"), true);
  history.apply(Target::one("v3"), false);
  EXPECT_EQ(history.previous().text(), "v1") << "the bad v2 is not where a second rollback goes";
}

TEST(LabelHistory, RollsBackToATargetItNeverHad) {
  LabelHistory history;
  history.apply(Target::one("v5"), false);
  history.apply(Target::one("v3"), true);
  EXPECT_EQ(history.current().text(), "v3");
  EXPECT_EQ(history.previous().text(), "v5");
}

TEST(LabelHistory, CountsAMoveToTheSameTargetOnce) {
  LabelHistory history;
  history.apply(Target::one("v1"), false);
  history.apply(Target::one("v2"), false);
  history.apply(Target::one("v2"), false);
  EXPECT_EQ(history.previous().text(), "v1");
}

TEST(LabelHistory, BringsBackASplitAsItWas) {
  LabelHistory history;
  history.apply(Target::one("v1"), false);
  const Target split = Target::split({{"v1", 90}, {"v2", 10}}, history.current());
  history.apply(split, false);
  history.apply(Target::one("v3"), false);
  EXPECT_EQ(history.previous().stored(), split.stored());
  history.apply(history.previous(), true);
  EXPECT_EQ(history.current().stored(), split.stored());
  EXPECT_EQ(history.previous().text(), "v1");
}

}  // namespace
}  // namespace maester::prompts
