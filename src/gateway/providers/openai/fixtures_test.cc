#include <set>

#include "gateway/providers/openai/expected.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway::testing {

namespace {

std::unique_ptr<Provider> adapter_for(const Exchange& e) {
  return openai::make_provider({.semantic_name = "t", .tolerant = e.provider != "openai"});
}

std::map<std::string, Exchange> all(const std::filesystem::path& shared) {
  std::map<std::string, Exchange> out;
  for (const char* folder : {"openai", "openai-compatible"}) {
    for (Exchange& e : load_exchanges(shared, folder)) out[e.id] = std::move(e);
  }
  return out;
}

TEST(OpenAiFixtures, every_chat_answer_has_an_expectation) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  std::set<std::string> known;
  for (const Expected& e : expected_openai()) known.insert(e.id);
  for (const auto& [id, e] : all(shared)) {
    if (e.api == "chat.completions" && e.status == 200) EXPECT_TRUE(known.contains(id)) << id;
  }
  EXPECT_GE(known.size(), 36u);
}

TEST(OpenAiFixtures, answers_and_streams_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = all(shared);
  for (const Expected& expected : expected_openai()) {
    const Exchange& e = exchanges.at(expected.id);
    const auto adapter = adapter_for(e);
    if (e.streaming) {
      expect_response(expected, deliver_whole(*adapter, e.body).sum.response());
    } else {
      const auto got = adapter->decode(e.body);
      ASSERT_TRUE(got) << e.id << ": " << got.error().message;
      expect_response(expected, *got);
    }
  }
}

TEST(OpenAiFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : all(shared)) {
    if (e.api == "chat.completions" && e.streaming) expect_cut_invariant(*adapter_for(e), e);
  }
}

TEST(OpenAiFixtures, a_stream_is_complete_only_at_its_clean_end) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const std::set<std::string> broken = {"openai-017", "openai-compatible-016",
                                        "openai-compatible-022", "openai-compatible-026"};
  for (const auto& [id, e] : all(shared)) {
    if (e.api != "chat.completions" || !e.streaming) continue;
    const auto adapter = adapter_for(e);
    const Delivered got = deliver_whole(*adapter, e.body);
    EXPECT_EQ(got.complete, !broken.contains(id)) << id;
    EXPECT_EQ(got.sum.done(), !broken.contains(id)) << id;
    if (e.provider != "openai") continue;
    const std::string_view body = e.body;
    const std::size_t done = body.find("data: [DONE]");
    if (done == std::string_view::npos) continue;
    EXPECT_FALSE(deliver_whole(*adapter, body.substr(0, done)).complete) << id;
  }
}

TEST(OpenAiFixtures, an_imitator_may_end_without_done_but_not_without_a_finish_reason) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const Exchange e = all(shared).at("openai-compatible-018");
  const auto adapter = adapter_for(e);
  const std::string_view body = e.body;
  EXPECT_TRUE(deliver_whole(*adapter, body.substr(0, body.find("data: [DONE]"))).complete);
  const std::size_t finish = body.find("\"finish_reason\":\"tool_calls\"");
  const std::size_t event = body.rfind("data:", finish);
  EXPECT_FALSE(deliver_whole(*adapter, body.substr(0, event)).complete);
}

TEST(OpenAiFixtures, only_the_usage_chunk_is_usage_only) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = all(shared);
  const std::map<std::string, int> counts = {{"openai-018", 1},
                                             {"openai-021", 0},
                                             {"openai-compatible-017", 1},
                                             {"openai-compatible-019", 0},
                                             {"openai-compatible-020", 1},
                                             {"openai-compatible-021", 1},
                                             {"openai-compatible-023", 0}};
  for (const auto& [id, count] : counts) {
    const Exchange& e = exchanges.at(id);
    EXPECT_EQ(deliver_whole(*adapter_for(e), e.body).usage_only, count) << id;
  }
}

TEST(OpenAiFixtures, errors_inside_a_200_stream_are_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = all(shared);
  const std::map<std::string, std::pair<ErrorClass, std::string>> cases = {
      {"openai-compatible-016", {ErrorClass::retryable, "Internal engine failure"}},
      {"openai-compatible-022", {ErrorClass::request, "Token limit reached"}},
      {"openai-compatible-026",
       {ErrorClass::request, "Tool choice is required, but model did not call a tool"}}};
  for (const auto& [id, want] : cases) {
    const Exchange& e = exchanges.at(id);
    const Delivered got = deliver_whole(*adapter_for(e), e.body);
    ASSERT_TRUE(got.error) << id;
    EXPECT_EQ(to_string(got.error->error_class), to_string(want.first)) << id;
    EXPECT_EQ(got.error->message, want.second) << id;
    EXPECT_EQ(got.error->status, 200) << id;
  }
}

