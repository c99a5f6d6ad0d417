#include "wire/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "wire/wire_testing.h"

namespace maester::wire {
namespace {

using runtime::Task;
using testing::echo;
using testing::Rig;

// A server that plays bytes: for each connection, for each request read (up to its blank line), the
// next script.
class ScriptServer {
 public:
  using Script = std::vector<std::string>;  // "" = close; else bytes to send after a request's head
  explicit ScriptServer(std::vector<Script> connections) : scripts_(std::move(connections)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~ScriptServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  std::uint16_t port() const { return port_; }
  int accepted() const { return accepted_; }
  std::string requests;  // read after the server's end only

 private:
  void run() {
    for (const Script& script : scripts_) {
      const int fd = ::accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      ++accepted_;
      play(fd, script);
      ::shutdown(fd, SHUT_WR);  // an end, not a reset by unread input
      for (char c = 0; ::recv(fd, &c, 1, 0) == 1;) {
      }
      ::close(fd);
    }
  }
  void play(int fd, const Script& script) {
    for (const std::string& answer : script) {
      std::string head;
      char c = 0;
      while (!head.ends_with("\r\n\r\n")) {
        if (::recv(fd, &c, 1, 0) != 1) return;
        head += c;
      }
      requests += head;
      if (answer.empty()) return;
      ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (answer.ends_with("<hang>")) {
        while (::recv(fd, &c, 1, 0) == 1) {
        }
      }
    }
  }
  std::vector<Script> scripts_;
  int fd_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

struct Outcome {
  Status sent;
  int status = 0;
  std::string type;
  Result<std::string> body;
};

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() { config.egress_allow = {}; }
  ~ClientTest() override { transport.reset(); }

  HttpTransport& use(std::uint16_t port) {
    if (transport == nullptr) {
      config.egress_allow.push_back("127.0.0.1:" + std::to_string(port));
      transport = std::make_unique<HttpTransport>(rig.cores, config);
    }
    return *transport;
  }
  Origin origin(std::uint16_t port, std::string credential = "") {
    return {
        .tls = false, .host = "127.0.0.1", .port = port, .credential_id = std::move(credential)};
  }
  Outcome call(const Origin& to, ClientRequest request, ClientTimeouts timeouts = {},
               nanoseconds total = std::chrono::seconds{10}) {
    Outcome outcome;
    HttpTransport& http = use(to.port);
    auto work = [&]() -> Task<void> {
      auto sending = http.send(to, std::move(request), timeouts,
                               {.deadline = Deadline::after(rig.clock, total), .stop = {}});
      Result<std::unique_ptr<ClientResponse>> response = co_await sending;
      if (!response) {
        outcome.sent = fail(response.error());
        co_return;
      }
      outcome.status = (*response)->status();
      outcome.type = (*response)->headers().get("content-type");
      auto reading = (*response)->read_all(1 << 20);
      outcome.body = co_await reading;
    };
    run_blocking(rig.cores.at(0), work());
    return outcome;
  }
  static ClientRequest post(std::string body) {
    return {.method = "POST", .path = "/p?q=1", .headers = {{"x-a", "b"}}, .body = std::move(body)};
  }

  Rig rig;
  HttpTransportConfig config;
  std::unique_ptr<HttpTransport> transport;
};

TEST_F(ClientTest, TalksToOurServerOverOneConnection) {
  ASSERT_TRUE(rig.serve({}, echo));
  const std::string body(200'000, 'q');
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = call(origin(rig.port()), post(body));
    ASSERT_TRUE(outcome.sent) << outcome.sent.error().detail;
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.type, "text/plain");
    EXPECT_EQ(*outcome.body, "POST /p?q=1|" + body);
  }
  EXPECT_EQ(rig.server->stats().connections_total, 1u);
}

TEST_F(ClientTest, CredentialsDoNotShareConnections) {
  ASSERT_TRUE(rig.serve({}, echo));
  EXPECT_TRUE(call(origin(rig.port(), "a"), post("")).sent);
  EXPECT_TRUE(call(origin(rig.port(), "b"), post("")).sent);
  EXPECT_TRUE(call(origin(rig.port(), "a"), post("")).sent);
  EXPECT_EQ(rig.server->stats().connections_total, 2u);
}

TEST_F(ClientTest, ReadsEachFramingAndSkips1xx) {
  ScriptServer server({{
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n",
      "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\nuntil the end",
  }});
  for (const std::string_view expected : {"ok", "abc", "", "", ""}) {
    const Outcome outcome = call(origin(server.port()), post("x"));
    ASSERT_TRUE(outcome.sent);
    EXPECT_EQ(*outcome.body, expected);
  }
  EXPECT_EQ(*call(origin(server.port()), post("x")).body, "until the end");
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ClientTest, BadFramingIsAnUpstreamError) {
  const std::vector<std::string> bad = {
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\ncontent-length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nx: a\r\n folded\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      "garbage\r\n\r\n",
  };
  for (const std::string& answer : bad) {
    ScriptServer server({{answer}});
    transport.reset();
    config.egress_allow.clear();
    const Outcome outcome = call(origin(server.port()), post("x"));
    ASSERT_FALSE(outcome.sent) << answer;
    EXPECT_EQ(outcome.sent.error().code, Code::upstream_error);
    EXPECT_EQ(outcome.sent.error().param, "framing") << answer;
  }
}

TEST_F(ClientTest, ABodyCutShortIsAnErrorAndNotAnEnd) {
  for (const std::string& answer :
       {std::string("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc"),
        std::string("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")}) {
    ScriptServer server({{answer}});
    transport.reset();
    config.egress_allow.clear();
    const Outcome outcome = call(origin(server.port()), post("x"));
    ASSERT_TRUE(outcome.sent);
    ASSERT_FALSE(outcome.body);
    EXPECT_EQ(outcome.body.error().code, Code::upstream_error);
    EXPECT_EQ(outcome.body.error().param, "reset");
  }
}

TEST_F(ClientTest, ARequestIsSentOnceAlsoOnAPooledConnectionThatDies) {
  const std::string ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
  ScriptServer server({{ok, ""}, {ok}});
  EXPECT_TRUE(call(origin(server.port()), post("1")).sent);
  const Outcome second =
      call(origin(server.port()), post("2"));  // closed on it: it may have been acted on
  ASSERT_FALSE(second.sent);
  EXPECT_EQ(second.sent.error().param, "reset");
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_TRUE(call(origin(server.port()), post("3")).sent);
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ClientTest, TimeoutsNameWhatRanOut) {
  ScriptServer server({{"<hang>"},
                       {"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<hang>"},
                       {"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<hang>"}});
  const Origin to = origin(server.port());
  const Outcome first = call(to, post("x"), {.first_byte = milliseconds{50}});
  ASSERT_FALSE(first.sent);
  EXPECT_EQ(first.sent.error().code, Code::deadline_exceeded);
  EXPECT_EQ(first.sent.error().param, "first_byte");
  const Outcome idle = call(to, post("x"), {.idle = milliseconds{50}});
  ASSERT_TRUE(idle.sent);
  EXPECT_EQ(idle.body.error().code, Code::deadline_exceeded);
  EXPECT_EQ(idle.body.error().param, "idle");
  const Outcome total = call(to, post("x"), {}, milliseconds{80});
  ASSERT_TRUE(total.sent);
  EXPECT_EQ(total.body.error().param, "total");
}

TEST_F(ClientTest, UnderManualProgressBytesAloneDoNotResetTheIdleTime) {
  ASSERT_TRUE(rig.serve({}, [&](ServerRequest&, ServerResponse& response) -> Task<void> {
    (void)response.start_stream(200, {});
    Status status;
    while (status) {
      auto writing = response.write(": comment\n\n");
      status = co_await writing;
      auto nap =
          runtime::Core::current()->sleep({.deadline = Deadline::after(rig.clock, milliseconds{20}),
                                           .stop = response.client_gone()});
      if (status) status = co_await nap;
    }
  }));
  for (const bool progress : {false, true}) {
    HttpTransport& http = use(rig.port());
    const Origin to = origin(rig.port());
    auto work = [&]() -> Task<void> {
      auto sending = http.send(to, post(""), {.idle = milliseconds{100}}, {});
      Result<std::unique_ptr<ClientResponse>> response = co_await sending;
      (*response)->manual_progress(true);
      int reads = 0;
      Result<std::string_view> piece;
      while (piece && reads < 15) {
        auto reading = (*response)->read();
        piece = co_await reading;
        if (piece) ++reads;
        if (progress) (*response)->progress();
      }
      EXPECT_EQ(piece.has_value(), progress) << reads;
      if (!piece) EXPECT_EQ(piece.error().param, "idle");
    };
    run_blocking(rig.cores.at(0), work());
  }
}

TEST_F(ClientTest, DestroyingAnUnfinishedAnswerClosesItsConnectionAtOnce) {
  std::atomic<bool> gone{false};
  ASSERT_TRUE(rig.serve({}, [&](ServerRequest&, ServerResponse& response) -> Task<void> {
    (void)response.start_stream(200, {});
    auto writing = response.write("x");
    (void)co_await writing;
    auto nap = runtime::Core::current()->sleep(
        {.deadline = Deadline::never(), .stop = response.client_gone()});
    (void)co_await nap;
    gone = true;
  }));
  HttpTransport& http = use(rig.port());
  const Origin to = origin(rig.port());
  auto work = [&]() -> Task<void> {
    auto sending = http.send(to, post(""), {}, {});
    Result<std::unique_ptr<ClientResponse>> response = co_await sending;
    auto reading = (*response)->read();
    EXPECT_EQ(*co_await reading, "x");
    response->reset();
    auto nap = runtime::Core::current()->sleep(
        {.deadline = Deadline::after(rig.clock, milliseconds{50}), .stop = {}});
    (void)co_await nap;
    EXPECT_TRUE(gone);
  };
  run_blocking(rig.cores.at(0), work());
}

TEST_F(ClientTest, AReadGivenUpWhileItWaitsMayOutliveItsAnswer) {
  ScriptServer server({{"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<hang>"}});
  HttpTransport& http = use(server.port());
  const Origin to = origin(server.port());
  auto work = [&]() -> Task<void> {
    auto sending = http.send(to, post(""), {}, {});
    Result<std::unique_ptr<ClientResponse>> response = co_await sending;
    auto first = (*response)->read();
    EXPECT_EQ(*co_await first, "<hang>");
    auto second = (*response)->read();
    second.await_suspend(std::noop_coroutine()).resume();  // started, as a hedge would
    response->reset();
  };
  run_blocking(rig.cores.at(0), work());
}

TEST_F(ClientTest, AStopCancelsAWaitingCall) {
  ScriptServer server({{"<hang>"}});
  HttpTransport& http = use(server.port());
  const Origin to = origin(server.port());
  auto work = [&]() -> Task<void> {
    runtime::StopSource source;
    runtime::TaskGroup group(rig.cores.at(0));
    Code code = Code::internal;
    auto caller = [&]() -> Task<void> {
      auto sending =
          http.send(to, post(""), {}, {.deadline = Deadline::never(), .stop = source.token()});
      const auto response = co_await sending;
      if (!response) code = response.error().code;
    };
    group.spawn(caller());
    auto nap = rig.cores.at(0).sleep(
        {.deadline = Deadline::after(rig.clock, milliseconds{30}), .stop = {}});
    (void)co_await nap;
    source.request_stop();
    auto joined = group.join({});
    (void)co_await joined;
    EXPECT_EQ(code, Code::cancelled);
  };
  run_blocking(rig.cores.at(0), work());
}

TEST_F(ClientTest, AnIdleConnectionThatThePeerClosesLeavesThePoolAtOnce) {
  ServerConfig short_lived;
  short_lived.limits.keep_alive_idle = milliseconds{30};
  ASSERT_TRUE(rig.serve(short_lived, echo));
  EXPECT_TRUE(call(origin(rig.port()), post("")).sent);
  std::this_thread::sleep_for(milliseconds{100});
  EXPECT_TRUE(call(origin(rig.port()), post("")).sent);
  EXPECT_EQ(rig.server->stats().connections_total, 2u);
}

TEST_F(ClientTest, RefusedAndUnknownTargets) {
  use(1);  // opens 127.0.0.1:1, where nobody listens
  const Outcome refused = call(origin(1), post(""));
  ASSERT_FALSE(refused.sent);
  EXPECT_EQ(refused.sent.error().code, Code::upstream_error);
  EXPECT_EQ(refused.sent.error().param, "connect");
  const Outcome denied = call(origin(2), post(""));
  ASSERT_FALSE(denied.sent);
  EXPECT_EQ(denied.sent.error().code, Code::no_target);
  EXPECT_EQ(denied.sent.error().param, "egress");
}

TEST_F(ClientTest, ANameIsCheckedByAllItsAddressesAndConnectedToTheOneThatWasChecked) {
  ASSERT_TRUE(rig.serve({}, echo));
  std::atomic<int> lookups{0};
  config.resolve = [&](const std::string& host) -> Result<std::vector<std::string>> {
    // A name that flips: were it asked twice for one connection, the second answer would be the
    // denied one.
    const int n = ++lookups;
    if (host == "mixed.test") return std::vector<std::string>{"93.184.216.34", "127.0.0.1"};
    if (host == "flip.test") return std::vector<std::string>{n == 1 ? "127.0.0.1" : "10.0.0.1"};
    return fail(Code::no_target, "The target's name cannot be resolved.", "dns");
  };
  Origin to = origin(rig.port());
  to.host = "flip.test";
  const Outcome good = call(to, post(""));  // 127.0.0.1:port is open by its address
  EXPECT_TRUE(good.sent) << good.sent.error().detail;
  EXPECT_EQ(lookups, 1);
  to.host = "mixed.test";
  to.port = 81;
  EXPECT_EQ(call(to, post("")).sent.error().code, Code::no_target);
  to.host = "none.test";
  EXPECT_EQ(call(to, post("")).sent.error().param, "dns");
}

TEST_F(ClientTest, ARequestThatCouldSmuggleIsNotSent) {
  use(1);
  for (const ClientRequest& request :
       {ClientRequest{.method = "POST", .path = "/a b", .headers = {}, .body = ""},
        ClientRequest{.method = "POST", .path = "/a\r\nx: y", .headers = {}, .body = ""},
        ClientRequest{.method = "PO ST", .path = "/", .headers = {}, .body = ""},
        ClientRequest{
            .method = "POST", .path = "/", .headers = {{"x", "a\r\ny: z"}}, .body = ""}}) {
    ScriptServer server({{"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"}});
    transport.reset();
    config.egress_allow.clear();
    const Outcome outcome = call(origin(server.port()), request);
    ASSERT_FALSE(outcome.sent);
    EXPECT_EQ(outcome.sent.error().code, Code::internal);
  }
}

}  // namespace
}  // namespace maester::wire
