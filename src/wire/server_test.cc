#include "wire/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "wire/wire_testing.h"

namespace maester::wire {
namespace {

using runtime::Task;
using testing::count;
using testing::echo;
using testing::RawClient;
using testing::Rig;

constexpr std::string_view kGet = "GET /a?b=1 HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(ServerTest, AnswersAndKeepsTheConnection) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, echo));
  RawClient client(rig.port());
  for (int i = 0; i < 3; ++i) {
    client.send(kGet);
    const std::string answer = client.receive_until("GET /a?b=1|");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("content-length: 11\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("\r\ndate: "), std::string::npos) << answer;
    EXPECT_EQ(answer.find("connection:"), std::string::npos) << answer;
  }
  EXPECT_EQ(rig.server->stats().requests_total, 3u);
  EXPECT_EQ(rig.server->stats().connections_total, 1u);
}

TEST(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, echo));
  RawClient client(rig.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  }
  client.send(all);
  const std::string answers = client.receive_until("POST /49|ab");
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answers.find("POST /" + std::to_string(i) + "|ab", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(ServerTest, AHeadAndBodySentByteByByteAreRead) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, echo));
  RawClient client(rig.port());
  for (const char c :
       std::string_view("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n")) {
    client.send({&c, 1});
  }
  EXPECT_NE(client.receive_until("|abcde").find("POST /|abcde"), std::string::npos);
}

TEST(ServerTest, ABodyOfManyReadsArrivesWhole) {
  Rig rig;
  std::string got;
  ASSERT_TRUE(rig.serve({}, [&](ServerRequest& request, ServerResponse& response) -> Task<void> {
    auto reading = request.read_body(8 << 20);
    got = *co_await reading;
    auto responding = response.respond(204, {}, "");
    (void)co_await responding;
  }));
  std::string body(3'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  RawClient client(rig.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n" + body);
  const std::string answer = client.receive_until("\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 No Content\r\n"));
  EXPECT_EQ(answer.find("content-length"), std::string::npos);
  EXPECT_EQ(got, body);
}

TEST(ServerTest, ABodyInPiecesIsTheSameAndItsLimitIsTheWholes) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, [](ServerRequest& request, ServerResponse& response) -> Task<void> {
    std::string got;
    std::size_t longest = 0;
    for (;;) {
      auto reading = request.read_some(3'000'000);
      const Result<std::string> piece = co_await reading;
      if (!piece) co_return;  // the connection tells why
      if (piece->empty()) break;
      longest = std::max(longest, piece->size());
      got += *piece;
    }
    if (longest > 600'000) co_return;
    auto responding = response.respond(200, {}, got);
    (void)co_await responding;
  }));
  std::string body(3'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  RawClient client(rig.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n" + body);
  EXPECT_TRUE(client.receive_until(body).ends_with(body));
  std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += 100'000)
    chunked += "186a0\r\n" + body.substr(at, 100'000) + "\r\n";
  client.send(chunked + "0\r\n\r\n");  // on the same connection: nothing of the first was left
  EXPECT_TRUE(client.receive_until(body).ends_with(body));
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(client.receive_until("\r\n\r\n").find("200 OK"), std::string::npos);

  RawClient announced(rig.port());
  announced.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000001\r\n\r\n");
  EXPECT_TRUE(announced.receive_all().starts_with("HTTP/1.1 413 "));
  RawClient grown(rig.port());
  grown.send(chunked + "1\r\nx\r\n0\r\n\r\n");
  EXPECT_TRUE(grown.receive_all().starts_with("HTTP/1.1 413 "));
}

TEST(ServerTest, ContinueIsSaidOnlyWhenTheBodyIsWanted) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, [](ServerRequest& request, ServerResponse& response) -> Task<void> {
    auto reading = request.read_body(4);
    const Result<std::string> body = co_await reading;
    auto responding = response.respond(body ? 200 : 413, {}, body ? std::string_view(*body) : "");
    (void)co_await responding;
  }));
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ";
  RawClient wanted(rig.port());
  wanted.send(head + "4\r\n\r\n");
  EXPECT_EQ(wanted.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  wanted.send("abcd");
  EXPECT_NE(wanted.receive_until("abcd").find("200 OK"), std::string::npos);

  RawClient refused(rig.port());
  refused.send(head + "5\r\n\r\n");
  const std::string answer = refused.receive_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_NE(answer.find("connection: close"), std::string::npos);
}

TEST(ServerTest, HeadAnswersCarryTheLengthAndNoBody) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, echo));
  RawClient client(rig.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
  client.send(kGet);
  const std::string answers = client.receive_until("GET /a?b=1|");
  EXPECT_NE(answers.find("content-length: 8\r\n"), std::string::npos) << answers;
  EXPECT_EQ(answers.find("HEAD /x|"), std::string::npos) << answers;
}

