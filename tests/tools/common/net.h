// The few pieces of Linux that the tools of the rig share: sockets, epoll, clocks. Raw system calls
// on purpose: nothing here comes from src/, so that a bug of the server cannot hide behind the same
// bug in what tests it.
//
// Set-up errors end the program with a sentence (die); errors of a connection are values. One
// thread uses one object.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace maester::rig {

inline constexpr std::uint64_t kMillisecond = 1'000'000;
inline constexpr std::uint64_t kSecond = 1'000'000'000;
inline constexpr std::uint64_t kNever = ~std::uint64_t{0};

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

std::uint64_t mono_ns();  // CLOCK_MONOTONIC
std::uint64_t wall_ns();  // CLOCK_REALTIME
// User + system time of this process so far.
double own_cpu_seconds();

// Prints `what` and errno's text, exits with status 1.
[[noreturn]] void die(std::string_view what);

// SIGTERM and SIGINT set this; SIGPIPE is ignored. Every loop looks at it at least each 100 ms.
void install_signals();
bool stop_requested();
// As many open files as the system lets us have.
void raise_fd_limit();

struct Address {
  std::string host;  // numeric IPv4
  std::uint16_t port = 0;
};

// Non-blocking, SO_REUSEPORT (the threads of one program share a port). address.port 0 is replaced
// by the bound one.
Fd listen_on(Address& address);
// Non-blocking, TCP_NODELAY, accepted from `listener`; invalid when there is none.
Fd accept_from(int listener);
// Begins a non-blocking connect with TCP_NODELAY; invalid when it failed at once.
Fd connect_to(const Address& address);
// Makes the next close() send RST instead of FIN.
void reset_on_close(int fd);

class Poller {
 public:
  Poller();
  void add(int fd, std::uint32_t events, void* tag) { control(EPOLL_CTL_ADD, fd, events, tag); }
  void change(int fd, std::uint32_t events, void* tag) { control(EPOLL_CTL_MOD, fd, events, tag); }
  // Waits until something is ready or `deadline` (mono_ns) has come, at most 100 ms.
  std::span<const epoll_event> wait(std::uint64_t deadline);

 private:
  void control(int operation, int fd, std::uint32_t events, void* tag);
  Fd fd_;
  epoll_event events_[256];
};

// What a send or receive came to.
enum class Io : std::uint8_t { done, blocked, closed, failed };
struct IoResult {
  Io io;
  std::size_t bytes;
};
IoResult send_some(int fd, std::string_view bytes);
IoResult receive_some(int fd, std::span<char> into);

}  // namespace maester::rig
