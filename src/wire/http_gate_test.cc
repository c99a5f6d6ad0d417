// The strict gate as a table of raw bytes (RULES.md §7, TESTS.md T26): each case through a real
// server. A refusal closes the connection, and nothing that stands behind it is ever answered.
#include <gtest/gtest.h>

#include "wire/wire_testing.h"

namespace maester::wire {
namespace {

using testing::count;
using testing::echo;
using testing::RawClient;
using testing::Rig;

struct Case {
  const char* name;
  std::string bytes;
  int status;
};

const std::string kHost = "Host: h\r\n";
// What an attacker hides behind the doubtful message.
const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

std::string get(const std::string& lines) {
  return "GET / HTTP/1.1\r\n" + kHost + lines + "\r\n";
}
std::string post(const std::string& lines, const std::string& body = "") {
  return "POST / HTTP/1.1\r\n" + kHost + lines + "\r\n" + body;
}
std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

std::vector<Case> refused_cases() {
  const std::string nul(1, '\0');
  return {
      // Line ends
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
      {"bare LF after a header", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
      {"bare LF at the end of the head", "GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
      {"LF only", "GET / HTTP/1.1\nHost: h\n\n", 400},
      {"bare CR in a value", get("X: a\rb\r\n"), 400},
      {"CR CR LF", get("X: a\r\r\n"), 400},
      {"two empty lines first", "\r\n\r\n" + get(""), 400},
      // Request line
      {"no version", "GET /\r\nHost: h\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"tab for space", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"leading space", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"trailing space", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"method is no token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"method with a colon", "GET: / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"lower-case version", "GET / http/1.1\r\nHost: h\r\n\r\n", 400},
      {"version without a minor", "GET / HTTP/1\r\nHost: h\r\n\r\n", 400},
      {"version with two digits", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400},
      {"version with a plus", "GET / HTTP/+.1\r\nHost: h\r\n\r\n", 400},
      {"version 2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"version 0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505},
      {"version 1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"fragment in the target", "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"backslash in the target", "GET /\\a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"NUL in the target", "GET /" + nul + " HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"non-ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"target without a slash", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"asterisk with GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"another scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"absolute form with another host", "GET http://i/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"absolute form with another port", "GET http://h:81/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"absolute form with user info", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"absolute form without Host", "GET http://h/ HTTP/1.1\r\n\r\n", 400},
      // Host
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", get("Host: h\r\n"), 400},
      {"two different Hosts", get("Host: i\r\n"), 400},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"Host with user info", "GET / HTTP/1.1\r\nHost: a@h\r\n\r\n", 400},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400},
      {"Host list", "GET / HTTP/1.1\r\nHost: h, i\r\n\r\n", 400},
      {"Host with a bad port", "GET / HTTP/1.1\r\nHost: h:8x\r\n\r\n", 400},
      // Headers
      {"space before the colon", get("X : y\r\n"), 400},
      {"tab before the colon", get("X\t: y\r\n"), 400},
      {"space before Transfer-Encoding's colon", post("Transfer-Encoding : chunked\r\n"), 400},
      {"obs-fold", get("X: a\r\n b\r\n"), 400},
      {"obs-fold with a tab", get("X: a\r\n\tb\r\n"), 400},
      {"fold before the first header", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"no colon", get("X\r\n"), 400},
      {"empty name", get(": y\r\n"), 400},
      {"underscore in a name", get("Content_Length: 5\r\n"), 400},
      {"name with a bracket", get("X[]: y\r\n"), 400},
      {"name with non-ASCII", get("X\xc3\xa9: y\r\n"), 400},
      {"NUL in a name", get("X" + nul + ": y\r\n"), 400},
      {"NUL in a value", get("X: a" + nul + "b\r\n"), 400},
      {"control in a value", get("X: a\x01\r\n"), 400},
      {"DEL in a value", get("X: a\x7f\r\n"), 400},
      // Framing
      {"CL and TE", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"TE and CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
      {"CL twice", post("Content-Length: 1\r\nContent-Length: 1\r\n", "a"), 400},
      {"CL twice, different", post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400},
      {"CL list", post("Content-Length: 1, 1\r\n", "a"), 400},
      {"CL with plus", post("Content-Length: +1\r\n", "a"), 400},
      {"CL negative", post("Content-Length: -1\r\n"), 400},
      {"CL hexadecimal", post("Content-Length: 0x1\r\n", "a"), 400},
      {"CL with a space inside", post("Content-Length: 1 0\r\n"), 400},
      {"CL with an underscore", post("Content-Length: 1_0\r\n"), 400},
      {"CL with leading zeros", post("Content-Length: 010\r\n"), 400},
      {"CL empty", post("Content-Length:\r\n"), 400},
      {"CL fractional", post("Content-Length: 1.0\r\n", "a"), 400},
      {"CL too long", post("Content-Length: 99999999999999999999\r\n"), 400},
      {"TE xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
      {"TE list", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400},
      {"TE gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"TE identity", post("Transfer-Encoding: identity\r\n"), 400},
      {"TE twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"TE quoted", post("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {"TE with a parameter", post("Transfer-Encoding: chunked;a=b\r\n"), 400},
      {"TE with a trailing comma", post("Transfer-Encoding: chunked,\r\n"), 400},
      {"TE in another case", post("Transfer-Encoding: Chunked\r\n"), 400},
      {"TE empty", post("Transfer-Encoding:\r\n"), 400},
      {"TE with a vertical tab",
       post("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       400},
      {"HTTP/1.0 with TE",
       "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"another expectation", post("Expect: a-miracle\r\nContent-Length: 0\r\n"), 417},
      // Chunks
      {"chunk extension", chunked("1;a=b\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk extension without a value", chunked("1;\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk size with 0x", chunked("0x1\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk size with an underscore", chunked("0_2e\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk size with plus", chunked("+1\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk size negative", chunked("-1\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk size with a space", chunked("1 \r\nx\r\n0\r\n\r\n"), 400},
      {"no chunk size at all", chunked("\r\n\r\n"), 400},
      {"chunk size empty", chunked("\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk size too long", chunked("fffffffffffffffff\r\nx\r\n0\r\n\r\n"), 400},
      {"chunk size ends with LF", chunked("1\nx\r\n0\r\n\r\n"), 400},
      {"chunk size ends with CR and another byte", chunked("1\rXx\r\n0\r\n\r\n"), 400},
      {"chunk data ends with LF", chunked("1\r\nx\n0\r\n\r\n"), 400},
      {"chunk data longer than said", chunked("1\r\nxy\r\n0\r\n\r\n"), 400},
      {"trailer without a colon", chunked("0\r\nabc\r\n\r\n"), 400},
      {"trailer ends with LF", chunked("0\r\nX: y\n\r\n"), 400},
      {"trailer with a fold", chunked("0\r\nX: y\r\n z\r\n\r\n"), 400},
      // Limits
      {"long request line", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
       414},
      {"request line without an end", "GET /" + std::string(9'000, 'a'), 414},
      {"long header", get("X: " + std::string(9'000, 'a') + "\r\n"), 431},
      {"header without an end", "GET / HTTP/1.1\r\nX: " + std::string(9'000, 'a'), 431},
  };
}

class HttpGateTest : public ::testing::Test {
 protected:
  HttpGateTest() { EXPECT_TRUE(rig.serve({}, echo)); }
  std::string answers_to(const std::string& bytes) {
    RawClient client(rig.port());
    client.send(bytes);
    const std::string answers = client.receive_until("connection: close");
    closed = client.receive_until("\x01", 3'000).find("HTTP/1.1") == std::string::npos &&
             client.closed();
    return answers;
  }
  Rig rig;
  bool closed = false;
};

TEST_F(HttpGateTest, DoubtfulRequestsAreRefusedAndWhatFollowsIsNotAnswered) {
  for (const Case& c : refused_cases()) {
    const std::string answers = answers_to(c.bytes + kSmuggled);
    EXPECT_TRUE(answers.starts_with("HTTP/1.1 " + std::to_string(c.status) + " "))
        << c.name << ": " << answers.substr(0, 200);
    EXPECT_EQ(count(answers, "HTTP/1.1 "), 1u) << c.name;
    EXPECT_EQ(answers.find("/smuggled"), std::string::npos) << c.name;
    EXPECT_TRUE(closed) << c.name;
  }
}

TEST_F(HttpGateTest, ManyAndLargeHeadersAre431) {
  std::string many, large;
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  for (int i = 0; i < 9; ++i) large += "X: " + std::string(4'000, 'a') + "\r\n";
  EXPECT_TRUE(answers_to(get(many)).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(answers_to(get(large)).starts_with("HTTP/1.1 431 "));
}

TEST_F(HttpGateTest, EachRefusalIsRenderedByTheCallersFunction) {
  RawClient client(rig.port());
  client.send("GET / HTTP/1.1\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_TRUE(answer.ends_with("400 invalid_request")) << answer;
  EXPECT_NE(answer.find("content-type: application/json\r\n"), std::string::npos);
}

TEST_F(HttpGateTest, GoodRequestsPass) {
  const std::vector<Case> good = {
      {"plain", get(""), 200},
      {"one empty line first", "\r\n" + get(""), 200},
      {"no space after the colon", get("X:y\r\n"), 200},
      {"blanks around a value", get("X: \t y \t\r\n"), 200},
      {"empty value", get("X:\r\n"), 200},
      {"obs-text in a value", get("X: \xe9\r\n"), 200},
      {"absolute form", "GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"absolute form with the scheme's port", "GET http://H:80 HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"asterisk with OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"CL 0", post("Content-Length: 0\r\n"), 200},
      {"upper-case hexadecimal chunk", chunked("A\r\n0123456789\r\n0\r\n\r\n"), 200},
      {"chunk size with leading zeros", chunked("001\r\nx\r\n0\r\n\r\n"), 200},
      {"trailers are dropped", chunked("0\r\nHost: evil\r\nX: y\r\n\r\n"), 200},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200},
  };
  for (const Case& c : good) {
    RawClient client(rig.port());
    client.send(c.bytes);
    const std::string answer = client.receive_until("|");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << c.name << ": " << answer;
  }
}

TEST_F(HttpGateTest, ABodyThatLooksLikeARequestIsABody) {
  RawClient client(rig.port());
  client.send(post("Content-Length: " + std::to_string(kSmuggled.size()) + "\r\n", kSmuggled) +
              "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string answers = client.receive_until("/next|");
  EXPECT_EQ(count(answers, "HTTP/1.1 200"), 2u) << answers;
  EXPECT_EQ(count(answers, "GET /smuggled|"), 0u) << answers;
}

TEST_F(HttpGateTest, AnUnreadBodyIsNeverTakenForTheNextRequest) {
  Rig other;
  ASSERT_TRUE(other.serve({}, [](ServerRequest&, ServerResponse& response) -> runtime::Task<void> {
    auto responding = response.respond(401, {}, "no");
    (void)co_await responding;
  }));
  RawClient client(other.port());
  client.send(post("Content-Length: " + std::to_string(kSmuggled.size()) + "\r\n", kSmuggled));
  const std::string answers = client.receive_all();
  EXPECT_EQ(count(answers, "HTTP/1.1 401"), 1u) << answers;
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace maester::wire
