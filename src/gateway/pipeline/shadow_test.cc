#include "gateway/pipeline/shadow.h"

#include <gtest/gtest.h>

#include <thread>

namespace maester::gateway {
namespace {

class ShadowTest : public ::testing::Test {
 protected:
  ShadowTest() : cores(2, clock, random), shadows(cores) { cores.start(); }
  ~ShadowTest() override { cores.stop(); }

  // A shadow that lasts so long on the core, if there is a place for it.
  void begin(std::size_t core, milliseconds lasts, int at_most = 10) {
    auto spawning = [&]() -> runtime::Task<void> {
      auto place = shadows.enter(at_most);
      if (place) {
        shadows.spawn(run(std::move(*place), lasts));
      } else {
        dropped.push_back(place.error());
      }
      co_return;
    };
    runtime::run_blocking(cores.at(core), spawning());
  }

  runtime::Task<void> run(ShadowCalls::Place place, milliseconds lasts) {
    const ShadowCalls::Place held = std::move(place);
    runtime::StopSource mine(shadows.stopping());
    auto nap = runtime::Core::current()->sleep({Deadline::after(clock, lasts), mine.token()});
    (co_await std::move(nap) ? ended : cut).fetch_add(1);
  }

  SystemClock clock;
  SystemRandom random;
  runtime::CorePool cores;
  ShadowCalls shadows;
  std::atomic<int> ended{0}, cut{0};
  std::vector<ShadowDrop> dropped;
};

TEST_F(ShadowTest, SoManyAndNoMoreRunAtOnceOverAllCores) {
  for (const std::size_t core : {0U, 1U, 0U, 1U}) begin(core, milliseconds{60'000}, 3);
  EXPECT_EQ(dropped, (std::vector{ShadowDrop::busy}));
  shadows.end(Deadline::at(clock.mono()));
  EXPECT_EQ(cut, 3);
}

TEST_F(ShadowTest, APlaceIsFreeAgainWhenItsShadowIsOver) {
  for (int i = 0; i < 5; ++i) {
    begin(0, milliseconds{0}, 1);
    while (ended.load() + static_cast<int>(dropped.size()) <= i) std::this_thread::yield();
  }
  EXPECT_TRUE(dropped.empty());
  shadows.end(Deadline::never());
  EXPECT_EQ(ended, 5);
}

TEST_F(ShadowTest, TheEndWaitsForThoseThatRunAndBeginsNoMore) {
  begin(0, milliseconds{50});
  begin(1, milliseconds{100});
  shadows.end(Deadline::never());
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(cut, 0);
  begin(0, milliseconds{0});
  EXPECT_EQ(dropped, (std::vector{ShadowDrop::stopping}));
}

}  // namespace
}  // namespace maester::gateway
