#include <gtest/gtest.h>

#include "gateway/providers/fixture_harness.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::testing {

namespace {

Delivered read(std::initializer_list<std::string_view> events, bool tolerant = true) {
  std::string body;
  for (const std::string_view e : events) sse::append_event(body, "", e);
  return deliver_whole(*openai::make_provider({.semantic_name = "t", .tolerant = tolerant}), body);
}
const Choice& only(const Delivered& d) {
  static const Choice kNone;
  EXPECT_EQ(d.sum.response().choices.size(), 1u);
  return d.sum.response().choices.empty() ? kNone : d.sum.response().choices[0];
}
std::string delta(std::string_view members, std::string_view finish = "null") {
  return R"({"id":"i","model":"m","choices":[{"index":0,"delta":{)" + std::string(members) +
         R"(},"finish_reason":)" + std::string(finish) + "}]}";
}

TEST(OpenAiStream, azures_empty_first_chunk_starts_nothing) {
  const auto got = read(
      {R"({"id":"","model":"","created":0,"choices":[],"prompt_filter_results":[{"prompt_index":0}]})",
       delta(R"("content":"a")"), "[DONE]"});
  EXPECT_EQ(got.sum.response().id, "i");
  EXPECT_EQ(got.usage_only, 0);
  EXPECT_EQ(only(got).content, "a");
}

TEST(OpenAiStream, writer_sends_message_for_delta_and_no_done) {
  const auto got =
      read({R"({"choices":[{"index":0,"message":{"content":"a"}}]})",
            R"({"choices":[{"index":0,"message":{"content":"b"},"finish_reason":"stop"}]})"});
  EXPECT_EQ(only(got).content, "ab");
  EXPECT_TRUE(got.complete);
  EXPECT_FALSE(read({delta(R"("content":"a")", "\"stop\"")}, false).complete);
}

TEST(OpenAiStream, mistral_sends_content_as_parts_and_as_a_string) {
  const auto got =
      read({delta(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}])"),
            delta(R"("content":[{"type":"text","text":"a"},{"type":"text","text":"b"}])"),
            delta(R"("content":[])"), delta(R"("content":"c")", "\"stop\""), "[DONE]"});
  EXPECT_EQ(only(got).content, "abc");
  EXPECT_EQ(only(got).reasoning, "h");
}

TEST(OpenAiStream, reasoning_has_three_names_and_is_read_once) {
  EXPECT_EQ(only(read({delta(R"("reasoning_content":"a")")})).reasoning, "a");
  EXPECT_EQ(only(read({delta(R"("reasoning":"a","reasoning_content":null)")})).reasoning, "a");
  EXPECT_EQ(only(read({delta(R"("reasoning":"a","reasoning_details":[{"text":"a"}])")})).reasoning,
            "a");
  EXPECT_EQ(only(read({delta(R"("reasoning_details":[{"text":"a"},{"summary":"b"}])")})).reasoning,
            "ab");
}

TEST(OpenAiStream, a_calls_name_and_id_may_be_repeated_or_missing) {
  const auto got =
      read({delta(R"("tool_calls":[{"index":1,"id":"a","function":{"name":"f","arguments":"{"}}])"),
            delta(R"("tool_calls":[{"index":1,"id":"a","function":{"name":"f","arguments":"}"}}])"),
            delta(R"("tool_calls":[{"index":3,"id":"","function":{"name":"g","arguments":"[]"}}])"),
            delta(R"("tool_calls":[{"index":3,"id":"","function":{"name":"","arguments":" "}}])",
                  "\"tool_calls\""),
            "[DONE]"});
  const std::vector<ToolCall> want = {{"a", "f", "{}"}, {"", "g", "[] "}};
  EXPECT_EQ(only(got).tool_calls, want);
}

TEST(OpenAiStream, two_calls_under_one_index_stay_two) {
  const auto got = read(
      {delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}])"),
       delta(R"("tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}])"),
       delta("", "\"tool_calls\""), "[DONE]"});
  const std::vector<ToolCall> want = {{"a", "f", "{}"}, {"b", "f", "{}"}};
  EXPECT_EQ(only(got).tool_calls, want);
}

TEST(OpenAiStream, calls_without_index_or_arguments) {
  const auto got = read({delta(R"("tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},)"
                               R"({"function":{"name":"g"}}])",
                               "\"tool_calls\""),
                         "[DONE]"});
  const std::vector<ToolCall> want = {{"", "f", R"({"a":1})"}, {"", "g", "{}"}};
  EXPECT_EQ(only(got).tool_calls, want);
}

TEST(OpenAiStream, the_retired_function_call_is_one_call) {
  const auto got = read({delta(R"("function_call":{"name":"f","arguments":""})"),
                         delta(R"("function_call":{"arguments":"{}"})"),
                         delta("", "\"function_call\""), "[DONE]"});
  EXPECT_EQ(only(got).tool_calls, (std::vector<ToolCall>{{"", "f", "{}"}}));
  EXPECT_EQ(only(got).finish, FinishReason::function_call);
}

