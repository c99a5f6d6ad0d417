// A connection to an origin and the pool it rests in between exchanges. Belongs to one core.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/core.h"
#include "wire/client.h"
#include "wire/http_parser.h"
#include "wire/read_buffer.h"
#include "wire/socket.h"

namespace maester::wire {

class ClientPool;

class ClientConnection final : private PeerObserver, private runtime::Timer {
 public:
  ClientConnection(std::unique_ptr<Socket> socket, Origin origin)
      : socket_(std::move(socket)), origin_(std::move(origin)) {
    socket_->observe(this);
  }

  Socket& socket() { return *socket_; }
  ReadBuffer& in() { return in_; }
  const Origin& origin() const { return origin_; }
  bool received() const { return received_; }  // any byte of the current answer

  // Writes the request and reads the head of its answer, 1xx skipped. Suspends. Errors as
  // Transport::send() has them.
  runtime::Task<Status> exchange(const ClientRequest& request, ClientTimeouts timeouts,
                                 runtime::Wait wait, std::size_t max_head, ResponseHead& head);

 private:
  friend class ClientPool;
  void on_peer_gone() override;
  void on_timer() override;
  Status put_head(const ClientRequest& request);
  runtime::Task<Status> send(std::string_view head, std::string_view body, runtime::Wait wait);
  runtime::Task<Status> read_head(ResponseParser& parser, ResponseHead& head, runtime::Wait wait);

  std::unique_ptr<Socket> socket_;
  Origin origin_;
  ReadBuffer in_;
  std::string out_;
  bool received_ = false;
  ClientPool* resting_in_ = nullptr;
};

class ClientPool {
 public:
  ClientPool(runtime::Core& core, std::size_t max_idle, milliseconds idle_close)
      : core_(core), max_idle_(max_idle), idle_close_(idle_close) {}

  // The connection used last, if it still stands; null when none does.
  std::unique_ptr<ClientConnection> take(const Origin& origin);
  void put(std::unique_ptr<ClientConnection> connection);
  void drop(ClientConnection& connection);
  std::size_t size() const;

  std::unique_ptr<ResponseHead> take_head();
  void put_head(std::unique_ptr<ResponseHead> head);

 private:
  struct OriginHash {
    std::size_t operator()(const Origin& origin) const;
  };
  runtime::Core& core_;
  std::size_t max_idle_;
  milliseconds idle_close_;
  std::unordered_map<Origin, std::vector<std::unique_ptr<ClientConnection>>, OriginHash> idle_;
  std::vector<std::unique_ptr<ResponseHead>> spare_heads_;
};

}  // namespace maester::wire