TEST(OpenAiFixtures, error_answers_are_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const std::map<std::string, ErrorClass> classes = {
      {"openai-001", ErrorClass::credential},
      {"openai-002", ErrorClass::rate_limited},
      {"openai-003", ErrorClass::retryable},
      {"openai-004", ErrorClass::retryable},
      {"openai-005", ErrorClass::request},
      {"openai-006", ErrorClass::request},
      {"openai-009", ErrorClass::request},
      {"openai-013", ErrorClass::request},
      {"openai-compatible-001", ErrorClass::context_length},
      {"openai-compatible-002", ErrorClass::retryable},
      {"openai-compatible-013", ErrorClass::request},
      {"openai-compatible-014", ErrorClass::request}};
  std::size_t seen = 0;
  for (const auto& [id, e] : all(shared)) {
    if (e.api != "chat.completions" || e.status < 400) continue;
    ++seen;
    ASSERT_TRUE(classes.contains(id)) << id;
    const ProviderError got = adapter_for(e)->classify(e.status, e.headers, e.body);
    EXPECT_EQ(to_string(got.error_class), to_string(classes.at(id))) << id;
    EXPECT_EQ(got.status, e.status);
    EXPECT_FALSE(got.message.empty()) << id;
    EXPECT_LE(got.message.size(), 512u);
    if (id == "openai-002") EXPECT_EQ(got.retry_after, std::chrono::milliseconds(3812));
    if (id == "openai-005") EXPECT_EQ(got.param, "max_tokens");
    if (id == "openai-001") EXPECT_EQ(got.message.find("sk-"), std::string::npos);
  }
  EXPECT_EQ(seen, classes.size());
}

// Embeddings, Responses, files: none of them is a chat, none of them may break the adapter.
TEST(OpenAiFixtures, other_traffic_is_harmless) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : all(shared)) {
    if (e.api == "chat.completions") continue;
    const auto adapter = adapter_for(e);
    (void)adapter->decode(e.body);
    (void)adapter->classify(e.status, e.headers, e.body);
    (void)deliver_whole(*adapter, e.body);
  }
}

// Normal stream -> OpenAI's chunks -> normal stream.
TEST(OpenAiFixtures, a_stream_written_again_reads_the_same) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : all(shared)) {
    if (e.api != "chat.completions" || !e.streaming) continue;
    const auto adapter = adapter_for(e);
    const Delivered before = deliver_whole(*adapter, e.body);
    if (!before.complete) continue;
    std::string written;
    OpenAiChunkEncoder encoder({.include_usage = true});
    const auto decoder = adapter->stream_decoder();
    sse::Decoder events;
    events.feed(e.body);
    sse::Event event;
    std::vector<StreamEvent> meaning;
    for (;;) {
      const auto got = events.next(event);
      if (!got || !*got) break;
      meaning.clear();
      ASSERT_TRUE(decoder->decode(event, meaning));
      for (const StreamEvent& m : meaning) encoder.append(written, m);
    }
    encoder.append_usage(written);
    OpenAiChunkEncoder::append_done(written);
    const Delivered after = deliver_whole(*adapter, written);
    EXPECT_TRUE(after.complete) << id;
    EXPECT_EQ(plain(after.sum.response()), plain(before.sum.response())) << id;
    EXPECT_EQ(after.usage_only, before.sum.response().usage ? 1 : 0) << id;
  }
}

TEST(OpenAiFixtures, an_answer_written_again_reads_the_same) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : all(shared)) {
    if (e.api != "chat.completions" || e.streaming || e.status != 200) continue;
    const auto adapter = adapter_for(e);
    auto before = adapter->decode(e.body);
    ASSERT_TRUE(before) << id;
    const auto after = adapter->decode(encode_openai_response(*before, {.id = "x", .model = {}}));
    ASSERT_TRUE(after) << id;
    if (id == "openai-compatible-012") {  // no id and no finish reason: a client needs both
      before->id = "x";
      before->choices[0].finish = FinishReason::tool_calls;
      before->choices[0].provider_finish = "tool_calls";
    }
    EXPECT_EQ(plain(*after), plain(*before)) << id;
  }
}

}  // namespace

}  // namespace maester::gateway::testing