TEST(OpenAiStream, several_choices_stay_apart) {
  const auto got = read({R"({"choices":[{"index":1,"delta":{"content":"b"}}]})",
                         R"({"choices":[{"index":0,"delta":{"content":"a"}}]})",
                         R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"});
  ASSERT_EQ(got.sum.response().choices.size(), 2u);
  EXPECT_EQ(got.sum.response().choices[0].content, "a");
  EXPECT_EQ(got.sum.response().choices[1].content, "b");
  EXPECT_FALSE(got.complete);  // choice 1 never finished, and no [DONE] came
}

TEST(OpenAiStream, usage_is_found_wherever_it_stands_and_the_last_counts) {
  const std::string usage = R"("usage":{"prompt_tokens":3,"completion_tokens":2})";
  const std::string groq = R"({"choices":[],"x_groq":{)" + usage + "}}";
  EXPECT_EQ(read({groq}).sum.response().usage->input, 3);
  const std::string moonshot = R"({"choices":[{"index":0,"delta":{},)" + usage + "}]}";
  EXPECT_EQ(read({moonshot}).sum.response().usage->output, 2);
  const std::string running = R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}})";
  EXPECT_EQ(read({groq, running, R"({"choices":[],"usage":null})"}).sum.response().usage->output,
            9);
}

TEST(OpenAiStream, what_is_no_stream_fails_and_never_completes) {
  for (const std::string_view bad : {"{", "[]", "7", "nonsense", R"({"choices":[{"index":-1}]})"}) {
    const auto got = read({delta(R"("content":"a")", "\"stop\""), bad, "[DONE]"});
    EXPECT_TRUE(got.failure) << bad;
    EXPECT_FALSE(got.complete) << bad;
    EXPECT_FALSE(got.sum.done()) << bad;
  }
}

TEST(OpenAiStream, one_stream_cannot_grow_without_bound) {
  const auto provider = openai::make_provider({});
  const auto decoder = provider->stream_decoder();
  std::vector<StreamEvent> out;
  Status status;
  for (int i = 0; i < 200 && status; ++i) {
    const std::string data =
        R"({"choices":[{"index":)" + std::to_string(i) + R"(,"delta":{"content":"x"}}]})";
    const auto got = decoder->decode(sse::Event{{}, data, {}, {}}, out);
    if (!got) status = fail(got.error());
  }
  EXPECT_FALSE(status);
  StreamAccumulator small(10);
  EXPECT_TRUE(small.add(TextDelta{0, "0123456789"}));
  EXPECT_EQ(small.add(TextDelta{0, "x"}).error().code, Code::too_large);
  EXPECT_FALSE(small.add(ToolCallDelta{0, 1 << 30, {}, {}, {}}));
}

meter::Usage usage_of(std::string_view json) {
  const auto doc = json::Document::parse(json);
  EXPECT_TRUE(doc);
  return openai::read_usage(doc->root()).value_or(meter::Usage{.input = -1});
}

TEST(OpenAiUsage, buckets_are_disjoint) {
  EXPECT_EQ(usage_of(R"({"prompt_tokens":125,"completion_tokens":302,"prompt_tokens_details":
                     {"cached_tokens":20,"audio_tokens":88},"completion_tokens_details":
                     {"reasoning_tokens":1,"audio_tokens":241}})"),
            (meter::Usage{.input = 17,
                          .cached_input = 20,
                          .audio_input = 88,
                          .output = 60,
                          .reasoning = 1,
                          .audio_output = 241}));
}

TEST(OpenAiUsage, reasoning_is_inside_unless_the_total_says_outside) {
  EXPECT_EQ(usage_of(R"({"prompt_tokens":1,"completion_tokens":26,"total_tokens":216,
                     "completion_tokens_details":{"reasoning_tokens":189}})")
                .completion_tokens(),
            26 + 189);
  EXPECT_EQ(usage_of(R"({"prompt_tokens":1,"completion_tokens":200,"total_tokens":201,
                     "completion_tokens_details":{"reasoning_tokens":189}})")
                .completion_tokens(),
            200);
}

TEST(OpenAiUsage, a_lying_provider_makes_no_negative_bucket_and_is_flagged) {
  const auto cached = usage_of(
      R"({"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":9}})");
  EXPECT_EQ(cached.input, 0);
  EXPECT_EQ(cached.cached_input, 5);
  EXPECT_EQ(cached.provenance, meter::Provenance::estimated);
  const auto negative = usage_of(R"({"prompt_tokens":-5,"completion_tokens":9e18})");
  EXPECT_EQ(negative.input, 0);
  EXPECT_GE(negative.output, 0);
  EXPECT_EQ(negative.provenance, meter::Provenance::estimated);
  const auto details = usage_of(
      R"({"prompt_tokens":5,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":-3}})");
  EXPECT_EQ(details.output, 5);
  EXPECT_EQ(details.provenance, meter::Provenance::estimated);
}

TEST(OpenAiUsage, nothing_told_is_not_zero) {
  for (const std::string_view none : {"null", "{}", R"({"total_tokens":3})"}) {
    EXPECT_EQ(usage_of(none).input, -1) << none;
  }
  EXPECT_EQ(usage_of(R"({"prompt_tokens":0,"completion_tokens":0})"), meter::Usage{});
}

// Azure and Mistral have kinds of their own later; their traffic already passes through this
// adapter.
TEST(OpenAiFixturesElsewhere, azures_and_mistrals_streams_are_read_in_any_cut) {
  SHARED_OR_SKIP(wire, "fixtures/wire");
  const auto adapter = openai::make_provider({.semantic_name = "t", .tolerant = true});
  for (const char* folder : {"azure-openai", "mistral"}) {
    for (const Exchange& e : load_exchanges(wire, folder)) {
      if (e.api != "chat.completions" || e.status != 200) continue;
      if (e.streaming) {
        expect_cut_invariant(*adapter, e);
        EXPECT_TRUE(deliver_whole(*adapter, e.body).complete) << e.id;
      } else {
        EXPECT_TRUE(adapter->decode(e.body)) << e.id;
      }
    }
  }
}

}  // namespace

}  // namespace maester::gateway::testing
