// The sandbox bites: each forbidden thing ends the process that tries it.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

namespace maester::extract {
namespace {

// The status of `sandbox_probe what` as wait() gives it.
int probe(std::string what) {
  std::string program = SANDBOX_PROBE;
  std::array<char*, 3> arguments{program.data(), what.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t pid = 0;
  if (::posix_spawn(&pid, SANDBOX_PROBE, nullptr, nullptr, arguments.data(), environment.data()) !=
      0)
    return -1;
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status;
}

TEST(Sandbox, WhoDoesNothingForbiddenLives) {
  const int status = probe("nothing");
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Sandbox, WhatIsForbiddenKills) {
  for (const char* what : {"open", "create", "socket", "fork", "exec", "kill", "ptrace",
                           "executable", "read", "identity"}) {
    const int status = probe(what);
    ASSERT_TRUE(WIFSIGNALED(status)) << what << " was not stopped: status " << status;
    EXPECT_EQ(WTERMSIG(status), SIGSYS) << what;
  }
  EXPECT_NE(::access("/tmp/maester-probe", F_OK), 0);
}

}  // namespace
}  // namespace maester::extract
