// For tests of this module: a server on a free port with a pool of cores, and a client that sends
// raw bytes.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/core.h"
#include "wire/server.h"

namespace maester::wire::testing {

// Blocking, with a limit of time on each read.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;

  bool connected() const { return connected_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void reset() {  // RST
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // One read; "" at the end, a reset or after the wait.
  std::string receive(int wait_ms = 5'000) {
    pollfd poller{fd_, POLLIN, 0};
    closed_ = false;
    if (::poll(&poller, 1, wait_ms) <= 0) return {};
    std::string bytes(64 * 1024, '\0');
    const ssize_t n = ::recv(fd_, bytes.data(), bytes.size(), 0);
    closed_ = n <= 0;
    bytes.resize(static_cast<std::size_t>(n > 0 ? n : 0));
    return bytes;
  }
  // Until the peer closes or nothing comes for the wait.
  std::string receive_all(int wait_ms = 5'000) {
    std::string all;
    for (;;) {
      const std::string more = receive(wait_ms);
      if (more.empty()) return all;
      all += more;
    }
  }
  std::string receive_until(std::string_view mark, int wait_ms = 5'000) {
    std::string all;
    while (all.find(mark) == std::string::npos) {
      const std::string more = receive(wait_ms);
      if (more.empty()) break;
      all += more;
    }
    return all;
  }
  bool closed() const { return closed_; }  // the last read found the end

 private:
  int fd_;
  bool connected_ = false;
  bool closed_ = false;
};

struct Rig {
  explicit Rig(unsigned count = 1) : cores(count, clock, random) { cores.start(); }
  ~Rig() {
    server.reset();
    cores.stop();
  }
  Status serve(ServerConfig config, Handler handler) {
    config.port = 0;
    config.error_body = [](int status, std::string_view code, std::string_view) {
      return std::to_string(status) + " " + std::string(code);
    };
    server = std::make_unique<Server>(cores, std::move(config), std::move(handler));
    return server->start();
  }
  std::uint16_t port() const { return server->port(); }

  SystemClock clock;
  SystemRandom random;
  runtime::CorePool cores;
  std::unique_ptr<Server> server;
};

// Answers with what it was asked: "METHOD path?query|body".
inline runtime::Task<void> echo(ServerRequest& request, ServerResponse& response) {
  std::string text = std::string(request.method()) + " " + std::string(request.path());
  if (!request.query().empty()) text += "?" + std::string(request.query());
  auto reading = request.read_body(1024 * 1024);
  const Result<std::string> body = co_await reading;
  if (!body) co_return;
  text += "|" + *body;
  auto responding = response.respond(200, {{"content-type", "text/plain"}}, text);
  (void)co_await responding;
}

inline std::size_t count(std::string_view text, std::string_view piece) {
  std::size_t n = 0;
  for (std::size_t at = text.find(piece); at != std::string_view::npos;
       at = text.find(piece, at + 1)) {
    ++n;
  }
  return n;
}

}  // namespace maester::wire::testing
