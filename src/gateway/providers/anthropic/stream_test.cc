#include <gtest/gtest.h>

#include "gateway/providers/anthropic/adapter.h"
#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/fixture_harness.h"

namespace maester::gateway::testing {

namespace {

const std::string kStart =
    R"({"type":"message_start","message":{"id":"a","model":"m","usage":{"input_tokens":3,"output_tokens":1}}})";
const std::string kStop = R"({"type":"message_stop"})";

Delivered read(std::initializer_list<std::string> events) {
  std::string body;
  for (const std::string& e : events) sse::append_event(body, "", e);
  return deliver_whole(*anthropic::make_provider({}), body);
}
std::string finish(std::string_view reason) {
  return R"({"type":"message_delta","delta":{"stop_reason":")" + std::string(reason) +
         R"("},"usage":{"output_tokens":9}})";
}

TEST(AnthropicStream, output_tokens_are_cumulative_and_input_stays) {
  const auto got = read({kStart, finish("end_turn"), kStop});
  EXPECT_EQ(got.sum.response().usage, (meter::Usage{.input = 3, .output = 9}));
  EXPECT_TRUE(got.complete);
}

TEST(AnthropicStream, a_cut_stream_still_tells_what_the_input_cost) {
  const auto got = read({kStart});
  EXPECT_EQ(got.sum.response().usage, (meter::Usage{.input = 3, .output = 1}));
  EXPECT_FALSE(got.complete);
}

TEST(AnthropicStream, an_error_event_ends_it) {
  const auto got = read(
      {kStart, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
       finish("end_turn"), kStop});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->error_class, ErrorClass::retryable);
  EXPECT_EQ(got.error->type, "overloaded_error");
  EXPECT_FALSE(got.complete);
  EXPECT_FALSE(got.sum.done());
}

TEST(AnthropicStream, stop_reasons_are_mapped) {
  const std::vector<std::pair<std::string, FinishReason>> cases = {
      {"end_turn", FinishReason::stop},
      {"stop_sequence", FinishReason::stop},
      {"max_tokens", FinishReason::length},
      {"model_context_window_exceeded", FinishReason::length},
      {"tool_use", FinishReason::tool_calls},
      {"refusal", FinishReason::content_filter},
      {"pause_turn", FinishReason::other}};
  for (const auto& [word, want] : cases) {
    const auto got = read({kStart, finish(word), kStop});
    ASSERT_EQ(got.sum.response().choices.size(), 1u);
    EXPECT_EQ(got.sum.response().choices[0].finish, want) << word;
    EXPECT_EQ(got.sum.response().choices[0].provider_finish, word);
  }
}

TEST(AnthropicStream, a_block_that_comes_whole_is_not_lost) {
  const auto got = read(
      {kStart,
       R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}})",
       R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"x":1}}})",
       R"({"type":"content_block_stop","index":1})", finish("tool_use"), kStop});
  EXPECT_EQ(got.sum.response().choices[0].content, "a");
  EXPECT_EQ(got.sum.response().choices[0].tool_calls,
            (std::vector<ToolCall>{{"t", "f", R"({"x":1})"}}));
}

TEST(AnthropicStream, thinking_is_signed_and_citations_cover_their_block) {
  const auto got = read(
      {kStart,
       R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"S"}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"R"}})",
       R"({"type":"content_block_stop","index":1})",
       R"({"type":"content_block_start","index":2,"content_block":{"type":"text","text":"ab"}})",
       R"({"type":"content_block_stop","index":2})",
       R"({"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}})",
       R"({"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"q","document_title":"T","start_char_index":7}}})",
       R"({"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"cde"}})",
       R"({"type":"content_block_stop","index":3})", finish("end_turn"), kStop});
  const Choice& choice = got.sum.response().choices.at(0);
  EXPECT_EQ(choice.thinking, (std::vector<ThinkingPart>{{"hm", "S", {}}, {{}, {}, "R"}}));
  ASSERT_EQ(choice.citations.size(), 1u);
  EXPECT_EQ(choice.citations[0].title, "T");
  EXPECT_EQ(choice.citations[0].quote, "q");
  EXPECT_EQ(choice.citations[0].start, 2);
  EXPECT_EQ(choice.citations[0].end, 5);
}

TEST(AnthropicStream, unknown_events_and_blocks_are_passed_over) {
  const auto got = read(
      {kStart, R"({"type":"ping"})", R"({"type":"brand_new","x":1})",
       R"({"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","name":"w","input":{}}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{}}})",
       finish("end_turn"), kStop});
  EXPECT_TRUE(got.complete);
  EXPECT_TRUE(got.sum.response().choices[0].tool_calls.empty());
}

TEST(AnthropicStream, malformed_events_fail_and_never_complete) {
  for (const std::string bad : {"{", "[]", "x"}) {
    const auto got = read({kStart, bad, finish("end_turn"), kStop});
    EXPECT_TRUE(got.failure) << bad;
    EXPECT_FALSE(got.complete) << bad;
  }
}

meter::Usage usage_of(std::string_view json) {
  const auto doc = json::Document::parse(json);
  EXPECT_TRUE(doc);
  anthropic::UsageReader reader;
  reader.read(doc->root());
  return reader.usage().value_or(meter::Usage{.input = -1});
}

TEST(AnthropicUsage, cache_buckets_stand_beside_the_input) {
  EXPECT_EQ(
      usage_of(R"({"input_tokens":10,"cache_creation_input_tokens":50,"cache_read_input_tokens":7,
      "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"output_tokens":4})"),
      (meter::Usage{.input = 10,
                    .cached_input = 7,
                    .cache_write_5m = 20,
                    .cache_write_1h = 30,
                    .output = 4}));
  // Without the split, or with one that says less: five minutes, the default.
  EXPECT_EQ(usage_of(R"({"input_tokens":1,"cache_creation_input_tokens":50,"output_tokens":4})")
                .cache_write_5m,
            50);
}

TEST(AnthropicUsage, impossible_numbers_are_bounded_and_flagged) {
  const auto got = usage_of(
      R"({"input_tokens":-4,"output_tokens":3,"output_tokens_details":{"thinking_tokens":9}})");
  EXPECT_EQ(got.input, 0);
  EXPECT_EQ(got.reasoning, 3);
  EXPECT_EQ(got.output, 0);
  EXPECT_EQ(got.provenance, meter::Provenance::estimated);
}

}  // namespace

}  // namespace maester::gateway::testing
