// HTTP/1.1 server (RFC 9110, 9112) on the cores of a CorePool: SO_REUSEPORT listeners, one per
// core; a connection stays on its core. A strict gate parses the head (wire/http_parser.h):
// whatever leaves framing in doubt is answered 400 and the connection closed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/core.h"
#include "wire/http.h"

namespace maester::wire {

// A request whose head has arrived. Lives in its connection while the handler runs.
class ServerRequest {
 public:
  virtual ~ServerRequest() = default;
  virtual std::string_view method() const = 0;
  virtual std::string_view path() const = 0;   // as sent, without the query
  virtual std::string_view query() const = 0;  // after '?', "" when none
  virtual const Headers& headers() const = 0;
  virtual std::string_view peer_address() const = 0;  // numeric, without port
  virtual MonoTime received_at() const = 0;           // when the first byte of the head arrived

  // The whole body, decoded. Code::too_large past the limit (before reading it when content-length
  // says so; a client that sent expect: 100-continue gets no 100 then), Code::deadline_exceeded
  // when it stalls (the answer is 408), cancelled when the client left. Suspends. REQUIRES: called
  // once.
  virtual runtime::Task<Result<std::string>> read_body(std::size_t limit) = 0;
  // The body piece by piece, for one that is too long for memory: some of it, about 256 KiB at
  // most; "" at its end. `limit` is the whole's; fails and suspends as read_body(), instead of
  // which it is called.
  virtual runtime::Task<Result<std::string>> read_some(std::size_t limit) = 0;
};

// The answer's side. Bytes and headers given as views live until the task that takes them ends: a
// Task is lazy, so a temporary bound to a view dies before it is read. Exactly one of respond() and
// start_stream() is called; a handler that calls none is a 500. A body unread at the end of the
// handler closes the connection.
class ServerResponse {
 public:
  virtual ~ServerResponse() = default;

  // Head and body in one write. Suspends until the kernel took it or the client stalled
  // (Code::deadline_exceeded) or left (Code::cancelled). Adds content-length, date and connection.
  virtual runtime::Task<Status> respond(int status, Headers headers, std::string_view body) = 0;

  // Begins a chunked answer; the head leaves together with the first write(). Each write() is one
  // chunk, and suspends under back-pressure. finish() ends it; a stream that is not finished when
  // the handler returns is cut (the connection closed without the last chunk), which is how a
  // broken answer is told from a whole one.
  virtual Status start_stream(int status, Headers headers) = 0;
  virtual runtime::Task<Status> write(std::string_view bytes) = 0;
  virtual runtime::Task<Status> finish(std::string_view last_bytes = {}) = 0;

  virtual bool started() const = 0;  // a head was sent or queued
  virtual void close_after() = 0;    // no keep-alive after this answer

  // Stops when the client closes or resets the connection, within one event of the core.
  virtual runtime::StopToken client_gone() = 0;
  // Stops when the server ends without waiting further; a part of client_gone().
  virtual runtime::StopToken cut() = 0;
};

// Runs on the connection's core. The request and response outlive it.
using Handler = std::function<runtime::Task<void>(ServerRequest&, ServerResponse&)>;

struct TlsServerConfig {
  std::string certificate_file;  // PEM chain
  std::string key_file;
};

struct ServerConfig {
  std::string host = "127.0.0.1";  // numeric
  std::uint16_t port = 8080;       // 0 = any free one
  int inherited_fd = -1;           // a listening socket to use instead (LISTEN_FDS)
  ServerLimits limits;
  // When draining: how long a kept connection has for one more request, which is told that it is
  // the last. Its client may be sending already; closing under its request would be a reset.
  milliseconds drain_grace{1'000};
  std::optional<TlsServerConfig> tls;
  // How a refusal that no handler saw (bad framing, 408, 431) is rendered.
  std::function<std::string(int status, std::string_view code, std::string_view message)>
      error_body;
  std::string error_content_type = "application/json";
};

struct ServerStats {
  std::uint64_t connections_open = 0, connections_total = 0, requests_total = 0, refused_total = 0;
};

class Server {
 public:
  Server(runtime::CorePool& cores, ServerConfig config, Handler handler);
  ~Server();
  // Binds and starts to accept. Fails with Code::io_error naming the address.
  Status start();
  std::uint16_t port() const;  // the bound one
  ServerStats stats() const;   // thread-safe, approximate
  // Stops accepting, answers what comes on open connections with connection: close, closes those
  // that stay idle for drain_grace, waits until all are done or the wait ends, then cuts them.
  // Blocking; call it off the cores.
  void drain(milliseconds patience);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace maester::wire