TEST(ServerTest, Http10IsAnsweredAndClosed) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, echo));
  RawClient client(rig.port());
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_NE(answer.find("connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("GET /|"));
  EXPECT_TRUE(client.closed());
}

TEST(ServerTest, AStreamIsChunkedItsHeadLeavesWithTheFirstBytes) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, [](ServerRequest&, ServerResponse& response) -> Task<void> {
    (void)response.start_stream(200, {{"content-type", "text/event-stream"}});
    for (const std::string_view piece : {"one", "", "two"}) {
      auto writing = response.write(piece);
      EXPECT_TRUE(co_await writing);
    }
    const std::string large(100'000, 'z');
    auto writing = response.write(large);
    EXPECT_TRUE(co_await writing);
    auto finishing = response.finish("end");
    EXPECT_TRUE(co_await finishing);
  }));
  RawClient client(rig.port());
  client.send(kGet);
  const std::string first = client.receive();
  EXPECT_NE(first.find("\r\n\r\n3\r\none\r\n"), std::string::npos);
  const std::string rest = first + client.receive_until("0\r\n\r\n");
  EXPECT_TRUE(rest.ends_with("3\r\nend\r\n0\r\n\r\n"));
  EXPECT_NE(rest.find("186a0\r\nzzz"), std::string::npos);
  client.send(kGet);  // the connection lives on
  EXPECT_TRUE(client.receive_until("0\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
}

TEST(ServerTest, AStreamLeftUnfinishedIsCutWithoutTheLastChunk) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, [](ServerRequest&, ServerResponse& response) -> Task<void> {
    (void)response.start_stream(200, {});
    auto writing = response.write("data");
    (void)co_await writing;
  }));
  RawClient client(rig.port());
  client.send(kGet);
  const std::string answer = client.receive_all();
  EXPECT_TRUE(answer.ends_with("4\r\ndata\r\n")) << answer;
  EXPECT_TRUE(client.closed());
}

TEST(ServerTest, AHandlerThatAnswersNothingIsA500) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, [](ServerRequest&, ServerResponse&) -> Task<void> { co_return; }));
  RawClient client(rig.port());
  client.send(kGet);
  EXPECT_TRUE(client.receive_all().ends_with("500 internal"));
}

TEST(ServerTest, AnAnswersHeaderCannotSmuggle) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, [](ServerRequest&, ServerResponse& response) -> Task<void> {
    auto responding = response.respond(200, {{"x", "a\r\nset-cookie: b"}}, "");
    EXPECT_EQ((co_await responding).error().code, Code::internal);
  }));
  RawClient client(rig.port());
  client.send(kGet);
  const std::string answer = client.receive_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(answer.find("set-cookie"), std::string::npos);
}

TEST(ServerTest, AClientThatLeavesStopsItsHandlerAtOnce) {
  for (const bool reset : {false, true}) {
    Rig rig;
    std::latch running(1), stopped(1);
    ASSERT_TRUE(rig.serve({}, [&](ServerRequest&, ServerResponse& response) -> Task<void> {
      running.count_down();
      auto nap = runtime::Core::current()->sleep(
          {.deadline = Deadline::never(), .stop = response.client_gone()});
      const Status slept = co_await nap;
      EXPECT_EQ(slept.error().code, Code::cancelled);
      stopped.count_down();
    }));
    RawClient client(rig.port());
    client.send(std::string(kGet) + "GET /unread HTTP/1.1\r\n");  // behind read-ahead bytes too
    running.wait();
    reset ? client.reset() : client.close();
    stopped.wait();
  }
}

TEST(ServerTest, AReaderThatStallsIsCutByTheWriteStallLimit) {
  Rig rig;
  ServerConfig config;
  config.limits.write_stall = milliseconds{100};
  std::latch done(1);
  ASSERT_TRUE(rig.serve(config, [&](ServerRequest&, ServerResponse& response) -> Task<void> {
    (void)response.start_stream(200, {});
    const std::string piece(64 * 1024, 'x');
    Status status;
    std::size_t sent = 0;
    for (int i = 0; i < 1'000 && status; ++i) {
      auto writing = response.write(piece);
      status = co_await writing;
      if (status) sent += piece.size();
    }
    EXPECT_EQ(status.error().code, Code::deadline_exceeded);
    EXPECT_LT(sent, 1'024u * 1'024u) << "back-pressure came late";
    done.count_down();
  }));
  RawClient client(rig.port(), 4096);
  client.send(kGet);
  done.wait();
}

TEST(ServerTest, ConnectionsOverTheLimitAreToldSo) {
  Rig rig;
  ServerConfig config;
  config.limits.connections = 2;
  ASSERT_TRUE(rig.serve(config, echo));
  RawClient first(rig.port()), second(rig.port());
  for (RawClient* client : {&first, &second}) {
    client->send(kGet);
    EXPECT_NE(client->receive().find("200 OK"), std::string::npos);
  }
  RawClient third(rig.port());
  third.send(kGet);
  const std::string answer = third.receive_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(answer.ends_with("503 overloaded")) << answer;
  first.close();
  std::this_thread::sleep_for(milliseconds{50});
  RawClient fourth(rig.port());
  fourth.send(kGet);
  EXPECT_NE(fourth.receive().find("200 OK"), std::string::npos);
}

