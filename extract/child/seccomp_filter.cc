#include "extract/child/seccomp_filter.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <initializer_list>
#include <memory>

namespace maester::extract {
namespace {

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

bool allow(const Filter& filter, int call, std::initializer_list<scmp_arg_cmp> when = {}) {
  return seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call,
                                static_cast<unsigned>(when.size()), when.begin()) == 0;
}
scmp_arg_cmp is(unsigned argument, int value) {
  return {argument, SCMP_CMP_EQ, static_cast<scmp_datum_t>(value), 0};
}
// The bits of `mask` in the argument are those of `value`.
scmp_arg_cmp has(unsigned argument, int mask, int value) {
  return {argument, SCMP_CMP_MASKED_EQ, static_cast<scmp_datum_t>(mask),
          static_cast<scmp_datum_t>(value)};
}

bool allow_plain(const Filter& filter) {
  for (const int call : {
           SCMP_SYS(munmap),
           SCMP_SYS(brk),
           SCMP_SYS(madvise),
           SCMP_SYS(futex),
           SCMP_SYS(clock_gettime),
           SCMP_SYS(exit),
           SCMP_SYS(exit_group),
           SCMP_SYS(rt_sigreturn),
           // abort() and AddressSanitizer's last words
           SCMP_SYS(rt_sigprocmask),
           SCMP_SYS(rt_sigaction),
           SCMP_SYS(sigaltstack),
           SCMP_SYS(getpid),
           SCMP_SYS(gettid),
           SCMP_SYS(sched_yield),
       }) {
    if (!allow(filter, call)) return false;
  }
  return true;
}

}  // namespace

bool load_seccomp_filter() {
  const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return false;
  const scmp_arg_cmp not_executable = has(2, PROT_EXEC, 0);
  const bool complete =
      allow_plain(filter) && allow(filter, SCMP_SYS(read), {is(0, STDIN_FILENO)}) &&
      allow(filter, SCMP_SYS(write), {is(0, STDOUT_FILENO)}) &&
      allow(filter, SCMP_SYS(write), {is(0, STDERR_FILENO)}) &&
      allow(filter, SCMP_SYS(mmap), {not_executable, has(3, MAP_ANONYMOUS, MAP_ANONYMOUS)}) &&
      allow(filter, SCMP_SYS(mprotect), {not_executable}) && allow(filter, SCMP_SYS(mremap));
  return complete && seccomp_load(filter.get()) == 0;
}

}  // namespace maester::extract
