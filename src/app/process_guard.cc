#include "app/process_guard.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string_view>

namespace maester::app {

void guard_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const char* allowed = std::getenv("MAESTER_DUMPABLE");
  if (allowed != nullptr && std::string_view(allowed) == "1") return;
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace maester::app
