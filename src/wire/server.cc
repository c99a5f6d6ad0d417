#include "wire/server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "wire/ip_address.h"
#include "wire/server_core.h"

namespace maester::wire {

using runtime::Task;

struct Server::Impl {
  Impl(runtime::CorePool& c, ServerConfig config, Handler handler)
      : cores(c), shared(std::move(config), std::move(handler)) {}

  Status start();
  Status listen_on(std::uint16_t wanted);
  Result<int> open_listener(std::uint16_t on_port, bool reuse_port) const;
  std::unexpected<Error> cannot_listen(int error) const;
  void on_each_core(void (*action)(ServerCore&));
  void drain(milliseconds patience);

  runtime::CorePool& cores;
  ServerShared shared;
  std::vector<std::unique_ptr<ServerCore>> parts;
  std::uint16_t port = 0;
};

std::unexpected<Error> Server::Impl::cannot_listen(int error) const {
  return fail(Code::io_error,
              "Cannot listen on " + shared.config.host + ":" + std::to_string(shared.config.port) +
                  ": " + std::strerror(error) + ".",
              "listen");
}

Result<int> Server::Impl::open_listener(std::uint16_t on_port, bool reuse_port) const {
  const std::optional<IpAddress> address = IpAddress::parse(shared.config.host);
  if (!address) return cannot_listen(EINVAL);
  sockaddr_storage storage{};
  const socklen_t size = address->to_sockaddr(on_port, storage);
  const int fd = ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return cannot_listen(errno);
  const int one = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (reuse_port) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  // Accepted sockets inherit it: what the kernel may hold for a client that does not read.
  const int buffer = static_cast<int>(shared.config.limits.write_buffer);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&storage), size) != 0 ||
      (reuse_port && ::listen(fd, 4096) != 0)) {
    const int error = errno;
    ::close(fd);
    return cannot_listen(error);
  }
  return fd;
}

namespace {

std::uint16_t bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  in_port_t port = 0;
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    port = in.sin_port;
  } else {
    sockaddr_in6 in6{};
    std::memcpy(&in6, &storage, sizeof in6);
    port = in6.sin6_port;
  }
  return ntohs(port);
}

Task<void> listen_here(ServerCore* part, int fd, bool shared_descriptor, Status* status) {
  *status = part->listen(fd, shared_descriptor);
  co_return;
}

Task<void> run_here(ServerCore* part, void (*action)(ServerCore&)) {
  action(*part);
  co_return;
}

Task<void> join_or_cut(ServerCore* part, Deadline deadline) {
  auto patient = part->connections().join({.deadline = deadline, .stop = {}});
  if (co_await patient) co_return;
  part->cut();
  // Handlers were told to stop; they end by the rule that every wait takes a stop.
  auto last = part->connections().join({});
  (void)co_await last;
}

}  // namespace

Status Server::Impl::start() {
  if (shared.config.tls) {
    TRY_ASSIGN(shared.tls, make_server_context(*shared.config.tls));
  }
  for (std::size_t i = 0; i < cores.size(); ++i) {
    parts.push_back(std::make_unique<ServerCore>(cores.at(i), shared));
  }
  const int inherited = shared.config.inherited_fd;
  if (inherited >= 0) {
    // A process manager hands it over blocking; a core would stand still in its second accept().
    const int flags = ::fcntl(inherited, F_GETFL);
    if (flags < 0 || ::fcntl(inherited, F_SETFL, flags | O_NONBLOCK) != 0)
      return cannot_listen(errno);
  } else {
    // SO_REUSEPORT would share the port with another process of ours without a word: see first that
    // it is free.
    TRY_ASSIGN(const int probe, open_listener(shared.config.port, false));
    ::close(probe);
  }
  for (const std::unique_ptr<ServerCore>& part : parts) {
    int fd = -1;
    if (inherited >= 0) {
      fd = ::dup(inherited);
    } else {
      TRY_ASSIGN(fd, open_listener(port != 0 ? port : shared.config.port, true));
    }
    if (fd < 0) return cannot_listen(errno);
    port = bound_port(fd);
    Status status;
    run_blocking(part->core(), listen_here(part.get(), fd, inherited >= 0, &status));
    TRY(status);
  }
  return {};
}

void Server::Impl::on_each_core(void (*action)(ServerCore&)) {
  for (const std::unique_ptr<ServerCore>& part : parts) {
    run_blocking(part->core(), run_here(part.get(), action));
  }
}

void Server::Impl::drain(milliseconds patience) {
  if (parts.empty()) return;
  on_each_core([](ServerCore& part) { part.begin_drain(); });
  const Deadline deadline = Deadline::after(parts.front()->core().clock(), patience);
  for (const std::unique_ptr<ServerCore>& part : parts) {
    run_blocking(part->core(), join_or_cut(part.get(), deadline));
  }
}

Server::Server(runtime::CorePool& cores, ServerConfig config, Handler handler)
    : impl_(std::make_unique<Impl>(cores, std::move(config), std::move(handler))) {}

Server::~Server() {
  impl_->drain(milliseconds{0});
}

Status Server::start() {
  return impl_->start();
}

std::uint16_t Server::port() const {
  return impl_->port;
}

ServerStats Server::stats() const {
  const ServerShared& shared = impl_->shared;
  return {.connections_open = shared.open.load(std::memory_order_relaxed),
          .connections_total = shared.total.load(std::memory_order_relaxed),
          .requests_total = shared.requests.load(std::memory_order_relaxed),
          .refused_total = shared.refused.load(std::memory_order_relaxed)};
}

void Server::drain(milliseconds patience) {
  impl_->drain(patience);
}

}  // namespace maester::wire
