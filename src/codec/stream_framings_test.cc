#include <gtest/gtest.h>

#include <array>

#include "codec/aws_event_stream.h"
#include "codec/json_lines.h"

namespace maester {

namespace {

template <class Decoder>
std::vector<std::string> read(Decoder& decoder, const std::vector<std::string_view>& pieces,
                              std::optional<Error>& failure) {
  std::vector<std::string> out;
  sse::Event event;
  const auto take = [&](auto&& next) {
    for (;;) {
      const auto got = next();
      if (!got && !failure) failure = got.error();
      if (!got || !*got) return;
      out.push_back(std::string(event.id) + " " + std::string(event.type) + " " +
                    std::string(event.data));
    }
  };
  for (const std::string_view piece : pieces) {
    decoder.feed(piece);
    take([&] { return decoder.next(event); });
  }
  take([&] { return decoder.finish(event); });
  return out;
}

TEST(JsonLines, are_found_in_any_cut_and_blank_ones_passed_over) {
  const std::string text = "{\"a\":1}\r\n\n \t\n{\"b\":\"\xC3\xBC\"}\n{\"c\":3}";
  const std::vector<std::string> want = {"  {\"a\":1}", "  {\"b\":\"\xC3\xBC\"}", "  {\"c\":3}"};
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    json::LineDecoder decoder;
    std::optional<Error> failure;
    EXPECT_EQ(
        read(decoder, {std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)},
             failure),
        want)
        << cut;
    EXPECT_FALSE(failure);
  }
}

TEST(JsonLines, a_line_without_end_is_bounded) {
  json::LineDecoder decoder(10);
  std::optional<Error> failure;
  EXPECT_EQ(read(decoder, {"{\"a\":1}\n", "{\"a\":1234", "56789", "0}\n{}\n"}, failure).size(), 1u);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::too_large);
}

TEST(JsonLines, only_lines_are_progress) {
  json::LineDecoder decoder;
  sse::Event event;
  decoder.feed("\n\n");
  EXPECT_FALSE(*decoder.next(event));
  EXPECT_FALSE(decoder.progressed());
  decoder.feed("{}\n");
  EXPECT_TRUE(*decoder.next(event));
  EXPECT_TRUE(decoder.progressed());
}

TEST(Crc32, known_values) {
  EXPECT_EQ(aws::crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(aws::crc32(""), 0u);
}

std::string two_frames() {
  std::string out;
  aws::append_frame(out, {{":event-type", "e"}, {":message-type", "event"}}, "{\"a\":1}");
  aws::append_frame(out, {{":exception-type", "x"}, {":message-type", "exception"}}, "{}");
  return out;
}

TEST(AwsEventStream, frames_are_found_in_any_cut) {
  const std::string bytes = two_frames();
  const std::vector<std::string> want = {"event e {\"a\":1}", "exception x {}"};
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    aws::EventStreamDecoder decoder;
    std::optional<Error> failure;
    EXPECT_EQ(
        read(decoder, {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)},
             failure),
        want)
        << cut;
    EXPECT_FALSE(failure);
  }
}

TEST(AwsEventStream, every_damaged_byte_is_noticed) {
  const std::string good = two_frames();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    aws::EventStreamDecoder decoder;
    std::optional<Error> failure;
    EXPECT_LT(read(decoder, {bad}, failure).size(), 2u) << at;
    EXPECT_TRUE(failure) << at;
  }
}

TEST(AwsEventStream, a_stream_that_ends_inside_a_frame_is_broken) {
  const std::string bytes = two_frames();
  aws::EventStreamDecoder decoder;
  std::optional<Error> failure;
  EXPECT_EQ(read(decoder, {std::string_view(bytes).substr(0, bytes.size() - 1)}, failure).size(),
            1u);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::upstream_error);
}

TEST(AwsEventStream, sizes_are_bounded_before_they_are_waited_for) {
  std::string frame;
  aws::append_frame(frame, {}, std::string(200, 'x'));
  aws::EventStreamDecoder decoder(100);
  std::optional<Error> failure;
  read(decoder, {std::string_view(frame).substr(0, 12)}, failure);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::too_large);
}

TEST(AwsEventStream, other_kinds_of_headers_are_passed_over_and_broken_ones_not) {
  // true, false, byte, short, integer, long, bytes, string, timestamp, uuid; then one without end.
  std::string headers;
  constexpr std::array<std::size_t, 10> kSizes = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
  for (std::size_t type = 0; type < kSizes.size(); ++type) {
    headers += '\x01';
    headers += 'h';
    headers += static_cast<char>(type);
    if (type == 6 || type == 7) headers += std::string("\0\x02zz", 4);
    headers += std::string(kSizes[type], '\x05');
  }
  const auto framed = [](const std::string& head) {
    const auto u32 = [](std::uint32_t n) {
      std::string out;
      for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 0xff);
      return out;
    };
    std::string frame = u32(static_cast<std::uint32_t>(16 + head.size())) +
                        u32(static_cast<std::uint32_t>(head.size()));
    frame += u32(aws::crc32(frame)) + head;
    return frame + u32(aws::crc32(frame));
  };
  std::optional<Error> failure;
  aws::EventStreamDecoder good;
  EXPECT_EQ(read(good, {framed(headers)}, failure).size(), 1u);
  EXPECT_FALSE(failure);
  for (const std::string& broken :
       {std::string("\x01h\x0b"), std::string("\x09h"), std::string("\x01h\x07\0\x09z", 6)}) {
    aws::EventStreamDecoder decoder;
    failure.reset();
    EXPECT_TRUE(read(decoder, {framed(broken)}, failure).empty());
    EXPECT_TRUE(failure);
  }
}

}  // namespace

}  // namespace maester
