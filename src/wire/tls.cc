#include "wire/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <string_view>

#include "wire/client.h"
#include "wire/ip_address.h"
#include "wire/server.h"
#include "wire/socket.h"

namespace maester::wire {
namespace {

constexpr std::array<unsigned char, 9> kAlpn = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

std::string openssl_errors() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    std::array<char, 256> line{};
    ERR_error_string_n(code, line.data(), line.size());
    if (!text.empty()) text += "; ";
    text += line.data();
  }
  return text;
}

std::unexpected<Error> bad_file(std::string_view what, const std::string& file) {
  return fail(Code::io_error, "The " + std::string(what) + " " + file + " cannot be used.", "tls",
              openssl_errors());
}

// A client that offers ALPN without http/1.1 is refused; one that offers none is served.
int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                unsigned int in_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kAlpn.data(), kAlpn.size(), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void set_common(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // TLS 1.2: forward secrecy and AEAD only. TLS 1.3's own suites are all fine.
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
}

runtime::Task<Status> handshake(Socket& socket, runtime::Wait wait) {
  for (;;) {
    const Io io = socket.handshake();
    if (io.moved()) co_return Status{};
    if (!io.blocked()) {
      co_return fail(Code::closed, "The TLS handshake failed.", "tls", openssl_errors());
    }
    SocketWait pause(socket, io.wants, wait);
    const runtime::Wake wake = co_await pause;
    CO_TRY(runtime::wake_status(wake, "tls"));
  }
}

}  // namespace

void FreeSslCtx::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

Result<TlsContext> make_server_context(const TlsServerConfig& config) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return fail(Code::internal, "TLS is unavailable.", "", openssl_errors());
  set_common(context.get());
  SSL_CTX_set_alpn_select_cb(context.get(), select_alpn, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), config.certificate_file.c_str()) != 1) {
    return bad_file("certificate file", config.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), config.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return bad_file("key file", config.key_file);
  }
  return context;
}

Result<TlsContext> make_client_context(const TlsClientConfig& config) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return fail(Code::internal, "TLS is unavailable.", "", openssl_errors());
  set_common(context.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context.get(), kAlpn.data(), kAlpn.size());
  const int loaded = config.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                            : SSL_CTX_load_verify_locations(
                                                  context.get(), config.ca_file.c_str(), nullptr);
  if (loaded != 1) return bad_file("CA file", config.ca_file);
  return context;
}

runtime::Task<Status> accept_tls(Socket& socket, SSL_CTX& context, runtime::Wait wait) {
  SSL* ssl = SSL_new(&context);
  if (ssl == nullptr) co_return fail(Code::internal, "TLS is unavailable.");
  SSL_set_accept_state(ssl);
  socket.start_tls(ssl);
  auto shake = handshake(socket, wait);
  co_return co_await shake;
}

runtime::Task<Status> connect_tls(Socket& socket, SSL_CTX& context, std::string host,
                                  runtime::Wait wait) {
  SSL* ssl = SSL_new(&context);
  if (ssl == nullptr) co_return fail(Code::internal, "TLS is unavailable.");
  SSL_set_connect_state(ssl);
  socket.start_tls(ssl);
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool numeric = IpAddress::parse(host).has_value();
  const bool named = numeric ? X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1
                             : SSL_set1_host(ssl, host.c_str()) == 1 &&
                                   SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  if (!named) co_return fail(Code::internal, "The host's name does not fit a certificate.", "tls");
  auto shake = handshake(socket, wait);
  co_return co_await shake;
}

}  // namespace maester::wire
