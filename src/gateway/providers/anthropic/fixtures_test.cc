#include <set>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/anthropic/expected.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway::testing {

namespace {

std::map<std::string, Exchange> all(const std::filesystem::path& shared) {
  std::map<std::string, Exchange> out;
  for (Exchange& e : load_exchanges(shared, "anthropic")) out[e.id] = std::move(e);
  return out;
}

TEST(AnthropicFixtures, every_answer_has_an_expectation) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  std::set<std::string> known;
  for (const Expected& e : expected_anthropic()) known.insert(e.id);
  for (const auto& [id, e] : all(shared)) {
    if (e.api == "messages" && e.status == 200) EXPECT_TRUE(known.contains(id)) << id;
  }
  EXPECT_GE(known.size(), 24u);
}

TEST(AnthropicFixtures, answers_and_streams_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = anthropic::make_provider({});
  const auto exchanges = all(shared);
  for (const Expected& expected : expected_anthropic()) {
    const Exchange& e = exchanges.at(expected.id);
    if (e.streaming) {
      expect_response(expected, deliver_whole(*adapter, e.body).sum.response());
    } else {
      const auto got = adapter->decode(e.body);
      ASSERT_TRUE(got) << e.id << ": " << got.error().message;
      expect_response(expected, *got);
    }
  }
}

TEST(AnthropicFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = anthropic::make_provider({});
  for (const auto& [id, e] : all(shared)) {
    if (e.api == "messages" && e.streaming) expect_cut_invariant(*adapter, e);
  }
}

TEST(AnthropicFixtures, a_stream_is_complete_only_after_message_stop) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = anthropic::make_provider({});
  for (const auto& [id, e] : all(shared)) {
    if (e.api != "messages" || !e.streaming) continue;
    EXPECT_EQ(deliver_whole(*adapter, e.body).complete, id != "anthropic-025") << id;
    const std::string_view body = e.body;
    const std::string_view cut = body.substr(0, body.find("event: message_stop"));
    EXPECT_FALSE(deliver_whole(*adapter, cut).complete) << id;
  }
}

TEST(AnthropicFixtures, a_second_answer_spliced_into_a_stream_is_an_error_and_not_merged) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const Delivered got =
      deliver_whole(*anthropic::make_provider({}), all(shared).at("anthropic-025").body);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->error_class, ErrorClass::retryable);
  EXPECT_FALSE(got.sum.done());
  EXPECT_EQ(got.sum.response().id, "msg_first");
}

TEST(AnthropicFixtures, error_answers_are_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const std::map<std::string, ErrorClass> classes = {{"anthropic-004", ErrorClass::credential},
                                                     {"anthropic-005", ErrorClass::request},
                                                     {"anthropic-006", ErrorClass::retryable},
                                                     {"anthropic-018", ErrorClass::request}};
  std::size_t seen = 0;
  for (const auto& [id, e] : all(shared)) {
    if (e.api != "messages" || e.status < 400) continue;
    ++seen;
    ASSERT_TRUE(classes.contains(id)) << id;
    const ProviderError got = anthropic::make_provider({})->classify(e.status, e.headers, e.body);
    EXPECT_EQ(to_string(got.error_class), to_string(classes.at(id))) << id;
    EXPECT_FALSE(got.type.empty()) << id;
  }
  EXPECT_EQ(seen, classes.size());
}

TEST(AnthropicFixtures, other_traffic_is_harmless) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = anthropic::make_provider({});
  for (const auto& [id, e] : all(shared)) {
    if (e.api == "messages") continue;
    (void)adapter->decode(e.body);
    (void)adapter->classify(e.status, e.headers, e.body);
    (void)deliver_whole(*adapter, e.body);
  }
}

// What an OpenAI client reads of an Anthropic stream.
TEST(AnthropicFixtures, a_stream_translated_to_openai_keeps_its_meaning) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = anthropic::make_provider({});
  const auto reader = openai::make_provider({});
  for (const auto& [id, e] : all(shared)) {
    if (e.api != "messages" || !e.streaming) continue;
    ChatResponse before = deliver_whole(*adapter, e.body).sum.response();
    std::string written;
    OpenAiChunkEncoder encoder({.created = 7, .include_usage = true});
    const auto decoder = adapter->stream_decoder();
    sse::Decoder events;
    events.feed(e.body);
    sse::Event event;
    std::vector<StreamEvent> meaning;
    for (;;) {
      const auto got = events.next(event);
      if (!got || !*got) break;
      meaning.clear();
      const auto outcome = decoder->decode(event, meaning);
      ASSERT_TRUE(outcome) << id;
      for (const StreamEvent& m : meaning) encoder.append(written, m);
    }
    encoder.append_usage(written);
    OpenAiChunkEncoder::append_done(written);
    const ChatResponse after = deliver_whole(*reader, written).sum.response();
    before.created = 7;
    before.usage->provenance = meter::Provenance::provider;  // a caller is not told how we know
    for (Choice& choice : before.choices) choice.provider_finish = to_string(choice.finish);
    EXPECT_EQ(plain(after), plain(before)) << id;
  }
}

}  // namespace

}  // namespace maester::gateway::testing
