#include <set>

#include "gateway/providers/openai/expected_responses.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/providers/said.h"

namespace maester::gateway::testing {

namespace {

constexpr auto kFolders = {"openai", "azure-openai", "openai-compatible"};

std::unique_ptr<Provider> adapter() {
  return openai::make_responses_provider({});
}

TEST(ResponsesFixtures, every_answer_has_an_expectation) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  std::set<std::string> known;
  for (const Expected& e : expected_responses()) known.insert(e.id);
  for (const auto& [id, e] : exchanges_of(shared, kFolders)) {
    if (e.api == "responses" && e.status == 200) EXPECT_TRUE(known.contains(id)) << id;
  }
  EXPECT_GE(known.size(), 30u);
}

TEST(ResponsesFixtures, answers_and_streams_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = exchanges_of(shared, kFolders);
  for (const Expected& expected : expected_responses()) {
    const auto got = read_exchange(*adapter(), exchanges.at(expected.id));
    ASSERT_TRUE(got) << expected.id << ": " << got.error().message;
    expect_response(expected, *got);
  }
}

TEST(ResponsesFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : exchanges_of(shared, kFolders)) {
    if (e.api == "responses" && e.streaming) expect_cut_invariant(*adapter(), e);
  }
}

TEST(ResponsesFixtures, a_stream_is_complete_only_after_response_completed) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : exchanges_of(shared, kFolders)) {
    if (e.api != "responses" || !e.streaming) continue;
    EXPECT_EQ(deliver_whole(*adapter(), e.body).complete, id != "openai-043") << id;
    const std::string_view body = e.body;
    const std::size_t end = body.find("\"type\":\"response.completed\"");
    if (end == std::string_view::npos) continue;
    EXPECT_FALSE(deliver_whole(*adapter(), body.substr(0, body.rfind("data:", end))).complete)
        << id;
  }
}

TEST(ResponsesFixtures, an_error_inside_a_200_stream_is_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const Delivered got =
      deliver_whole(*adapter(), exchanges_of(shared, {"openai"}).at("openai-043").body);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->error_class, ErrorClass::retryable);
  EXPECT_EQ(got.error->code, "server_is_overloaded");
  EXPECT_FALSE(got.sum.done());
}

TEST(ResponsesFixtures, an_error_answer_names_its_field) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const Exchange e = exchanges_of(shared, {"openai"}).at("openai-034");
  const ProviderError got = adapter()->classify(e.status, e.headers, e.body);
  EXPECT_EQ(got.error_class, ErrorClass::request);
  EXPECT_EQ(got.param, "temperature");
}

// The offsets of annotations count characters: the text has curly quotes before them.
TEST(ResponsesFixtures, a_citation_points_to_the_bytes_it_is_about) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto got = read_exchange(*adapter(), exchanges_of(shared, {"openai"}).at("openai-049"));
  const Choice& choice = got->choices.at(0);
  const Citation& first = choice.citations.at(0);
  EXPECT_EQ(
      choice.content.substr(static_cast<std::size_t>(first.start),
                            static_cast<std::size_t>(first.end - first.start)),
      "([britannica.com](https://www.britannica.com/place/Mount-Columbia?utm_source=openai))");
}

Delivered read(std::initializer_list<std::string> events) {
  std::string body;
  for (const std::string& e : events) sse::append_event(body, "", e);
  return deliver_whole(*adapter(), body);
}
const std::string kCreated =
    R"({"type":"response.created","response":{"id":"r","model":"m","created_at":1}})";
const std::string kCompleted =
    R"({"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":1,"output_tokens":2}}})";

TEST(ResponsesStream, what_comes_without_deltas_is_not_lost) {
  const auto got = read(
      {kCreated,
       R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"hi"}]}})",
       R"({"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}})",
       kCompleted});
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.sum.response().choices[0].content, "hi");
  EXPECT_EQ(got.sum.response().choices[0].tool_calls, (std::vector<ToolCall>{{"c", "f", "{}"}}));
  EXPECT_EQ(got.sum.response().choices[0].finish, FinishReason::tool_calls);
}

TEST(ResponsesStream, incomplete_answers_tell_why) {
  for (const auto& [why, finish] : std::vector<std::pair<std::string, FinishReason>>{
           {"max_output_tokens", FinishReason::length},
           {"content_filter", FinishReason::content_filter}}) {
    const auto got = read(
        {kCreated,
         R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":")" +
             why + R"("}}})"});
    EXPECT_TRUE(got.complete);
    EXPECT_EQ(got.sum.response().choices[0].finish, finish) << why;
  }
}

TEST(ResponsesStream, malformed_events_fail_and_never_complete) {
  for (const std::string bad : {"{", "[]", "x"}) {
    const auto got = read({kCreated, bad, kCompleted});
    EXPECT_TRUE(got.failure) << bad;
    EXPECT_FALSE(got.complete) << bad;
  }
}

TEST(ResponsesRequest, a_callers_bytes_are_kept_but_for_model_stream_and_limit) {
  EncodeOptions options;
  options.upstream_model = "up";
  options.stream = true;
  options.max_tokens = 7;
  options.source_protocol = Protocol::openai_responses;
  options.source_body = R"({ "model":"m","input":"hi","x_new":[1, 2],"maester":{"a":1}})";
  const auto got = adapter()->encode({}, options);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->path, "/responses");
  EXPECT_EQ(got->body,
            R"({ "model":"up","input":"hi","x_new":[1, 2],"stream":true,"max_output_tokens":7})");
}

TEST(ResponsesRequest, a_chat_is_translated_or_refused_by_name) {
  EncodeOptions options;
  options.upstream_model = "m";
  ChatRequest request;
  request.messages.push_back(said(Role::user, {TextPart{"hi", {}}}));
  request.messages.push_back(said(Role::assistant, {ToolCall{"c", "f", R"({"a":1})", {}}}));
  request.messages.push_back(said(Role::tool, {TextPart{"42", {}}}, "c"));
  const auto got = adapter()->encode(request, options);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(
      got->body,
      R"({"model":"m","input":[{"type":"message","role":"user","content":[{"type":"input_text",)"
      R"("text":"hi"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"},)"
      R"({"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"42"}]}]})");
  request.seed = 4;
  EXPECT_EQ(adapter()->encode(request, options).error().param, "seed");
}

}  // namespace

}  // namespace maester::gateway::testing
