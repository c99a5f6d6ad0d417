#include "telemetry/span_record.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace maester::telemetry {
namespace {

const WallTime kStart{nanoseconds{1'700'000'000'123'456'789}};

FinishedTrace example() {
  FinishedTrace out{"acme", *Uuid::parse("018bcfe5-6800-7000-8000-000000000001"),
                    obs::Trace(*TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736"),
                               *SpanId::parse("00f067aa0ba902b7"), true)};
  out.trace.begin(*SpanId::parse("0000000000000001"), -1, "POST /v1/chat/completions",
                  obs::SpanKind::server, kStart);
  out.trace.end(0, kStart + nanoseconds{12'345'678});
  out.trace.at(0).status = obs::SpanStatus::error;
  return out;
}

Result<SpanRecord> read_back(const std::string& bytes) {
  TRY_ASSIGN(const RecordHeader header, decode_record_header(bytes.substr(0, kRecordHeaderBytes)));
  return decode_record(header, std::string_view(bytes).substr(kRecordHeaderBytes));
}

TEST(SpanRecord, ReadsWhatItWrote) {
  std::string bytes;
  append_record(bytes, example());
  const auto record = read_back(bytes);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->tenant, "acme");
  EXPECT_EQ(record->summary.trace_id, example().trace.id());
  EXPECT_EQ(record->summary.request_id, example().request_id);
  EXPECT_EQ(record->summary.start, kStart);
  EXPECT_EQ(record->summary.duration, nanoseconds{12'345'678});
  EXPECT_EQ(record->summary.status, obs::SpanStatus::error);
  EXPECT_EQ(record->summary.name, "POST /v1/chat/completions");
}

TEST(SpanRecord, AnyFlippedBitIsFound) {
  std::string bytes;
  append_record(bytes, example());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(read_back(damaged).has_value()) << "bit " << bit;
  }
}

TEST(SpanRecord, AnyTruncationIsFound) {
  std::string bytes;
  append_record(bytes, example());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(read_back(bytes.substr(0, n)).has_value()) << n;
  }
}

TEST(SpanJson, HasEveryFieldOfTheFormat) {
  auto finished = example();
  obs::Span& span = finished.trace.at(0);
  span.attributes = {{"gen_ai.request.model", std::string("gpt \"x\"")},
                     {"gen_ai.usage.input_tokens", std::int64_t{40}},
                     {"maester.ratio", 0.5},
                     {"gen_ai.request.stream", true},
                     {"gen_ai.response.finish_reasons", std::vector<std::string>{"stop"}}};
  span.events.push_back(
      {"gen_ai.evaluation.result", kStart, {{"gen_ai.evaluation.name", std::string("x")}}});
  std::string out;
  append_span_json(out, span);
  EXPECT_EQ(out,
            R"({"span_id":"0000000000000001","parent_span_id":"00f067aa0ba902b7",)"
            R"("name":"POST /v1/chat/completions","kind":"server",)"
            R"("start_time":"2023-11-14T22:13:20.123Z","end_time":"2023-11-14T22:13:20.135Z",)"
            R"("start_unix_nano":"1700000000123456789","duration_ms":12.346,"status":"error",)"
            R"("attributes":{"gen_ai.request.model":"gpt \"x\"","gen_ai.usage.input_tokens":40,)"
            R"("maester.ratio":0.5,"gen_ai.request.stream":true,)"
            R"("gen_ai.response.finish_reasons":["stop"]},"events":[)"
            R"({"name":"gen_ai.evaluation.result","time":"2023-11-14T22:13:20.123Z",)"
            R"("attributes":{"gen_ai.evaluation.name":"x"}}]})");
}

TEST(SpanJson, OfTwoAttributesWithOneNameTheLaterStands) {
  auto finished = example();
  finished.trace.at(0).attributes = {{"error.type", std::string("a")},
                                     {"error.type", std::string("b")}};
  std::string out;
  append_span_json(out, finished.trace.at(0));
  const auto doc = json::Document::parse(out);
  ASSERT_TRUE(doc.has_value());
  const json::Value attributes = doc->root().get("attributes");
  EXPECT_EQ(attributes.size(), 1u);
  EXPECT_EQ(attributes.get("error.type").string_or(""), "b");
}

TEST(SpanJson, AClockThatStepsBackMakesNoNegativeDuration) {
  auto finished = example();
  finished.trace.end(0, kStart - milliseconds{5});
  std::string out;
  append_span_json(out, finished.trace.at(0));
  EXPECT_NE(out.find("\"duration_ms\":0.000"), std::string::npos);
}

TEST(SpanRecord, ATraceTooLargeKeepsItsFirstSpansAndStaysReadable) {
  auto finished = example();
  for (int i = 0; i < 20; ++i) {
    const auto n = finished.trace.begin(*SpanId::parse("0000000000000002"), 0, "child",
                                        obs::SpanKind::internal, kStart);
    finished.trace.at(n).attributes = {{"maester.text", std::string(1u << 20, 'x')}};
  }
  std::string bytes;
  append_record(bytes, finished);
  const auto record = read_back(bytes);
  ASSERT_TRUE(record.has_value());
  const auto doc = json::Document::parse("[" + record->spans + "]");
  ASSERT_TRUE(doc.has_value());
  EXPECT_EQ(doc->root().size(), 16u);
}

}  // namespace
}  // namespace maester::telemetry
