#include "extract/child/sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "extract/child/seccomp_filter.h"

namespace maester::extract {
namespace {

constexpr unsigned kNobody = 65534;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kAddressSanitizer = true;
#elif defined(__has_feature)
constexpr bool kAddressSanitizer = __has_feature(address_sanitizer);
#else
constexpr bool kAddressSanitizer = false;
#endif

bool limit(__rlimit_resource what, rlim_t soft, rlim_t hard) {
  const rlimit bound{soft, hard};
  return ::setrlimit(what, &bound) == 0;
}

bool limit_resources(unsigned processor_seconds) {
  constexpr rlim_t kMemory = 1UL << 30;
  return (kAddressSanitizer || limit(RLIMIT_AS, kMemory, kMemory)) &&
         limit(RLIMIT_CPU, processor_seconds, processor_seconds + 1) && limit(RLIMIT_FSIZE, 0, 0) &&
         limit(RLIMIT_NOFILE, 8, 8) && limit(RLIMIT_NPROC, 0, 0) && limit(RLIMIT_CORE, 0, 0);
}

// Root's powers go with its uid; without root there is nothing to give away.
bool become_nobody() {
  if (::geteuid() != 0 && ::getuid() != 0) return true;
  return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
         ::setresuid(kNobody, kNobody, kNobody) == 0 && ::getuid() == kNobody;
}

// Handles every right of the first version and grants none. Kernels without it have the filter.
void close_file_system() {
  landlock_ruleset_attr rules{};
  rules.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  const long ruleset = ::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
  if (ruleset < 0) return;
  (void)::syscall(SYS_landlock_restrict_self, ruleset, 0);
  ::close(static_cast<int>(ruleset));
}

}  // namespace

bool enter_sandbox(unsigned processor_seconds) {
  (void)::unshare(CLONE_NEWNET);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!become_nobody() || !limit_resources(processor_seconds)) return false;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  close_file_system();
  return load_seccomp_filter();
}

}  // namespace maester::extract
