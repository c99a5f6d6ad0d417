#include "codec/sse.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace maester::sse {
namespace {

struct Seen {
  std::string type, data, id, raw;
  bool operator==(const Seen&) const = default;
};

Seen copy(const Event& e) {
  return {std::string(e.type), std::string(e.data), std::string(e.id), std::string(e.raw)};
}

struct Transcript {
  std::vector<Seen> events;
  std::string rest;
  bool failed = false;
  bool operator==(const Transcript&) const = default;
};

void PrintTo(const Transcript& seen, std::ostream* out) {
  for (const Seen& e : seen.events) {
    *out << "{" << e.type << "|" << e.data << "|" << e.id << "|" << testing::PrintToString(e.raw)
         << "}";
  }
  *out << " rest " << testing::PrintToString(seen.rest) << (seen.failed ? " failed" : "");
}

// Decodes pieces that end at `cuts`.
Transcript decode(std::string_view text, const std::vector<std::size_t>& cuts,
                  std::size_t max = 1 << 20) {
  Decoder decoder(max);
  Transcript run;
  Event event;
  std::size_t from = 0;
  const auto drain = [&](auto&& step) {
    for (;;) {
      const Result<bool> more = step();
      if (!more) run.failed = true;
      if (!more || !*more) return;
      run.events.push_back(copy(event));
    }
  };
  for (const std::size_t cut : cuts) {
    decoder.feed(text.substr(from, cut - from));
    from = cut;
    drain([&] { return decoder.next(event); });
  }
  decoder.feed(text.substr(from));
  drain([&] { return decoder.next(event); });
  drain([&] { return decoder.finish(event); });
  if (!run.failed) run.rest = decoder.rest();
  return run;
}

const std::vector<std::string> kStreams = {
    "data: {\"a\":1}\n\ndata: [DONE]\n\n",
    "data: a\r\n\r\ndata: b\r\n\r\n",
    "data: a\r\rdata: b\r\r",
    "data: a\r\n\ndata: b\n\r\ndata: c\r\r\n",
    "\xef\xbb\xbf"
    "data: bom\n\n",
    "data: x\nevent: late\n\nevent: early\ndata: y\n\n",
    ": OPENROUTER PROCESSING\n\n: again\n\ndata: x\n\n: end\n\n",
    "event: none\n\ndata: after\n\n",
    "data\n\ndata:\n\ndata: \n\ndata:  two\n\n",
    "data: one\ndata: two\r\ndata\rdata:four\n\nid: 7\ndata: z\n\n",
    "id: 1\nretry: 10\nunknown: q\ndata: v\n\n",
    "data: unterminated",
    "event: x\ndata: unterminated\r",
    "data: caf\xc3\xa9 \xf0\x9f\x98\x80\r\n\r\n",
    "\n\n\r\n\rdata: after blanks\n\n\n",
    "",
    "data: a\n\nevent: only",
};

TEST(SseDecoder, EventsDoNotDependOnTheCuts) {
  for (const std::string& text : kStreams) {
    const Transcript whole = decode(text, {});
    std::vector<std::size_t> every;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      every.push_back(i);
      EXPECT_EQ(decode(text, {i}), whole) << i << " of " << testing::PrintToString(text);
      for (std::size_t j = i; j <= text.size(); ++j) {
        ASSERT_EQ(decode(text, {i, j}), whole)
            << i << "," << j << " of " << testing::PrintToString(text);
      }
    }
    EXPECT_EQ(decode(text, every), whole) << testing::PrintToString(text);
  }
}

TEST(SseDecoder, RawRangesAddUpToTheInput) {
  for (const std::string& text : kStreams) {
    const Transcript run = decode(text, {});
    std::string all;
    for (const Seen& event : run.events) all += event.raw;
    EXPECT_EQ(all + run.rest, text);
  }
}

TEST(SseDecoder, EveryLineEndEndsALine) {
  for (const char* end : {"\n", "\r", "\r\n"}) {
    const std::string e = end;
    const Transcript run = decode("data: a" + e + e + "event: t" + e + "data: b" + e + e, {});
    ASSERT_EQ(run.events.size(), 2u);
    EXPECT_EQ(run.events[0].data, "a");
    EXPECT_EQ(run.events[1].type, "t");
    EXPECT_EQ(run.events[1].data, "b");
    EXPECT_EQ(run.events[1].raw, "event: t" + e + "data: b" + e + e);
  }
}

TEST(SseDecoder, CommentsStandInTheRawBytesOfTheNextEvent) {
  const Transcript run = decode(": OPENROUTER PROCESSING\n\ndata: x\n\n: tail\n\n", {});
  ASSERT_EQ(run.events.size(), 1u);
  EXPECT_EQ(run.events[0].data, "x");
  EXPECT_EQ(run.events[0].raw, ": OPENROUTER PROCESSING\n\ndata: x\n\n");
  EXPECT_EQ(run.rest, ": tail\n\n");
}

