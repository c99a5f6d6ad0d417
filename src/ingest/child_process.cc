#include "ingest/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace maester::ingest {
namespace {

void close_end(int& end) {
  if (end >= 0) ::close(end);
  end = -1;
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int read = -1;
  int write = -1;
};

// What the child is given, in the form that posix_spawn takes.
class Spawn {
 public:
  Spawn(const Pipe& in, const Pipe& out) {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_adddup2(&files_, in.read, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files_, out.write, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  int run(const std::string& program, pid_t& pid) const {
    std::string name = program;
    std::array<char*, 2> arguments{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    return ::posix_spawn(&pid, program.c_str(), &files_, &attributes_, arguments.data(),
                         environment.data());
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

ChildEnd describe(int status, const rusage& usage) {
  ChildEnd end;
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  end.peak_bytes = static_cast<std::size_t>(usage.ru_maxrss) << 10;
  return end;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::string& program) {
  Pipe in;
  Pipe out;
  if (in.write < 0 || out.write < 0)
    return fail(Code::io_error, "No pipe for a document's reader could be made.", {},
                std::strerror(errno));
  ChildProcess child;
  const int error = Spawn(in, out).run(program, child.pid_);
  if (error != 0) {
    child.pid_ = -1;
    return fail(Code::io_error, "The program that reads documents could not be started.", {},
                program + ": " + std::strerror(error));
  }
  child.input_ = std::exchange(in.write, -1);
  child.output_ = std::exchange(out.read, -1);
  ::fcntl(child.input_, F_SETFL, O_NONBLOCK);
  ::fcntl(child.output_, F_SETFL, O_NONBLOCK);
  return child;
}

ChildProcess::~ChildProcess() {
  end();
}

void ChildProcess::swap(ChildProcess& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(input_, other.input_);
  std::swap(output_, other.output_);
  std::swap(end_, other.end_);
}

void ChildProcess::close_input() {
  close_end(input_);
}

bool ChildProcess::running() {
  if (pid_ < 0) return false;
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, WNOHANG, &usage) == 0) return true;
  end_ = describe(status, usage);
  pid_ = -1;
  return false;
}

ChildEnd ChildProcess::end() {
  close_end(input_);
  close_end(output_);
  if (pid_ < 0) return end_;
  // A child that has ended by itself keeps its status: a kill after that changes nothing.
  ::kill(pid_, SIGKILL);
  int status = 0;
  rusage usage{};
  while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  end_ = describe(status, usage);
  pid_ = -1;
  return end_;
}

}  // namespace maester::ingest
