#include <set>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/bedrock/bedrock.h"
#include "gateway/providers/bedrock/expected.h"

namespace maester::gateway::testing {

namespace {

bool is_chat(const Exchange& e) {
  return e.api == "converse" || e.api == "converse-stream";
}

TEST(BedrockFixtures, every_answer_has_an_expectation) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  std::set<std::string> known;
  for (const Expected& e : expected_bedrock()) known.insert(e.id);
  for (const auto& [id, e] : exchanges_of(shared, {"bedrock"})) {
    if (is_chat(e) && e.status == 200) EXPECT_TRUE(known.contains(id)) << id;
  }
  EXPECT_GE(known.size(), 23u);
}

TEST(BedrockFixtures, answers_and_streams_mean_what_was_written_down) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = bedrock::make_provider();
  const auto exchanges = exchanges_of(shared, {"bedrock"});
  for (const Expected& expected : expected_bedrock()) {
    const auto got = read_exchange(*adapter, exchanges.at(expected.id));
    ASSERT_TRUE(got) << expected.id << ": " << got.error().message;
    expect_response(expected, *got);
  }
}

TEST(BedrockFixtures, a_stream_means_the_same_however_it_is_cut) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  for (const auto& [id, e] : exchanges_of(shared, {"bedrock"})) {
    if (is_chat(e) && e.streaming) expect_cut_invariant(*bedrock::make_provider(), e);
  }
}

TEST(BedrockFixtures, a_stream_is_complete_only_after_message_stop) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto adapter = bedrock::make_provider();
  const std::set<std::string> broken = {"bedrock-014", "bedrock-015"};
  for (const auto& [id, e] : exchanges_of(shared, {"bedrock"})) {
    if (!is_chat(e) || !e.streaming) continue;
    const Delivered got = deliver_whole(*adapter, e.body);
    EXPECT_EQ(got.complete, !broken.contains(id)) << id;
    EXPECT_EQ(got.sum.done(), !broken.contains(id)) << id;
    const std::string_view body = e.body;
    const std::size_t end = body.find("messageStop");
    if (end == std::string_view::npos) continue;
    const Delivered cut = deliver_whole(*adapter, body.substr(0, end));
    EXPECT_FALSE(cut.complete) << id;
    EXPECT_TRUE(cut.failure) << id;  // ends inside a frame
  }
}

TEST(BedrockFixtures, a_wrong_checksum_and_an_exception_are_errors) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = exchanges_of(shared, {"bedrock"});
  const auto adapter = bedrock::make_provider();
  const Delivered damaged = deliver_whole(*adapter, exchanges.at("bedrock-014").body);
  ASSERT_TRUE(damaged.failure);
  EXPECT_EQ(damaged.failure->code, Code::upstream_error);
  const Delivered throttled = deliver_whole(*adapter, exchanges.at("bedrock-015").body);
  ASSERT_TRUE(throttled.error);
  EXPECT_EQ(throttled.error->error_class, ErrorClass::rate_limited);
  EXPECT_EQ(throttled.error->type, "throttlingException");
  EXPECT_EQ(throttled.error->message, "Too many requests, please wait before trying again.");
}

TEST(BedrockFixtures, error_answers_are_classified) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const std::map<std::string, ErrorClass> classes = {{"bedrock-001", ErrorClass::credential},
                                                     {"bedrock-002", ErrorClass::retryable},
                                                     {"bedrock-026", ErrorClass::request}};
  std::size_t seen = 0;
  for (const auto& [id, e] : exchanges_of(shared, {"bedrock"})) {
    if (e.status < 400) continue;
    ++seen;
    ASSERT_TRUE(classes.contains(id)) << id;
    const ProviderError got = bedrock::make_provider()->classify(e.status, e.headers, e.body);
    EXPECT_EQ(to_string(got.error_class), to_string(classes.at(id))) << id;
    EXPECT_FALSE(got.message.empty()) << id;
  }
  EXPECT_EQ(seen, classes.size());
}

// InvokeModel gives a model's own protocol: Claude's is Anthropic's.
TEST(BedrockFixtures, claudes_own_answers_are_anthropics) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = exchanges_of(shared, {"bedrock"});
  const auto adapter = anthropic::make_provider({});
  expect_response(
      {.id = "bedrock-027",
       .model = "claude-haiku-4-5-20251001",
       .text = "Python evolved from Pyth",
       .text_size = 186,
       .finish = "end_turn",
       .usage =
           meter::Usage{.input = 3, .cached_input = 9511, .cache_write_5m = 1956, .output = 44}},
      *adapter->decode(exchanges.at("bedrock-027").body));
  expect_response({.id = "bedrock-028",
                   .model = "claude-3-5-haiku-20241022",
                   .text = "I'll provide a comprehen",
                   .text_size = 242,
                   .finish = "max_tokens",
                   .usage = meter::Usage{.input = 4, .cache_write_5m = 18131, .output = 50}},
                  *adapter->decode(exchanges.at("bedrock-028").body));
}