TEST(SseDecoder, DataMayStandBeforeEvent) {
  const Transcript run = decode("data: x\nevent: message_start\n\n", {});
  ASSERT_EQ(run.events.size(), 1u);
  EXPECT_EQ(run.events[0].type, "message_start");
}

TEST(SseDecoder, FieldsOfAnEventWithoutDataDoNotLeakIntoTheNext) {
  const Transcript run = decode("event: lost\nid: 4\n\ndata: x\n\ndata: y\n\n", {});
  ASSERT_EQ(run.events.size(), 2u);
  EXPECT_EQ(run.events[0].type, "");
  EXPECT_EQ(run.events[0].id, "");
  EXPECT_EQ(run.events[1].type, "");
}

TEST(SseDecoder, JoinsDataLinesAndDropsOneBlank) {
  const Transcript run = decode("data:one\ndata:  two\ndata\n\ndata:\n\n", {});
  ASSERT_EQ(run.events.size(), 2u);
  EXPECT_EQ(run.events[0].data, "one\n two\n");
  EXPECT_EQ(run.events[1].data, "");
}

TEST(SseDecoder, DeliversTheEventThatLacksItsBlankLine) {
  Decoder decoder;
  Event event;
  decoder.feed("data: last");
  EXPECT_FALSE(*decoder.next(event));
  EXPECT_TRUE(*decoder.finish(event));
  EXPECT_EQ(event.data, "last");
  EXPECT_FALSE(*decoder.finish(event));
}

TEST(SseDecoder, OnlyAByteOrderMarkAtTheStartIsDropped) {
  const Transcript run = decode(
      "\xef\xbb\xbf"
      "data: a\n\n\xef\xbb\xbf"
      "data: b\n\ndata: c\n\n",
      {});
  ASSERT_EQ(run.events.size(), 2u);
  EXPECT_EQ(run.events[0].data, "a");
  EXPECT_EQ(run.events[1].data, "c");
}

TEST(SseDecoder, AnEventThatIsTooLongIsAnErrorForGood) {
  const std::string exact = "data: " + std::string(92, 'x') + "\n\n";
  EXPECT_FALSE(decode(exact, {}, 100).failed);
  EXPECT_TRUE(decode(exact, {}, 99).failed);
  Decoder decoder(99);
  Event event;
  decoder.feed(std::string(100, 'y'));
  EXPECT_EQ(decoder.next(event).error().code, Code::too_large);
  decoder.feed("\n\ndata: x\n\n");
  EXPECT_FALSE(decoder.next(event));
  EXPECT_FALSE(decoder.finish(event));
  // Events before the long one are delivered, wherever the stream is cut.
  const std::string text = "data: ok\n\n" + exact;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const Transcript run = decode(text, {i}, 99);
    EXPECT_TRUE(run.failed);
    EXPECT_EQ(run.events.size(), 1u);
  }
}

TEST(SseDecoder, CommentsAreNoProgress) {
  Decoder decoder;
  Event event;
  decoder.feed(": keep-alive\n\n");
  EXPECT_FALSE(*decoder.next(event));
  EXPECT_FALSE(decoder.progressed());
  decoder.feed("data: x\n");
  EXPECT_FALSE(*decoder.next(event));
  EXPECT_TRUE(decoder.progressed());
  decoder.feed(":\n");
  EXPECT_FALSE(*decoder.next(event));
  EXPECT_FALSE(decoder.progressed());
}

TEST(SseWriter, WhatIsWrittenIsReadBack) {
  for (const std::string_view data : {"x", "", "a\nb", "\n", "a\n\nb\n", " lead"}) {
    std::string text;
    append_event(text, "t", data);
    append_event(text, "", data);
    const Transcript run = decode(text, {});
    ASSERT_EQ(run.events.size(), 2u) << text;
    EXPECT_EQ(run.events[0].type, "t");
    EXPECT_EQ(run.events[0].data, data);
    EXPECT_EQ(run.events[1].data, data);
  }
}

TEST(SseWriter, NoValueCanOpenAnEventOfItsOwn) {
  std::string text;
  append_event(text, "a\ndata: evil\n\n", "x\r\rdata: evil\r\n\r\nevent: z");
  const Transcript run = decode(text, {});
  ASSERT_EQ(run.events.size(), 1u);
  EXPECT_EQ(run.events[0].data, "x\n\ndata: evil\n\nevent: z");
}

}  // namespace
}  // namespace maester::sse
