// One helper program that was started to read one document: its process and the two pipes to it.
// It gets an empty environment, no descriptors but the pipes (its standard error goes nowhere), no
// blocked signals and a process group of its own; the rest of the sandbox it builds itself before
// it reads a byte (extract/child/sandbox.h). Safe to start from any thread of a threaded program:
// posix_spawn, nothing of ours runs between fork and exec.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "base/result.h"

namespace maester::ingest {

// How it went, once it is gone.
struct ChildEnd {
  int signal = 0;     // that killed it, 0 = none
  int exit_code = 0;  // when it was not killed
  std::size_t peak_bytes = 0;
};

// Owns the process: the destructor kills and reaps it. Movable, not thread-safe.
class ChildProcess {
 public:
  // Code::io_error: the program is not there or cannot be started.
  static Result<ChildProcess> start(const std::string& program);
  ChildProcess(ChildProcess&& other) noexcept { swap(other); }
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ChildProcess();

  // Not blocking. -1 once closed.
  int input() const { return input_; }
  int output() const { return output_; }
  void close_input();

  bool running();
  // Kills it if it still runs, and reaps it. Blocks for as long as a kill takes.
  ChildEnd end();

 private:
  ChildProcess() = default;
  void swap(ChildProcess& other) noexcept;

  pid_t pid_ = -1;  // -1 = reaped
  int input_ = -1;
  int output_ = -1;
  ChildEnd end_;
};

}  // namespace maester::ingest
