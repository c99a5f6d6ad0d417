#include "runtime/loop_lag.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/random.h"

namespace maester::runtime {
namespace {

TEST(LoopLagTest, ALoopThatStandsStillIsSeenAndOneThatTurnsIsNot) {
  const SystemClock clock;
  SystemRandom random;
  CorePool cores(1, clock, random);
  LoopLag lag(cores.at(0));
  cores.start();
  std::this_thread::sleep_for(milliseconds(300));
  lag.take_least();
  cores.at(0).post([] { std::this_thread::sleep_for(std::chrono::seconds(3)); });
  std::this_thread::sleep_for(std::chrono::seconds(2));
  lag.take_least();  // what was measured before it stood still
  EXPECT_GT(lag.take_least(), milliseconds(500));
  // It turns again: some look sees a small lag, however slow the machine.
  bool calm = false;
  for (int i = 0; i < 200 && !calm; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
    calm = lag.take_least() < milliseconds(200);
  }
  EXPECT_TRUE(calm);
  cores.stop();
}

}  // namespace
}  // namespace maester::runtime
