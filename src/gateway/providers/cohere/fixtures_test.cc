#include <set>

#include "gateway/providers/cohere/cohere.h"
#include "gateway/providers/cohere/expected.h"

namespace maester::gateway::testing {

namespace {

TEST(CohereFixtures, every_answer_has_an_expectation) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  std::set<std::string> known;
  for (const Expected& e : expected_cohere()) known.insert(e.id);
  for (const auto& [id, e] : exchanges_of(shared, {"cohere"})) {
    if (e.api == "v2.chat" && e.status == 200) EXPECT_TRUE(known.contains(id)) << id;
  }
  EXPECT_GE(known.size(), 11u);
}

TEST(CohereFixtures, answers_and_streams_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = cohere::make_provider({});
  const auto exchanges = exchanges_of(shared, {"cohere"});
  for (const Expected& expected : expected_cohere()) {
    const auto got = read_exchange(*adapter, exchanges.at(expected.id));
    ASSERT_TRUE(got) << expected.id << ": " << got.error().message;
    expect_response(expected, *got);
  }
}

TEST(CohereFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : exchanges_of(shared, {"cohere"})) {
    if (e.api == "v2.chat" && e.streaming) expect_cut_invariant(*cohere::make_provider({}), e);
  }
}

TEST(CohereFixtures, a_stream_is_complete_only_after_message_end) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = cohere::make_provider({});
  for (const auto& [id, e] : exchanges_of(shared, {"cohere"})) {
    if (e.api != "v2.chat" || !e.streaming) continue;
    EXPECT_TRUE(deliver_whole(*adapter, e.body).complete) << id;
    const std::string_view body = e.body;
    const std::size_t end = body.rfind("data:", body.find("message-end\""));
    EXPECT_FALSE(deliver_whole(*adapter, body.substr(0, end)).complete) << id;
  }
}

TEST(CohereFixtures, error_answers_are_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const std::map<std::string, ErrorClass> classes = {{"cohere-004", ErrorClass::rate_limited},
                                                     {"cohere-017", ErrorClass::request}};
  std::size_t seen = 0;
  for (const auto& [id, e] : exchanges_of(shared, {"cohere"})) {
    if (e.status < 400) continue;
    ++seen;
    const ProviderError got = cohere::make_provider({})->classify(e.status, e.headers, e.body);
    EXPECT_EQ(to_string(got.error_class), to_string(classes.at(id))) << id;
    EXPECT_FALSE(got.message.empty()) << id;
  }
  EXPECT_EQ(seen, classes.size());
}

// Version 1 of the API is not spoken here, and is not mistaken for an answer.
TEST(CohereFixtures, the_older_version_is_no_half_answer) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = exchanges_of(shared, {"cohere"});
  const auto adapter = cohere::make_provider({});
  EXPECT_FALSE(adapter->decode(exchanges.at("cohere-001").body));
  EXPECT_FALSE(deliver_whole(*adapter, exchanges.at("cohere-002").body).complete);
}

TEST(CohereFixtures, a_citation_points_to_the_bytes_it_is_about) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto got =
      cohere::make_provider({})->decode(exchanges_of(shared, {"cohere"}).at("cohere-010").body);
  const Choice& choice = got->choices.at(0);
  const Citation& first = choice.citations.at(0);
  EXPECT_EQ(choice.content.substr(static_cast<std::size_t>(first.start),
                                  static_cast<std::size_t>(first.end - first.start)),
            "sunny");
}

Delivered read(std::initializer_list<std::string> events) {
  std::string body;
  for (const std::string& e : events) sse::append_event(body, "", e);
  return deliver_whole(*cohere::make_provider({}), body);
}

TEST(CohereStream, a_stream_that_ends_in_an_error_is_none) {
  const auto got =
      read({R"({"type":"message-start","id":"a"})",
            R"({"type":"message-end","delta":{"finish_reason":"ERROR","error":"no"}})"});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->error_class, ErrorClass::retryable);
  EXPECT_EQ(got.error->message, "no");
  EXPECT_FALSE(got.complete);
}

TEST(CohereStream, a_call_without_arguments_has_an_empty_object_and_citations_come_one_by_one) {
  const auto got = read(
      {R"({"type":"message-start","id":"a"})",
       R"({"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"ü ok"}}}})",
       R"({"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":2,"end":4,"text":"ok","sources":[{"type":"document","id":"d","document":{"title":"T","url":"https://e.org"}}]}}}})",
       R"({"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","function":{"name":"f","arguments":""}}}}})",
       R"({"type":"tool-call-end","index":0})",
       R"({"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}})"});
  EXPECT_TRUE(got.complete);
  const Choice& choice = got.sum.response().choices.at(0);
  EXPECT_EQ(choice.tool_calls, (std::vector<ToolCall>{{"c", "f", "{}"}}));
  ASSERT_EQ(choice.citations.size(), 1u);
  EXPECT_EQ(choice.citations[0].url, "https://e.org");
  EXPECT_EQ(choice.citations[0].start, 3);
  EXPECT_EQ(choice.citations[0].end, 5);
}

TEST(CohereStream, malformed_events_fail_and_never_complete) {
  for (const std::string bad : {"{", "[]", "x"}) {
    const auto got = read({R"({"type":"message-start","id":"a"})", bad,
                           R"({"type":"message-end","delta":{"finish_reason":"COMPLETE"}})"});
    EXPECT_TRUE(got.failure) << bad;
    EXPECT_FALSE(got.complete) << bad;
  }
}

}  // namespace

}  // namespace maester::gateway::testing
