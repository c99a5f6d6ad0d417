// TLS contexts and handshakes (OpenSSL 3): 1.2 and newer, ALPN http/1.1, no renegotiation, no
// compression.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/core.h"
#include "runtime/task.h"

using SSL_CTX = struct ssl_ctx_st;

namespace maester::wire {

class Socket;
struct TlsServerConfig;
struct TlsClientConfig;

struct FreeSslCtx {
  void operator()(SSL_CTX* context) const;
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeSslCtx>;

// Code::io_error names the file that cannot be used. Thread-safe once made.
Result<TlsContext> make_server_context(const TlsServerConfig& config);
Result<TlsContext> make_client_context(const TlsClientConfig& config);

// Handshakes on a connected socket. Suspends. Errors: closed (the peer's fault; `detail` says
// what), deadline_exceeded, cancelled.
runtime::Task<Status> accept_tls(Socket& socket, SSL_CTX& context, runtime::Wait wait);
// Verifies that the certificate is for `host`, a name or a numeric address.
runtime::Task<Status> connect_tls(Socket& socket, SSL_CTX& context, std::string host,
                                  runtime::Wait wait);

}  // namespace maester::wire
