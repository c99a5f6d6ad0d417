// HTTP/1.1 client over pools of kept-alive connections, one pool per origin, credential and core.
// The only way out of the process: it dials through the one Dialer (wire/dialer.h), which checks
// every address.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core.h"
#include "wire/http.h"
#include "wire/url.h"

namespace maester::wire {

struct ClientRequest {
  std::string method = "POST";
  std::string path;  // origin-form target, begins with '/'; percent-encoded by who built it
  Headers headers;   // without host, content-length, connection
  std::string body;
};

struct ClientTimeouts {
  milliseconds connect{5'000};      // DNS + connect + TLS together
  milliseconds first_byte{60'000};  // from request sent to head received
  milliseconds idle{
      60'000};  // between reads of the body (Reader::progress() resets it, nothing else)
};

// An answer whose head has arrived. Destroying it before its end closes the connection, which is
// how a call is cancelled; after its end the connection goes back to the pool. Lives on one core.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;

  // The next decoded body bytes, valid until the next call; empty at the end of a complete body.
  // Errors: upstream_error (bad framing, cut, reset: the message says which), deadline_exceeded
  // (`param` = "idle" or "total"), cancelled. Suspends.
  virtual runtime::Task<Result<std::string_view>> read() = 0;

  // Restarts the idle timer. read() does not by itself once manual_progress(true): bytes that are
  // only comments or padding are no progress, and only the caller can tell.
  virtual void manual_progress(bool on) = 0;
  virtual void progress() = 0;

  // The rest of the body; Code::too_large past the limit.
  virtual runtime::Task<Result<std::string>> read_all(std::size_t limit) = 0;
};

// The seam under the providers: real HTTP, or a simulated model that answers in process.
class Transport {
 public:
  virtual ~Transport() = default;
  // Suspends until the answer's head is there. Errors: no_target (address refused by the egress
  // rules, name unknown), upstream_error (`param` = "connect" | "tls" | "reset" | "framing"; only
  // `connect` and `tls` mean that the provider cannot have acted on it), deadline_exceeded (`param`
  // = "connect" | "first_byte" | "total"), cancelled. `wait` bounds the whole exchange, body
  // included. A request is sent once: when a pooled connection turns out to be dead, the caller
  // decides on another try, and records it.
  virtual runtime::Task<Result<std::unique_ptr<ClientResponse>>> send(const Origin& origin,
                                                                      ClientRequest request,
                                                                      ClientTimeouts timeouts,
                                                                      runtime::Wait wait) = 0;
};

struct TlsClientConfig {
  std::string ca_file;  // PEM; "" = the system's
};

struct HttpTransportConfig {
  std::vector<std::string> egress_allow;  // "host:port": private addresses that the operator opened
  TlsClientConfig tls;
  std::size_t max_idle_per_origin = 256;  // per core
  milliseconds idle_close{60'000};
  milliseconds dns_ttl{30'000};
  std::size_t max_head = 64 * 1024;
  // The Resolver seam: numeric addresses of a name. Null = getaddrinfo(). Runs on a thread of the
  // transport's own pool.
  std::function<Result<std::vector<std::string>>(const std::string& host)> resolve;
};

// Thread-safe; keeps a pool per core. Must outlive every response it gave out, and is outlived by
// its cores, which may have stopped by then. A wrong CA file shows as Code::upstream_error of every
// https call; check() says it at start-up.
class HttpTransport final : public Transport {
 public:
  HttpTransport(runtime::CorePool& cores, HttpTransportConfig config);
  ~HttpTransport() override;
  Status check() const;
  runtime::Task<Result<std::unique_ptr<ClientResponse>>> send(const Origin& origin,
                                                              ClientRequest request,
                                                              ClientTimeouts timeouts,
                                                              runtime::Wait wait) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace maester::wire
