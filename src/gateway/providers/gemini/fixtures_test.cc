#include <set>

#include "gateway/providers/gemini/expected.h"
#include "gateway/providers/gemini/gemini.h"

namespace maester::gateway::testing {

namespace {

bool is_chat(const Exchange& e) {
  return e.api == "generateContent" || e.api == "streamGenerateContent";
}

TEST(GeminiFixtures, every_answer_has_an_expectation) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  std::set<std::string> known;
  for (const Expected& e : expected_gemini()) known.insert(e.id);
  for (const auto& [id, e] : exchanges_of(shared, {"gemini"})) {
    if (is_chat(e) && e.status == 200) EXPECT_TRUE(known.contains(id)) << id;
  }
  EXPECT_GE(known.size(), 20u);
}

TEST(GeminiFixtures, answers_and_streams_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = gemini::make_provider({});
  const auto exchanges = exchanges_of(shared, {"gemini"});
  for (const Expected& expected : expected_gemini()) {
    const auto got = read_exchange(*adapter, exchanges.at(expected.id));
    ASSERT_TRUE(got) << expected.id << ": " << got.error().message;
    expect_response(expected, *got);
  }
}

TEST(GeminiFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : exchanges_of(shared, {"gemini"})) {
    if (is_chat(e) && e.streaming) expect_cut_invariant(*gemini::make_provider({}), e);
  }
}

TEST(GeminiFixtures, a_stream_is_complete_only_with_its_finish_reason) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = gemini::make_provider({});
  for (const auto& [id, e] : exchanges_of(shared, {"gemini"})) {
    if (!is_chat(e) || !e.streaming) continue;
    const Delivered got = deliver_whole(*adapter, e.body);
    EXPECT_TRUE(got.complete) << id;
    EXPECT_TRUE(got.sum.done()) << id;
    const std::string_view body = e.body;
    const std::size_t event = body.rfind("data:", body.find("\"finishReason\""));
    EXPECT_FALSE(deliver_whole(*adapter, body.substr(0, event)).complete) << id;
  }
}

TEST(GeminiFixtures, error_answers_are_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const std::map<std::string, ErrorClass> classes = {{"gemini-002", ErrorClass::request},
                                                     {"gemini-006", ErrorClass::credential},
                                                     {"gemini-018", ErrorClass::rate_limited}};
  std::size_t seen = 0;
  for (const auto& [id, e] : exchanges_of(shared, {"gemini"})) {
    if (e.status < 400) continue;
    ++seen;
    ASSERT_TRUE(classes.contains(id)) << id;
    const ProviderError got = gemini::make_provider({})->classify(e.status, e.headers, e.body);
    EXPECT_EQ(to_string(got.error_class), to_string(classes.at(id))) << id;
    EXPECT_FALSE(got.message.empty()) << id;
  }
  EXPECT_EQ(seen, classes.size());
}

TEST(GeminiFixtures, embeddings_are_read) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = exchanges_of(shared, {"gemini"});
  const auto adapter = gemini::make_embeddings({});
  const auto batch = adapter->decode(exchanges.at("gemini-001").body, 1);
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->vectors[0].size(), 3072u);
  EXPECT_FLOAT_EQ(batch->vectors[0][0], -0.006419318f);
  EXPECT_EQ(batch->usage, (meter::Usage{.input = 1}));
  const auto single = adapter->decode(exchanges.at("gemini-004").body, 1);
  ASSERT_TRUE(single) << single.error().message;
  EXPECT_FLOAT_EQ(single->vectors[0][1], 0.020047152f);
  EXPECT_EQ(single->usage, (meter::Usage{.input = 11}));
  EXPECT_FALSE(adapter->decode(exchanges.at("gemini-001").body, 2));
}

Delivered read(std::initializer_list<std::string> events) {
  std::string body;
  for (const std::string& e : events) sse::append_event(body, "", e);
  return deliver_whole(*gemini::make_provider({}), body);
}

TEST(GeminiStream, a_blocked_prompt_ends_as_filtered) {
  const auto got = read({R"({"promptFeedback":{"blockReason":"SAFETY"},"modelVersion":"m"})"});
  EXPECT_TRUE(got.complete);
  ASSERT_EQ(got.sum.response().choices.size(), 1u);
  EXPECT_EQ(got.sum.response().choices[0].finish, FinishReason::content_filter);
}

TEST(GeminiStream, an_error_inside_the_stream_ends_it) {
  const auto got =
      read({R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}]})",
            R"({"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}})",
            R"({"candidates":[{"finishReason":"STOP"}]})"});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->error_class, ErrorClass::retryable);
  EXPECT_FALSE(got.complete);
}

TEST(GeminiStream, pieces_of_arguments_are_put_together_by_their_paths) {
  const auto got = read(
      {R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]})",
       R"({"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[
          {"jsonPath":"$.a.b[1]","numberValue":2.5},{"jsonPath":"$.a.b[0]","boolValue":true},
          {"jsonPath":"$['x y']","stringValue":"p\"","willContinue":true}],"willContinue":true}}]}}]})",
       R"({"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[
          {"jsonPath":"$['x y']","stringValue":"q"}]}}]},"finishReason":"STOP"}]})"});
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.sum.response().choices[0].tool_calls,
            (std::vector<ToolCall>{{"", "f", R"({"a":{"b":[true,2.5]},"x y":"p\"q"})"}}));
  for (const std::string path : {"", "a", "$.", "$[9999999]", "$[", "$['a", "$[x]"}) {
    EXPECT_TRUE(
        read(
            {R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[{"jsonPath":")" +
             path + R"(","numberValue":1}]}}]}}]})"})
            .failure)
        << path;
  }
}

TEST(GeminiAnswer, what_no_chat_can_hold_is_an_error_and_not_dropped) {
  const auto adapter = gemini::make_provider({});
  for (
      const std::string body :
      {R"({"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}}]})",
       R"({"candidates":[]})", R"({})", R"([])", R"({)",
       R"({"error":{"code":500,"message":"x"}})"}) {
    const auto got = adapter->decode(body);
    ASSERT_FALSE(got) << body;
    EXPECT_EQ(got.error().code, Code::upstream_error) << body;
  }
}

TEST(GeminiUsage, impossible_numbers_are_bounded_and_flagged) {
  const auto got = gemini::make_provider({})->decode(
      R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,
          "cachedContentTokenCount":9,"candidatesTokenCount":-3}})");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->usage->input, 0);
  EXPECT_EQ(got->usage->cached_input, 5);
  EXPECT_EQ(got->usage->output, 0);
  EXPECT_EQ(got->usage->provenance, meter::Provenance::estimated);
}

}  // namespace

}  // namespace maester::gateway::testing
