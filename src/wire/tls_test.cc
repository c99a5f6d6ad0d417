#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "wire/client.h"
#include "wire/wire_testing.h"

namespace maester::wire {
namespace {

using runtime::Task;
using testing::echo;
using testing::RawClient;
using testing::Rig;

// A throw-away authority with one server certificate, as PEM files.
class TestPki {
 public:
  explicit TestPki(const std::string& alternative_names) {
    std::string name = (std::filesystem::temp_directory_path() / "maester-tls-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    EVP_PKEY* ca_key = EVP_EC_gen("P-256");
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* ca = make("Test CA", ca_key, nullptr, ca_key, "CA:TRUE", "");
    X509* leaf = make("server", key, ca, ca_key, "CA:FALSE", alternative_names);
    write("ca.pem", ca, nullptr);
    write("cert.pem", leaf, nullptr);
    write("key.pem", nullptr, key);
    X509_free(leaf);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
  }
  ~TestPki() { std::filesystem::remove_all(folder_); }
  TestPki(const TestPki&) = delete;
  std::string file(const std::string& name) const { return folder_ + "/" + name; }

 private:
  static void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static X509* make(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* signer,
                    const std::string& constraints, const std::string& names) {
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate, issuer != nullptr ? X509_get_subject_name(issuer) : subject);
    extend(certificate, issuer != nullptr ? issuer : certificate, NID_basic_constraints,
           constraints);
    extend(certificate, issuer, NID_subject_alt_name, names);
    X509_sign(certificate, signer, EVP_sha256());
    return certificate;
  }
  void write(const std::string& name, X509* certificate, EVP_PKEY* key) const {
    std::FILE* out = std::fopen(file(name).c_str(), "w");
    if (certificate != nullptr) PEM_write_X509(out, certificate);
    if (key != nullptr) PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
  }
  std::string folder_;
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() : pki("DNS:server.test,IP:127.0.0.1") {}

  void serve(Handler handler = echo, ServerConfig config = {}) {
    config.tls = {.certificate_file = pki.file("cert.pem"), .key_file = pki.file("key.pem")};
    const Status started = rig.serve(config, std::move(handler));
    ASSERT_TRUE(started) << started.error().message;
  }
  Result<std::string> call(const std::string& host, const std::string& ca, std::string body) {
    HttpTransportConfig config;
    config.egress_allow = {"127.0.0.1:" + std::to_string(rig.port())};
    config.tls.ca_file = ca;
    config.resolve = [](const std::string&) -> Result<std::vector<std::string>> {
      return std::vector<std::string>{"127.0.0.1"};
    };
    HttpTransport transport(rig.cores, config);
    EXPECT_TRUE(transport.check());
    const Origin origin{.tls = true, .host = host, .port = rig.port(), .credential_id = ""};
    Result<std::string> result;
    auto work = [&]() -> Task<void> {
      for (int i = 0; i < 3; ++i) {
        ClientRequest request{.method = "POST", .path = "/", .headers = {}, .body = body};
        auto sending = transport.send(origin, std::move(request), {}, {});
        Result<std::unique_ptr<ClientResponse>> response = co_await sending;
        if (!response) {
          result = fail(response.error());
          co_return;
        }
        auto reading = (*response)->read_all(8 << 20);
        result = co_await reading;
      }
    };
    run_blocking(rig.cores.at(0), work());
    return result;
  }

  TestPki pki;
  Rig rig;
};

TEST_F(TlsTest, BothSidesSpeakOverOneConnection) {
  serve();
  const std::string body(700'000, 'b');
  const Result<std::string> answer = call("server.test", pki.file("ca.pem"), body);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(*answer, "POST /|" + body);
  EXPECT_EQ(rig.server->stats().connections_total, 1u);
  EXPECT_TRUE(call("127.0.0.1", pki.file("ca.pem"), "by address"));
}

TEST_F(TlsTest, AnotherNameOrAnUnknownAuthorityIsRefused) {
  serve();
  const TestPki stranger("DNS:server.test");
  for (const auto& [host, ca] : {std::pair{"other.test", pki.file("ca.pem")},
                                 std::pair{"server.test", stranger.file("ca.pem")}}) {
    const Result<std::string> answer = call(host, ca, "x");
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code, Code::upstream_error);
    EXPECT_EQ(answer.error().param, "tls");
  }
  EXPECT_EQ(rig.server->stats().requests_total, 0u);
}

TEST_F(TlsTest, ASilentHandshakeIsEndedByItsLimit) {
  ServerConfig config;
  config.limits.tls_handshake = milliseconds{60};
  serve(echo, config);
  RawClient client(rig.port());
  EXPECT_EQ(client.receive(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(TlsTest, PlainHttpOnATlsPortIsNotAnswered) {
  serve();
  RawClient client(rig.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive_all().find("HTTP/1.1 200"), std::string::npos);
}

TEST_F(TlsTest, MissingFilesAreNamed) {
  ServerConfig config;
  config.tls = {.certificate_file = "/nowhere/cert.pem", .key_file = "/nowhere/key.pem"};
  const Status status = rig.serve(config, echo);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("/nowhere/cert.pem"), std::string::npos);
  HttpTransportConfig client;
  client.tls.ca_file = "/nowhere/ca.pem";
  EXPECT_EQ(HttpTransport(rig.cores, client).check().error().code, Code::io_error);
}

}  // namespace
}  // namespace maester::wire
