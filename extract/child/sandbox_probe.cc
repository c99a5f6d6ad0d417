// For tests: enters the sandbox and then does the one forbidden thing that is named. Ends with 0
// only when nothing stopped it. A number behind it: seconds of processor time, else as always.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "extract/child/child_main.h"
#include "extract/child/sandbox.h"

namespace {

int attempt(std::string_view what) {
  if (what == "nothing") return 0;
  if (what == "open") return ::open("/etc/passwd", O_RDONLY) < 0 ? 1 : 0;
  if (what == "create") return ::open("/tmp/maester-probe", O_CREAT | O_WRONLY, 0600) < 0 ? 1 : 0;
  if (what == "socket") return ::socket(AF_INET, SOCK_STREAM, 0) < 0 ? 1 : 0;
  if (what == "fork") return ::fork() < 0 ? 1 : 0;
  if (what == "exec") return ::execl("/bin/true", "true", nullptr);
  if (what == "kill") return ::kill(::getppid(), 0);
  if (what == "ptrace") return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0 ? 1 : 0;
  if (what == "executable") {
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? 1 : 0;
  }
  if (what == "read") {
    char byte = 0;
    return ::read(5, &byte, 1) < 0 ? 1 : 0;
  }
  if (what == "identity") return ::syscall(SYS_setuid, 0) < 0 ? 1 : 0;
  if (what == "spin") {
    for (volatile unsigned long n = 0;; n = n + 1) {
    }
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned seconds = maester::extract::kProcessorSeconds;
  if (argc == 3) {
    const std::string_view given = argv[2];
    std::from_chars(given.data(), given.data() + given.size(), seconds);
  }
  const bool entered = maester::extract::enter_sandbox(seconds);
  if (argc < 2 || !entered) ::_exit(maester::extract::kSandboxFailed);
  ::_exit(attempt(argv[1]));
}
