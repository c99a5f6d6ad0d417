// The sandbox bites: each forbidden thing ends the process that tries it.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

namespace maester::extract {
namespace {

pid_t start(std::string what, std::string seconds = {}) {
  std::string program = SANDBOX_PROBE;
  std::array<char*, 4> arguments{program.data(), what.data(),
                                 seconds.empty() ? nullptr : seconds.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t pid = -1;
  if (::posix_spawn(&pid, SANDBOX_PROBE, nullptr, nullptr, arguments.data(), environment.data()) !=
      0)
    return -1;
  return pid;
}

// The status of `sandbox_probe what` as wait() gives it.
int probe(std::string what, std::string seconds = {}) {
  int status = -1;
  ::waitpid(start(std::move(what), std::move(seconds)), &status, 0);
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

// T33: one that computes for ever.
TEST(Sandbox, ComputingForEverEndsAtTheLimitOfProcessorTime) {
  const pid_t pid = start("spin", "1");
  ASSERT_GT(pid, 0);
  int status = 0;
  for (int i = 0; i < 120'000 && ::waitpid(pid, &status, WNOHANG) == 0; ++i) ::usleep(1'000);
  if (status == 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
  }
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), SIGXCPU);
}

TEST(Sandbox, TheLimitOfProcessorTimeIsThirtySeconds) {
  const pid_t pid = start("spin");
  ASSERT_GT(pid, 0);
  std::string limits;
  for (int i = 0; i < 20'000 && !limits.contains(" 30 "); ++i) {  // until the sandbox stands
    ::usleep(1'000);
    std::ifstream file("/proc/" + std::to_string(pid) + "/limits");
    limits.clear();
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("Max cpu time")) limits = line;
    }
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(limits.contains(" 30 ") && limits.contains(" 31 ")) << limits;
}

}  // namespace
}  // namespace maester::extract
