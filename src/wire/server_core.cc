#include "wire/server_core.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "wire/connection.h"
#include "wire/ip_address.h"

namespace maester::wire {
namespace {

constexpr int kAcceptsPerEvent = 64;
constexpr std::size_t kSpareExchanges = 512;
// Over the limit a connection is told so; over this it is only closed, for telling costs memory
// too.
constexpr std::uint64_t kRefusalsAtOnce = 1'000;

runtime::Task<void> run_connection(std::unique_ptr<Connection> connection) {
  auto serving = connection->serve();
  co_await serving;
}

runtime::Task<void> refuse_connection(std::unique_ptr<Connection> connection) {
  auto refusing = connection->refuse_overload();
  co_await refusing;
}

}  // namespace

ServerCore::ServerCore(runtime::Core& core, ServerShared& shared)
    : core_(core),
      shared_(shared),
      connections_(core),
      reserve_fd_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

ServerCore::~ServerCore() {
  if (listener_ >= 0) {
    core_.unwatch(listener_, *this);
    ::close(listener_);
  }
  if (reserve_fd_ >= 0) ::close(reserve_fd_);
}

Status ServerCore::listen(int fd, bool shared_descriptor) {
  listener_ = fd;
  // Level-triggered; of a descriptor that several cores watch only one is woken.
  const std::uint32_t events = shared_descriptor ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN;
  return core_.watch(listener_, events, *this);
}

void ServerCore::on_events(std::uint32_t) {
  for (int i = 0; i < kAcceptsPerEvent && accept_one(); ++i) {
  }
}

void ServerCore::begin_drain() {
  if (draining()) return;
  if (listener_ >= 0) {
    while (accept_one()) {
    }
    core_.unwatch(listener_, *this);
    ::close(std::exchange(listener_, -1));
  }
  drain_.request_stop();
}

bool ServerCore::accept_one() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int fd = ::accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EMFILE || errno == ENFILE) shed_for_lack_of_descriptors();
    return errno == ECONNABORTED || errno == EINTR;
  }
  shared_.total.fetch_add(1, std::memory_order_relaxed);
  const bool over = shared_.open.load(std::memory_order_relaxed) >= limits().connections;
  if (over) shared_.refused.fetch_add(1, std::memory_order_relaxed);
  if (over && (shared_.tls != nullptr ||
               shared_.refusing.load(std::memory_order_relaxed) >= kRefusalsAtOnce)) {
    ::close(fd);
    return true;
  }
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const std::optional<IpAddress> peer = IpAddress::from(reinterpret_cast<sockaddr*>(&address));
  auto connection = std::make_unique<Connection>(
      *this, fd, peer ? peer->to_string() : std::string(), over ? shared_.refusing : shared_.open);
  connections_.spawn(over ? refuse_connection(std::move(connection))
                          : run_connection(std::move(connection)));
  return true;
}

void ServerCore::shed_for_lack_of_descriptors() {
  if (reserve_fd_ < 0) return;
  ::close(std::exchange(reserve_fd_, -1));
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) ::close(fd);
  shared_.refused.fetch_add(1, std::memory_order_relaxed);
  reserve_fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  errno = 0;
}

std::unique_ptr<Exchange> ServerCore::take_exchange() {
  if (spare_.empty()) return std::make_unique<Exchange>(limits());
  std::unique_ptr<Exchange> exchange = std::move(spare_.back());
  spare_.pop_back();
  return exchange;
}

void ServerCore::give_back(std::unique_ptr<Exchange> exchange) {
  // What a giant left behind is not kept.
  if (spare_.size() >= kSpareExchanges || exchange->out.capacity() > 64 * 1024) return;
  exchange->parser.reset();
  exchange->head.clear();
  exchange->out.clear();
  spare_.push_back(std::move(exchange));
}

std::string_view ServerCore::http_date() {
  const WallTime now = core_.clock().wall();
  const std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != date_second_) {
    date_second_ = second;
    date_ = format_http_date(now);
  }
  return date_;
}

std::string ServerCore::error_body(int status, std::string_view code,
                                   std::string_view message) const {
  if (!shared_.config.error_body) return {};
  return shared_.config.error_body(status, code, message);
}

}  // namespace maester::wire
