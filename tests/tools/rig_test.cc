// The instruments themselves: percentiles, the chunked coding, the check of stamped streams.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "common/http1.h"
#include "fakeprovider/spec.h"
#include "fakeprovider/words.h"
#include "loadgen/histogram.h"
#include "loadgen/stream_check.h"

namespace maester::rig {
namespace {

TEST(Histogram, PercentilesAreRightToOnePercent) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> spread(12, 3);
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 50'000; ++i) {
    values.push_back(static_cast<std::uint64_t>(spread(random)));
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
    const auto rank = static_cast<std::size_t>(std::ceil(50'000 * percent / 100)) - 1;
    const auto exact = static_cast<double>(values[rank]);
    EXPECT_NEAR(static_cast<double>(histogram.percentile(percent)), exact, exact * 0.01 + 1)
        << percent;
  }
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.percentile(100), values.back());
}

TEST(Histogram, TakesTheLargestValues) {
  Histogram histogram;
  histogram.add(~std::uint64_t{0});
  histogram.add(0);
  EXPECT_EQ(histogram.percentile(50), 0u);
  EXPECT_EQ(histogram.percentile(100), ~std::uint64_t{0});
}

TEST(ChunkedDecoder, DoesNotCareHowTheBytesAreSplit) {
  const std::string coded =
      "5\r\nhello\r\n1;ext=1\r\n \r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\nREST";
  const std::size_t whole = coded.size() - 4;
  for (std::size_t step = 1; step <= coded.size(); ++step) {
    ChunkedDecoder decoder;
    std::string out;
    Parse parsed = Parse::more;
    std::size_t at = 0;
    while (parsed == Parse::more && at < coded.size()) {
      std::size_t used = 0;
      parsed = decoder.feed(std::string_view(coded).substr(at, step), used, out);
      at += used;
    }
    EXPECT_EQ(parsed, Parse::done) << step;
    EXPECT_EQ(at, whole) << step;
    EXPECT_EQ(out, "hello 0123456789") << step;
  }
}

TEST(ChunkedDecoder, RefusesWhatIsNoSize) {
  for (const std::string_view bad : {"\r\n", "g\r\n", "5\r\nhelloX", "ffffffffffffffff\r\n"}) {
    ChunkedDecoder decoder;
    std::string out;
    std::size_t used = 0;
    EXPECT_EQ(decoder.feed(bad, used, out), Parse::bad) << bad;
  }
}

class Stamped : public testing::Test {
 protected:
  static std::string event(std::uint32_t n, std::string_view id = "c1-1") {
    return text_event(Api::openai_chat, "x", "m", stamped_text(id, n, 1000 + n, 8));
  }
  ChunkCounts check(const std::string& bytes, std::int64_t expected, std::size_t step = 1 << 20) {
    StreamCheck stream;
    ChunkCounts counts;
    stream.begin();
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      stream.feed(std::string_view(bytes).substr(at, step), 5000, delays_, counts);
    }
    stream.finish(expected, counts);
    ended_ = stream.ended();
    return counts;
  }
  Histogram delays_;
  bool ended_ = false;
};

TEST_F(Stamped, AWholeStreamIsFoundWholeHoweverItIsSplit) {
  const std::string bytes = event(0) + ": comment\n\n" + event(1) + event(2) + "data: [DONE]\n\n";
  for (const std::size_t step : {1u, 2u, 7u, 100u, 5000u}) {
    const ChunkCounts counts = check(bytes, 3, step);
    EXPECT_EQ(counts.stamped, 3u);
    EXPECT_EQ(counts.lost + counts.repeated + counts.corrupt + counts.foreign, 0u);
    EXPECT_TRUE(ended_);
  }
  EXPECT_EQ(delays_.max(), 4000u);
}

TEST_F(Stamped, EachPlantedFaultIsFound) {
  EXPECT_EQ(check(event(0) + event(2), -1).lost, 1u);
  EXPECT_EQ(check(event(0) + event(1), 4).lost, 2u);
  EXPECT_EQ(check(event(0) + event(0), -1).repeated, 1u);
  EXPECT_EQ(check(event(1) + event(0), -1).repeated, 1u);  // reordered
  EXPECT_EQ(check(event(0) + event(1, "c2-1"), -1).foreign, 1u);
  std::string altered = event(0);
  altered.replace(altered.find("t=1000"), 6, "t=1001");
  EXPECT_EQ(check(altered, -1).corrupt, 1u);
}

TEST(Spec, ReadsTheLanguageOfModelNames) {
  Spec spec;
  std::string error;
  ASSERT_TRUE(parse_spec("fault:429:retry-after=2;latency:20-80;percent:30", spec, error)) << error;
  EXPECT_EQ(spec.fault, Fault::status);
  EXPECT_EQ(spec.status, 429);
  EXPECT_EQ(spec.retry_after, 2);
  EXPECT_EQ(spec.latency_max_ms, 80u);
  EXPECT_EQ(spec.percent, 30u);
  ASSERT_TRUE(parse_spec("stream:chunks=5:interval_ms=10:pad=7;fault:cut:123", spec, error));
  EXPECT_EQ(spec.chunks, 5u);
  EXPECT_EQ(spec.argument, 123);
}

TEST(Spec, APlainModelIsNoSpecAndAMistakeIsAnError) {
  Spec spec;
  std::string error;
  EXPECT_FALSE(parse_spec("gpt-4.1-mini", spec, error));
  EXPECT_EQ(error, "");
  for (const std::string_view wrong :
       {"fault:nope", "fault:700", "latency:x", "fault:503;whatever"}) {
    error.clear();
    EXPECT_FALSE(parse_spec(wrong, spec, error)) << wrong;
    EXPECT_NE(error, "") << wrong;
  }
}

}  // namespace
}  // namespace maester::rig
