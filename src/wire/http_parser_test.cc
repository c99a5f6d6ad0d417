#include "wire/http_parser.h"

#include <gtest/gtest.h>

#include "wire/chunked.h"

namespace maester::wire {
namespace {

TEST(RequestParserTest, FindsTheHeadsPartsAndLeavesWhatFollows) {
  const ServerLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  const std::string bytes =
      "POST /v1/x?a=b?c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: a, Close\r\n"
      "Expect: 100-Continue\r\n\r\nabcNEXT";
  ASSERT_EQ(parser.parse(bytes, head), ParseState::done);
  EXPECT_EQ(bytes.substr(parser.consumed()), "abcNEXT");
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path(), "/v1/x");
  EXPECT_EQ(head.query(), "a=b?c");
  EXPECT_EQ(head.framing, Framing::length);
  EXPECT_EQ(head.content_length, 3u);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_TRUE(head.expect_continue);
  EXPECT_EQ(head.headers.get("HOST"), "h");
}

TEST(RequestParserTest, AReusedHeadHoldsNothingOfTheLastRequest) {
  const ServerLimits limits;
  RequestParser parser(limits);
  RequestHead head;
  ASSERT_EQ(parser.parse("POST http://h/secret HTTP/1.1\r\nHost: h\r\nAuthorization: s\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n",
                         head),
            ParseState::done);
  parser.reset();
  head.clear();
  ASSERT_EQ(parser.parse("GET / HTTP/1.1\r\nHost: other\r\n\r\n", head), ParseState::done);
  EXPECT_EQ(head.target, "/");
  EXPECT_EQ(head.framing, Framing::none);
  EXPECT_FALSE(head.headers.has("authorization"));
  EXPECT_EQ(head.headers.size(), 1u);
  const Headers copy = head.headers;
  EXPECT_EQ(copy.size(), 1u);
}

TEST(HeadersTest, SetReplacesAllAndRemoveKeepsOrder) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}, {"c", "4"}};
  headers.set("a", "5");
  EXPECT_EQ(headers.count("A"), 1u);
  EXPECT_EQ(headers.get("a"), "5");
  headers.remove("b");
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.begin()->name, "c");
  Headers moved = std::move(headers);
  EXPECT_EQ(moved.size(), 2u);
}

TEST(ChunkDecoderTest, TheResultDoesNotDependOnTheSplit) {
  const std::string coded = "5\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\nrest";
  for (std::size_t step = 1; step <= coded.size(); ++step) {
    ChunkDecoder decoder;
    std::string payload;
    std::size_t used = 0;
    for (std::size_t at = 0; at < coded.size() && !decoder.done(); at += step) {
      std::string piece = coded.substr(at, step);
      const ChunkDecoder::Step done = decoder.decode(piece);
      payload += piece.substr(0, done.produced);
      used += done.consumed;
    }
    EXPECT_TRUE(decoder.done()) << step;
    EXPECT_EQ(payload, "hello 0123456789") << step;
    EXPECT_EQ(coded.substr(used), "rest") << step;
  }
}

TEST(HttpDateTest, IsRfc9110s) {
  EXPECT_EQ(format_http_date(WallTime{std::chrono::seconds{784'111'777}}),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace maester::wire
