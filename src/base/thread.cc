#include "base/thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace maester {
namespace {

// A third of a core's weight: enough for the projection to keep up with a saturated core.
constexpr int kBackgroundNice = 5;
constexpr std::size_t kMaxName = 15;

}  // namespace

void name_thread(const char* name) {
  char kept[kMaxName + 1] = {};
  const std::string_view text(name);
  std::copy_n(text.begin(), std::min(text.size(), kMaxName), kept);
  pthread_setname_np(pthread_self(), kept);
}

void name_background_thread(const char* name) {
  name_thread(name);
  const int now = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), std::max(now, kBackgroundNice));
}

}  // namespace maester
