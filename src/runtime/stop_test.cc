#include "runtime/stop.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace maester::runtime {
namespace {

TEST(StopTest, CallbacksRunOnceInOrderOfRegistration) {
  StopSource source;
  std::vector<int> order;
  StopCallback a(source.token(), [&] { order.push_back(1); });
  StopCallback b(source.token(), [&] { order.push_back(2); });
  source.request_stop();
  source.request_stop();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(StopTest, ACallbackOnAStoppedSourceRunsAtOnce) {
  StopSource source;
  source.request_stop();
  bool ran = false;
  StopCallback a(source.token(), [&] { ran = true; });
  EXPECT_TRUE(ran);
}

TEST(StopTest, ADestroyedCallbackDoesNotRun) {
  StopSource source;
  bool ran = false;
  {
    StopCallback a(source.token(), [&] { ran = true; });
  }
  source.request_stop();
  EXPECT_FALSE(ran);
}

TEST(StopTest, AChildStopsWithItsParentAndNotTheOtherWayRound) {
  StopSource parent;
  StopSource child(parent.token());
  StopSource other(parent.token());
  child.request_stop();
  EXPECT_FALSE(parent.stop_requested());
  EXPECT_FALSE(other.stop_requested());
  parent.request_stop();
  EXPECT_TRUE(other.stop_requested());
}

TEST(StopTest, ACallbackMayDestroyAnotherTheSourceAndItself) {
  auto source = std::make_unique<StopSource>();
  std::unique_ptr<StopCallback> second;
  bool second_ran = false;
  auto first = std::make_unique<StopCallback>(source->token(), [&] {
    second.reset();
    source.reset();
  });
  second = std::make_unique<StopCallback>(source->token(), [&] { second_ran = true; });
  source->request_stop();
  EXPECT_EQ(source, nullptr);
  EXPECT_FALSE(second_ran);
}

TEST(StopTest, ACallbackOutlivesItsSource) {
  auto source = std::make_unique<StopSource>();
  StopCallback callback(source->token(), [] { FAIL(); });
  source.reset();
}

TEST(StopTest, ADefaultTokenNeverStops) {
  StopToken token;
  EXPECT_FALSE(token.stop_requested());
  StopCallback callback(token, [] { FAIL(); });
}

}  // namespace
}  // namespace maester::runtime
