#include "wire/dialer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace maester::wire {

using runtime::Task;
using runtime::Wait;

namespace {

std::unexpected<Error> cannot_connect(const IpAddress& address, int error) {
  return fail(Code::upstream_error, "The connection to the provider could not be made.", "connect",
              address.to_string() + ": " + std::strerror(error));
}

}  // namespace

Task<Result<std::unique_ptr<Socket>>> Dialer::connect(IpAddress address, std::uint16_t port,
                                                      Wait wait) {
  sockaddr_storage storage{};
  const socklen_t size = address.to_sockaddr(port, storage);
  const int fd = ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) co_return cannot_connect(address, errno);
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  int error = ::connect(fd, reinterpret_cast<const sockaddr*>(&storage), size) == 0 ? 0 : errno;
  auto socket = std::make_unique<Socket>(core_, fd, error == EINPROGRESS);
  if (error == EINPROGRESS) {
    SocketWait pause(*socket, Direction::write, wait);
    const runtime::Wake wake = co_await pause;
    CO_TRY(runtime::wake_status(wake, "connect"));
    error = socket->connect_error();
  }
  if (error != 0) co_return cannot_connect(address, error);
  co_return socket;
}

Task<Result<std::unique_ptr<Socket>>> Dialer::dial(Origin origin, Wait wait) {
  auto resolving = resolver_.resolve(origin.host, wait);
  CO_TRY_ASSIGN(const std::vector<IpAddress> addresses, co_await resolving);
  CO_TRY(rules_.check(origin.host, origin.port, addresses));

  Result<std::unique_ptr<Socket>> socket = cannot_connect(addresses.front(), EHOSTUNREACH);
  for (std::size_t i = 0; i < addresses.size() && !socket; ++i) {
    // An address that does not answer leaves time for the others.
    const MonoTime now = core_.now();
    const auto share = static_cast<std::int64_t>(addresses.size() - i);
    Wait slice = wait;
    if (!wait.deadline.is_never()) {
      slice.deadline = Deadline::at(now + wait.deadline.left(now) / share);
    }
    auto connecting = connect(addresses[i], origin.port, slice);
    socket = co_await connecting;
    if (!socket && socket.error().code == Code::cancelled) break;
  }
  if (!socket || !origin.tls) co_return socket;

  if (tls_ == nullptr) co_return fail(Code::upstream_error, "TLS is not set up.", "tls");
  auto securing = connect_tls(**socket, *tls_, origin.host, wait);
  Status secured = co_await securing;
  if (!secured) {
    Error error = std::move(secured).error();
    if (error.code == Code::deadline_exceeded) error.param = "connect";
    if (error.code == Code::closed || error.code == Code::internal) {
      error.code = Code::upstream_error;
      error.message = "The TLS connection to the provider could not be made.";
    }
    co_return fail(std::move(error));
  }
  co_return socket;
}

}  // namespace maester::wire
