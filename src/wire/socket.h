// A connected, non-blocking TCP socket on its core, plain or TLS behind the same four operations.
// It is registered once, edge-triggered; recv() and send() try at once, and only when the kernel
// has nothing does the caller wait:
//
//   for (;;) {
//     const Io io = socket.recv(space);
//     if (!io.blocked()) break;
//     SocketWait pause(socket, io.wants, wait);
//     if (co_await pause != Wake::signalled) ...
//   }
#pragma once

#include <sys/uio.h>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "runtime/core.h"
#include "runtime/suspension.h"

using SSL = struct ssl_st;

namespace maester::wire {

enum class Direction : std::uint8_t { read, write };

struct Io {
  enum class Kind : std::uint8_t { moved, blocked, end, failed };
  Kind kind = Kind::failed;
  Direction wants = Direction::read;  // when blocked
  std::size_t bytes = 0;              // when moved
  bool moved() const { return kind == Kind::moved; }
  bool blocked() const { return kind == Kind::blocked; }
};

// Told once when the peer closed its side or reset the connection, whatever is still unread. May
// destroy the socket.
class PeerObserver {
 public:
  virtual void on_peer_gone() = 0;

 protected:
  ~PeerObserver() = default;
};

class SocketWait;

class Socket final : private runtime::Watched {
 public:
  // Takes the descriptor (non-blocking), also on failure. REQUIRES: on the core's thread, as
  // everything here.
  // `connecting`: connect() is under way; wait for Direction::write, then ask connect_error().
  Socket(runtime::Core& core, int fd, bool connecting = false);
  ~Socket();  // closes at once
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  runtime::Core& core() { return core_; }
  int fd() const { return fd_; }
  void observe(PeerObserver* observer) { observer_ = observer; }
  bool peer_gone() const { return peer_gone_; }
  // Something has arrived that nobody read yet (or might have: a spurious true is possible).
  bool has_input() const { return readable_; }

  Io recv(std::span<char> into);
  Io send(std::span<const iovec> parts);  // at least one byte of them, unless blocked
  void shutdown_write();
  int connect_error() const;  // an errno, 0 = connected
  // An idle connection's state: open, and nothing has come that nobody asked for.
  bool is_quiet();

  // From now on TLS: takes the SSL, whose descriptor it sets. The handshake follows.
  void start_tls(SSL* ssl);
  bool tls() const { return ssl_ != nullptr; }
  SSL* ssl() { return ssl_; }
  Io handshake();

 private:
  friend class SocketWait;
  void on_events(std::uint32_t events) override;
  Io blocked(Direction direction);
  Io tls_result(int result);

  runtime::Core& core_;
  int fd_;
  bool watched_ = false;
  bool readable_ = true;
  bool writable_ = true;
  bool peer_gone_ = false;
  SSL* ssl_ = nullptr;
  PeerObserver* observer_ = nullptr;
  SocketWait* reader_ = nullptr;
  SocketWait* writer_ = nullptr;
};

// Waits until the direction is worth another try. One waiter a direction. Lives in the frame of who
// awaits it; the socket may be destroyed first.
class SocketWait {
 public:
  SocketWait(Socket& socket, Direction direction, runtime::Wait wait)
      : socket_(&socket), direction_(direction), pause_(socket.core_, wait) {}
  ~SocketWait() { leave(); }
  SocketWait(const SocketWait&) = delete;
  SocketWait& operator=(const SocketWait&) = delete;

  bool await_ready() const noexcept {
    return direction_ == Direction::read ? socket_->readable_ : socket_->writable_;
  }
  void await_suspend(std::coroutine_handle<> self) {
    slot() = this;
    pause_.await_suspend(self);
  }
  runtime::Wake await_resume() noexcept {
    leave();
    const runtime::Wake wake = pause_.await_resume();
    return wake == runtime::Wake::pending ? runtime::Wake::signalled : wake;
  }

 private:
  friend class Socket;
  SocketWait*& slot() const {
    return direction_ == Direction::read ? socket_->reader_ : socket_->writer_;
  }
  void leave() {
    if (socket_ != nullptr && slot() == this) slot() = nullptr;
    socket_ = nullptr;
  }

  Socket* socket_;  // null once the wait is over
  Direction direction_;
  runtime::Suspension pause_;
};

}  // namespace maester::wire