TEST(ServerTest, SlowHeadsAndBodiesAreAnswered408) {
  Rig rig;
  ServerConfig config;
  config.limits.header_wait = milliseconds{80};
  config.limits.body_idle = milliseconds{80};
  ASSERT_TRUE(rig.serve(config, echo));
  RawClient head(rig.port());
  head.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(head.receive_all().ends_with("408 deadline_exceeded"));
  RawClient body(rig.port());
  body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(body.receive_all().ends_with("408 deadline_exceeded"));
}

TEST(ServerTest, AnIdleConnectionIsClosedAfterKeepAlive) {
  Rig rig;
  ServerConfig config;
  config.limits.keep_alive_idle = milliseconds{60};
  ASSERT_TRUE(rig.serve(config, echo));
  RawClient client(rig.port());
  client.send(kGet);
  EXPECT_NE(client.receive().find("200 OK"), std::string::npos);
  EXPECT_EQ(client.receive(), "");
  EXPECT_TRUE(client.closed());
}

TEST(ServerTest, ManyConnectionsOnManyCores) {
  Rig rig(2);
  ASSERT_TRUE(rig.serve({}, echo));
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int c = 0; c < 5; ++c) {
          RawClient client(rig.port());
          for (int i = 0; i < 20; ++i) {
            client.send(kGet);
            if (!client.receive_until("GET /a?b=1|").empty()) ++right;
          }
        }
      });
    }
  }
  EXPECT_EQ(right, 8 * 5 * 20);
}

TEST(ServerTest, ASecondServerOnTheSamePortFailsLoudly) {
  Rig rig;
  ASSERT_TRUE(rig.serve({}, echo));
  ServerConfig config;
  config.port = rig.port();
  Server other(rig.cores, config, echo);
  const Status status = other.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::io_error);
  EXPECT_NE(status.error().message.find(std::to_string(rig.port())), std::string::npos);
}

TEST(ServerTest, DrainLetsRequestsFinishClosesIdleOnesAndThenCuts) {
  Rig rig;
  std::latch running(2);
  ASSERT_TRUE(rig.serve({}, [&](ServerRequest& request, ServerResponse& response) -> Task<void> {
    const bool endless = request.path() == "/endless";
    if (request.path() != "/quick") running.count_down();
    const Deadline deadline = endless ? Deadline::never()
                              : request.path() == "/quick"
                                  ? Deadline::at(MonoTime{})
                                  : Deadline::after(rig.clock, milliseconds{100});
    auto nap =
        runtime::Core::current()->sleep({.deadline = deadline, .stop = response.client_gone()});
    if (!co_await nap) co_return;
    auto responding = response.respond(200, {}, "done");
    (void)co_await responding;
  }));
  RawClient idle(rig.port()), slow(rig.port()), endless(rig.port());
  idle.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(idle.receive().find("done"), std::string::npos);
  slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  endless.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  running.wait();
  rig.server->drain(milliseconds{400});
  EXPECT_EQ(idle.receive(), "");
  EXPECT_TRUE(idle.closed());
  const std::string answer = slow.receive_all();
  EXPECT_NE(answer.find("connection: close"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("done"));
  EXPECT_EQ(endless.receive_all(), "");
  EXPECT_TRUE(endless.closed());
  EXPECT_EQ(rig.server->stats().connections_open, 0u);
  EXPECT_FALSE(RawClient(rig.port()).connected());
}

// Answers everything with "done".
Handler done() {
  return [](ServerRequest&, ServerResponse& response) -> Task<void> {
    auto responding = response.respond(200, {}, "done");
    (void)co_await responding;
  };
}

TEST(ServerTest, AKeptConnectionHasOneMoreRequestWhenDraining) {
  Rig rig;
  ServerConfig config;
  config.drain_grace = std::chrono::seconds{30};
  ASSERT_TRUE(rig.serve(config, done()));
  RawClient kept(rig.port());
  kept.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(kept.receive().find("done"), std::string::npos);
  std::thread draining([&] { rig.server->drain(std::chrono::seconds{60}); });
  while (RawClient(rig.port()).connected()) std::this_thread::sleep_for(milliseconds{1});
  kept.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string answer = kept.receive_all();
  draining.join();
  EXPECT_NE(answer.find("connection: close"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("done"));
}

TEST(ServerTest, AConnectionThatStaysIdleDoesNotHoldUpADrain) {
  Rig rig;
  ServerConfig config;
  config.drain_grace = milliseconds{50};
  ASSERT_TRUE(rig.serve(config, done()));
  RawClient idle(rig.port());
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(idle.receive().find("done"), std::string::npos);
  const auto began = std::chrono::steady_clock::now();
  rig.server->drain(std::chrono::seconds{60});
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{30});
  EXPECT_EQ(idle.receive(), "");
  EXPECT_TRUE(idle.closed());
}

}  // namespace
}  // namespace maester::wire
