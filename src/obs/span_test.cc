#include "obs/span.h"

#include <gtest/gtest.h>

namespace maester::obs {
namespace {

constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* kSpan = "00f067aa0ba902b7";

std::string header(std::string version, std::string flags, std::string rest = "") {
  return version + "-" + kTrace + "-" + kSpan + "-" + flags + rest;
}

TEST(Traceparent, ReadsTheExampleOfTheSpecification) {
  const auto parsed = parse_traceparent(header("00", "01"));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->trace.to_string(), kTrace);
  EXPECT_EQ(parsed->span.to_string(), kSpan);
  EXPECT_TRUE(parsed->sampled);
}

TEST(Traceparent, TheSampledFlagIsTheLowestBit) {
  EXPECT_FALSE(parse_traceparent(header("00", "00"))->sampled);
  EXPECT_FALSE(parse_traceparent(header("00", "02"))->sampled);
  EXPECT_TRUE(parse_traceparent(header("00", "ff"))->sampled);
}

TEST(Traceparent, ALaterVersionMayGoOnAfterADash) {
  EXPECT_TRUE(parse_traceparent(header("01", "01", "-what-ever")).has_value());
  EXPECT_FALSE(parse_traceparent(header("01", "01", "x")).has_value());
}

TEST(Traceparent, MalformedValuesAreAsNone) {
  const std::string zeros(32, '0');
  for (const std::string& bad :
       {std::string(), header("ff", "01"), header("00", "01", "-x"), header("0x", "01"),
        header("00", "zz"), "00-" + zeros + "-" + kSpan + "-01",
        std::string("00-") + kTrace + "-0000000000000000-01",
        std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-") + kSpan + "-01",
        std::string("00_") + kTrace + "-" + kSpan + "-01", header("00", "0")}) {
    EXPECT_FALSE(parse_traceparent(bad).has_value()) << bad;
  }
}

TEST(Traceparent, WritesWhatItReads) {
  for (const char* flags : {"00", "01"}) {
    const auto parsed = parse_traceparent(header("00", flags));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(format_traceparent(parsed->trace, parsed->span, parsed->sampled),
              header("00", flags));
  }
}

TEST(Trace, ChildrenNameTheirParentAndTheRootItsCaller) {
  const SpanId remote = *SpanId::parse(kSpan);
  const SpanId first = *SpanId::parse("0000000000000001");
  const SpanId second = *SpanId::parse("0000000000000002");
  Trace trace(*TraceId::parse(kTrace), remote, true);
  const WallTime now{std::chrono::seconds{10}};
  const auto root = trace.begin(first, -1, "POST /v1/chat/completions", SpanKind::server, now);
  const auto child = trace.begin(second, static_cast<int>(root), "chat m", SpanKind::client, now);
  trace.end(child, now + milliseconds{3});
  EXPECT_EQ(trace.spans()[0].parent, remote);
  EXPECT_EQ(trace.spans()[1].parent, first);
  EXPECT_EQ(trace.at(child).end - trace.at(child).start, milliseconds{3});
}

}  // namespace
}  // namespace maester::obs
