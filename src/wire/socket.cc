#include "wire/socket.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace maester::wire {

Socket::Socket(runtime::Core& core, int fd, bool connecting)
    : core_(core), fd_(fd), readable_(!connecting), writable_(!connecting) {
  watched_ = core_.watch(fd_, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this).has_value();
}

Socket::~Socket() {
  for (SocketWait* waiter : {reader_, writer_}) {
    if (waiter != nullptr) waiter->socket_ = nullptr;
  }
  if (ssl_ != nullptr) SSL_free(ssl_);
  if (watched_) core_.unwatch(fd_, *this);
  ::close(fd_);
}

void Socket::on_events(std::uint32_t events) {
  const bool gone = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (gone || (events & EPOLLIN) != 0) {
    readable_ = true;
    if (reader_ != nullptr) reader_->pause_.signal();
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    writable_ = true;
    if (writer_ != nullptr) writer_->pause_.signal();
  }
  if (gone && !peer_gone_) {
    peer_gone_ = true;
    if (observer_ != nullptr) observer_->on_peer_gone();  // the last act: may destroy this
  }
}

Io Socket::blocked(Direction direction) {
  (direction == Direction::read ? readable_ : writable_) = !watched_;
  return {.kind = watched_ ? Io::Kind::blocked : Io::Kind::failed, .wants = direction, .bytes = 0};
}

Io Socket::recv(std::span<char> into) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    return tls_result(
        SSL_read(ssl_, into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX))));
  }
  for (;;) {
    const ssize_t n = ::recv(fd_, into.data(), into.size(), 0);
    if (n > 0) {
      const auto bytes = static_cast<std::size_t>(n);
      // A short read has emptied the kernel's buffer: the next bytes raise a new edge, and so does
      // the peer's end unless it was already seen.
      if (bytes < into.size() && !peer_gone_) readable_ = false;
      return {.kind = Io::Kind::moved, .wants = Direction::read, .bytes = bytes};
    }
    if (n == 0) return {.kind = Io::Kind::end, .wants = Direction::read, .bytes = 0};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return blocked(Direction::read);
    if (errno != EINTR) return {};
  }
}

Io Socket::send(std::span<const iovec> parts) {
  if (ssl_ != nullptr) {
    for (const iovec& part : parts) {
      if (part.iov_len == 0) continue;
      ERR_clear_error();
      return tls_result(SSL_write(ssl_, part.iov_base,
                                  static_cast<int>(std::min<std::size_t>(part.iov_len, INT_MAX))));
    }
    return {.kind = Io::Kind::moved, .wants = Direction::write, .bytes = 0};
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());  // the kernel only reads them
  message.msg_iovlen = parts.size();
  for (;;) {
    const ssize_t n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (n >= 0) {
      return {
          .kind = Io::Kind::moved, .wants = Direction::write, .bytes = static_cast<std::size_t>(n)};
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return blocked(Direction::write);
    if (errno != EINTR) return {};
  }
}

void Socket::shutdown_write() {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
  ::shutdown(fd_, SHUT_WR);
}

int Socket::connect_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return watched_ ? error : EMFILE;
}

bool Socket::is_quiet() {
  if (peer_gone_ || !watched_) return false;
  if (!readable_) return true;
  char byte = 0;
  if (ssl_ != nullptr) {  // lets OpenSSL take in session tickets, which come unasked
    ERR_clear_error();
    return tls_result(SSL_peek(ssl_, &byte, 1)).blocked();
  }
  const ssize_t n = ::recv(fd_, &byte, 1, MSG_PEEK);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && blocked(Direction::read).blocked();
}

void Socket::start_tls(SSL* ssl) {
  ssl_ = ssl;
  SSL_set_fd(ssl_, fd_);
}

Io Socket::handshake() {
  ERR_clear_error();
  return tls_result(SSL_do_handshake(ssl_));
}

Io Socket::tls_result(int result) {
  if (result > 0) {
    return {.kind = Io::Kind::moved,
            .wants = Direction::read,
            .bytes = static_cast<std::size_t>(result)};
  }
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return blocked(Direction::read);
    case SSL_ERROR_WANT_WRITE:
      return blocked(Direction::write);
    case SSL_ERROR_ZERO_RETURN:
      return {.kind = Io::Kind::end, .wants = Direction::read, .bytes = 0};
    default:
      return {};
  }
}

}  // namespace maester::wire