// Titan's own protocol is not spoken here; its frames are read all the same, and mean nothing.
TEST(BedrockFixtures, titans_frames_are_well_formed_and_no_answer) {
  SHARED_OR_SKIP(shared, "fixtures/wire");
  const auto exchanges = exchanges_of(shared, {"bedrock"});
  for (const char* id : {"bedrock-029", "bedrock-030"}) {
    const Delivered got = deliver_whole(*bedrock::make_provider(), exchanges.at(id).body);
    EXPECT_FALSE(got.failure) << id;
    EXPECT_FALSE(got.complete) << id;
    expect_cut_invariant(*bedrock::make_provider(), exchanges.at(id));
  }
}

std::string frame(std::string_view type, std::string_view payload) {
  std::string out;
  aws::append_frame(out, {{":event-type", type}, {":message-type", "event"}}, payload);
  return out;
}

TEST(BedrockStream, thinking_is_signed_at_the_end_of_its_block) {
  const Delivered got = deliver_whole(
      *bedrock::make_provider(),
      frame("contentBlockDelta",
            R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}})") +
          frame("contentBlockDelta",
                R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"S"}}})") +
          frame("contentBlockStop", R"({"contentBlockIndex":0})") +
          frame("contentBlockDelta",
                R"({"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"R"}}})") +
          frame("contentBlockStart",
                R"({"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t","name":"f"}}})") +
          frame("messageStop", R"({"stopReason":"tool_use"})"));
  EXPECT_TRUE(got.complete);
  const Choice& choice = got.sum.response().choices.at(0);
  EXPECT_EQ(choice.thinking, (std::vector<ThinkingPart>{{"hm", "S", {}}, {{}, {}, "R"}}));
  EXPECT_EQ(choice.tool_calls, (std::vector<ToolCall>{{"t", "f", "{}"}}));
}

TEST(BedrockStream, exceptions_have_their_class) {
  const std::vector<std::pair<std::string, ErrorClass>> cases = {
      {"throttlingException", ErrorClass::rate_limited},
      {"internalServerException", ErrorClass::retryable},
      {"modelStreamErrorException", ErrorClass::retryable},
      {"serviceUnavailableException", ErrorClass::retryable},
      {"validationException", ErrorClass::request},
      {"somethingNewException", ErrorClass::retryable}};
  for (const auto& [type, want] : cases) {
    std::string body;
    aws::append_frame(body, {{":exception-type", type}, {":message-type", "exception"}},
                      R"({"message":"m"})");
    const Delivered got = deliver_whole(*bedrock::make_provider(), body);
    ASSERT_TRUE(got.error) << type;
    EXPECT_EQ(to_string(got.error->error_class), to_string(want)) << type;
    EXPECT_FALSE(got.complete);
  }
  std::string body;
  aws::append_frame(body,
                    {{":error-code", "InternalError"},
                     {":error-message", "An internal server error occurred"},
                     {":message-type", "error"}},
                    "");
  const Delivered got = deliver_whole(*bedrock::make_provider(), body);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->message, "An internal server error occurred");
}

TEST(BedrockErrors, the_type_is_in_a_header_possibly_with_an_address) {
  const wire::Headers headers{{"x-amzn-errortype", "ThrottlingException:http://internal.amazon/x"}};
  const auto got = bedrock::make_provider()->classify(400, headers, R"({"message":"slow down"})");
  EXPECT_EQ(got.error_class, ErrorClass::rate_limited);
  EXPECT_EQ(got.type, "ThrottlingException");
  EXPECT_EQ(got.status, 400);
  const wire::Headers model{{"x-amzn-errortype", "ModelErrorException"}};
  EXPECT_EQ(bedrock::make_provider()->classify(424, model, "{}").error_class,
            ErrorClass::retryable);
  const wire::Headers invalid{{"x-amzn-errortype", "ValidationException"}};
  EXPECT_EQ(bedrock::make_provider()
                ->classify(400, invalid, R"({"message":"Input is too long for requested model."})")
                .error_class,
            ErrorClass::context_length);
}

}  // namespace

}  // namespace maester::gateway::testing
