#include "base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace maester {
namespace {

int own_nice() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

TEST(Thread, ABackgroundThreadRanksBelowItsMakerAndOnlyItself) {
  const int mine = own_nice();
  int theirs = 0;
  char name[16] = {};
  std::thread([&] {
    name_background_thread("a-name-that-is-too-long");
    theirs = own_nice();
    pthread_getname_np(pthread_self(), name, sizeof name);
  }).join();
  EXPECT_GE(theirs, 5);
  EXPECT_EQ(own_nice(), mine);
  EXPECT_EQ(std::string(name), "a-name-that-is-");
}

}  // namespace
}  // namespace maester
