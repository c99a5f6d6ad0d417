// One core's share of a server: its listener, its connections, and what they reuse.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core.h"
#include "runtime/stop.h"
#include "wire/http_parser.h"
#include "wire/server.h"
#include "wire/tls.h"

namespace maester::wire {

// What all cores of a server share; outlives them.
struct ServerShared {
  ServerShared(ServerConfig c, Handler h) : config(std::move(c)), handler(std::move(h)) {}
  ServerConfig config;
  Handler handler;
  TlsContext tls;                          // null = plain
  std::atomic<std::uint64_t> open{0};      // connections being served
  std::atomic<std::uint64_t> refusing{0};  // connections over the limit being told so
  std::atomic<std::uint64_t> total{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused{0};
};

// The memory of one request under way; connections between requests hold none.
struct Exchange {
  explicit Exchange(const ServerLimits& limits) : parser(limits) {}
  RequestParser parser;
  RequestHead head;
  std::string out;  // bytes to send that are not the caller's
};

class ServerCore final : private runtime::Watched {
 public:
  ServerCore(runtime::Core& core, ServerShared& shared);
  ~ServerCore();
  ServerCore(const ServerCore&) = delete;

  // REQUIRES (all below): on the core's thread. listen() takes the descriptor.
  Status listen(int fd, bool shared_descriptor);
  void
  begin_drain();  // takes what the kernel has queued, then stops to accept; idle connections close
  void cut() { cut_.request_stop(); }
  runtime::TaskGroup& connections() { return connections_; }

  runtime::Core& core() { return core_; }
  ServerShared& shared() { return shared_; }
  const ServerLimits& limits() const { return shared_.config.limits; }
  bool draining() const { return drain_.stop_requested(); }
  runtime::StopToken drain_token() { return drain_.token(); }
  runtime::StopToken cut_token() { return cut_.token(); }

  std::unique_ptr<Exchange> take_exchange();
  void give_back(std::unique_ptr<Exchange> exchange);
  std::string_view http_date();  // now, formatted once a second
  std::string error_body(int status, std::string_view code, std::string_view message) const;

 private:
  void on_events(std::uint32_t events) override;
  bool accept_one();
  void shed_for_lack_of_descriptors();

  runtime::Core& core_;
  ServerShared& shared_;
  runtime::StopSource drain_;
  runtime::StopSource cut_;
  runtime::TaskGroup connections_;
  int listener_ = -1;
  int reserve_fd_ = -1;  // closed to accept and refuse when the process is out of descriptors
  std::vector<std::unique_ptr<Exchange>> spare_;
  std::int64_t date_second_ = -1;
  std::string date_;
};

}  // namespace maester::wire
