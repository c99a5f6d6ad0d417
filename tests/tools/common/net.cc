#include "common/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace maester::rig {
namespace {

std::atomic<bool> g_stop{false};

std::uint64_t read_clock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * kSecond + static_cast<std::uint64_t>(t.tv_nsec);
}

sockaddr_in to_sockaddr(const Address& address) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(address.port);
  if (inet_pton(AF_INET, address.host.c_str(), &out.sin_addr) != 1) {
    errno = EINVAL;
    die("not a numeric IPv4 address: " + address.host);
  }
  return out;
}

void set_nodelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

IoResult from_errno() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {Io::blocked, 0};
  return {Io::failed, 0};
}

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

std::uint64_t mono_ns() {
  return read_clock(CLOCK_MONOTONIC);
}
std::uint64_t wall_ns() {
  return read_clock(CLOCK_REALTIME);
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void die(std::string_view what) {
  const int error = errno;
  std::fprintf(stderr, "%.*s", static_cast<int>(what.size()), what.data());
  if (error != 0) std::fprintf(stderr, ": %s", std::strerror(error));
  std::fputc('\n', stderr);
  std::exit(1);
}

void install_signals() {
  const auto handler = +[](int) { g_stop.store(true, std::memory_order_relaxed); };
  std::signal(SIGTERM, handler);
  std::signal(SIGINT, handler);
  std::signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);  // pacing to the microsecond
}

bool stop_requested() {
  return g_stop.load(std::memory_order_relaxed);
}

void raise_fd_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Fd listen_on(Address& address) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in where = to_sockaddr(address);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 ||
      ::listen(fd.get(), 4096) != 0) {
    die("cannot listen on " + address.host + ":" + std::to_string(address.port));
  }
  socklen_t length = sizeof where;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&where), &length);
  address.port = ntohs(where.sin_port);
  return fd;
}

Fd accept_from(int listener) {
  Fd fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.valid()) set_nodelay(fd.get());
  return fd;
}

Fd connect_to(const Address& address) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fd;
  set_nodelay(fd.get());
  sockaddr_in where = to_sockaddr(address);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 &&
      errno != EINPROGRESS) {
    fd.reset();
  }
  return fd;
}

void reset_on_close(int fd) {
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

Poller::Poller() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!fd_.valid()) die("epoll_create1");
}

void Poller::control(int operation, int fd, std::uint32_t events, void* tag) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = tag;
  if (epoll_ctl(fd_.get(), operation, fd, &event) != 0) die("epoll_ctl");
}

std::span<const epoll_event> Poller::wait(std::uint64_t deadline) {
  const std::uint64_t now = mono_ns();
  const std::uint64_t left = deadline <= now ? 0 : std::min(deadline - now, 100 * kMillisecond);
  const timespec timeout{static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  const int ready =
      epoll_pwait2(fd_.get(), events_, static_cast<int>(std::size(events_)), &timeout, nullptr);
  if (ready < 0 && errno != EINTR) die("epoll_pwait2");
  return {events_, static_cast<std::size_t>(std::max(ready, 0))};
}

IoResult send_some(int fd, std::string_view bytes) {
  const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n < 0) return from_errno();
  return {Io::done, static_cast<std::size_t>(n)};
}

IoResult receive_some(int fd, std::span<char> into) {
  const ssize_t n = ::recv(fd, into.data(), into.size(), 0);
  if (n < 0) return from_errno();
  if (n == 0) return {Io::closed, 0};
  return {Io::done, static_cast<std::size_t>(n)};
}

}  // namespace maester::rig
