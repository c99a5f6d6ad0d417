#include <gtest/gtest.h>

#include "gateway/providers/common/duration.h"
#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/scrub.h"
#include "gateway/providers/common/surrogates.h"

namespace maester::gateway::providers {

namespace {

using std::chrono::milliseconds;

TEST(Scrub, no_secret_of_a_known_form_survives) {
  const std::vector<std::string> secrets = {
      "sk-proj-abcDEF0123456789abcDEF",
      "sk-ant-api03-AAAA_BBBB-CCCC",
      "AKIAIOSFODNN7EXAMPLE",
      "AIzaSyA1234567890abcdefghijklmnopqrstu",
      "gsk_1234567890abcdefghij",
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
      "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
      "mst_k_abcdefghijkl_0123456789abcdef"};
  for (const std::string& secret : secrets) {
    EXPECT_EQ(scrub("key: " + secret + " end"), "key: [redacted] end") << secret;
  }
  EXPECT_EQ(scrub("Bearer abcdefgh12345678!"), "Bearer [redacted]!");
  EXPECT_EQ(scrub("see https://bob:hunter2@example.org/x"), "see https://[redacted]@example.org/x");
  EXPECT_EQ(scrub("-----BEGIN PRIVATE KEY-----\nMIIE"), "[redacted]");
}

TEST(Scrub, plain_words_stay) {
  const std::string text = "task-force asked a risk-averse disk-shop at https://example.org/a@b";
  EXPECT_EQ(scrub(text), text);
}

TEST(Scrub, is_short_and_well_formed) {
  EXPECT_LE(scrub(std::string(5000, 'x')).size(), 512u);
  EXPECT_EQ(scrub("a\nb\x1b[31m\xff"), "a b [31m\xEF\xBF\xBD");
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "é";
  EXPECT_LE(scrub(wide, 511).size(), 510u);  // not in the middle of one
  // A secret at the cut leaves no half of itself.
  EXPECT_EQ(scrub(std::string(500, 'x') + " sk-abcdefghijklmnopqrstuvwxyz").find("sk-"),
            std::string::npos);
}

TEST(Duration, reads_what_providers_write) {
  EXPECT_EQ(parse_duration("1m30.5s"), milliseconds(90'500));
  EXPECT_EQ(parse_duration("120ms"), milliseconds(120));
  EXPECT_EQ(parse_duration("6m0s"), milliseconds(360'000));
  EXPECT_EQ(parse_duration("34.4s"), milliseconds(34'400));
  EXPECT_EQ(parse_duration("41 seconds."), milliseconds(41'000));
  EXPECT_EQ(parse_duration("1.0005s"), milliseconds(1000));
  EXPECT_EQ(parse_duration("soon"), std::nullopt);
  EXPECT_EQ(parse_duration("5"), std::nullopt);
  EXPECT_EQ(parse_duration("99999999999999999999h"), milliseconds(7LL * 24 * 3600 * 1000));
  EXPECT_EQ(parse_decimal("3.5", milliseconds(1000)), milliseconds(3500));
  EXPECT_EQ(parse_decimal("", milliseconds(1000)), std::nullopt);
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), parse_date("1994-11-06T08:49:37Z"));
  EXPECT_EQ(parse_date("1994-13-06T08:49:37Z"), std::nullopt);
}

TEST(RetryAfter, the_most_exact_source_wins) {
  const auto wait = [](wire::Headers headers, std::string message = "") {
    ErrorBody body;
    body.message = std::move(message);
    return read_retry_after(headers, body);
  };
  EXPECT_EQ(wait({{"retry-after", "4"}, {"retry-after-ms", "3812"}}), milliseconds(3812));
  EXPECT_EQ(wait({{"Retry-After", "4"}}, "Please try again in 9s."), milliseconds(4000));
  EXPECT_EQ(wait({}, "Rate limit. Please try again in 1.2s. Visit"), milliseconds(1200));
  EXPECT_EQ(wait({}, "Please retry after 41 seconds."), milliseconds(41'000));
  EXPECT_EQ(wait({{"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                  {"retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"}}),
            milliseconds(3000));
  EXPECT_EQ(wait({{"x-ratelimit-remaining-requests", "0"},
                  {"x-ratelimit-reset-requests", "120ms"},
                  {"x-ratelimit-remaining-tokens", "5"},
                  {"x-ratelimit-reset-tokens", "56s"}}),
            milliseconds(120));
  EXPECT_EQ(wait({{"date", "Thu, 01 Jan 2026 00:00:00 GMT"},
                  {"anthropic-ratelimit-tokens-remaining", "0"},
                  {"anthropic-ratelimit-tokens-reset", "2026-01-01T00:00:30Z"}}),
            milliseconds(30'000));
  EXPECT_EQ(wait({{"retry-after", "later"}}), std::nullopt);
}

struct Case {
  int status;
  std::string body;
  ErrorClass want;
  std::string message;
};

TEST(Errors, every_shape_is_read_and_classified) {
  const std::vector<Case> cases = {
      {429,
       R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})",
       ErrorClass::quota, "You exceeded your current quota"},
      {429, R"({"error":{"code":"429","message":"slow down"}})", ErrorClass::rate_limited,
       "slow down"},
      {402, R"({"error":{"message":"Insufficient credits","code":402}})", ErrorClass::quota,
       "Insufficient credits"},
      {400, R"({"error":{"message":"m","code":"context_length_exceeded"}})",
       ErrorClass::context_length, "m"},
      {400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}})",
       ErrorClass::context_length, "prompt is too long: 9 > 8"},
      {400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}})",
       ErrorClass::quota, "Your credit balance is too low"},
      {400, R"({"error":{"message":"m","code":"content_filter","innererror":{"code":"X"}}})",
       ErrorClass::content, "m"},
      {400, R"({"error":{"message":"m","code":"content_policy_violation"}})", ErrorClass::content,
       "m"},
      {400,
       R"([{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}])",
       ErrorClass::credential, "API key not valid."},
      {403, R"({"error":{"message":"Country not supported"}})", ErrorClass::credential,
       "Country not supported"},
      {422, R"({"object":"error","message":{"detail":[{"msg":"field required"}]}})",
       ErrorClass::request, "field required"},
      {422, R"({"detail":[{"msg":"bad","loc":["body"]}]})", ErrorClass::request, "bad"},
      {401, R"({"detail":"Unauthorized"})", ErrorClass::credential, "Unauthorized"},
      {404, R"({"error":"model 'x' not found"})", ErrorClass::request, "model 'x' not found"},
      {429, R"({"message":"too many"})", ErrorClass::rate_limited, "too many"},
      {503, "<html><h1>503</h1></html>", ErrorClass::retryable,
       "The provider answered 503 without a message that could be read."},
      {408, "", ErrorClass::retryable,
       "The provider answered 408 without a message that could be read."},
      {529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
       ErrorClass::retryable, "Overloaded"},
      // Inside a 200 stream only the words tell.
      {200, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
       ErrorClass::retryable, "Overloaded"},
      {200, R"({"error":{"message":"m","type":"rate_limit_error"}})", ErrorClass::rate_limited,
       "m"},
      {200, R"({"error":{"message":"m","type":"server_error","code":null}})", ErrorClass::retryable,
       "m"},
      {200, R"({"error":{"message":"m","type":"invalid_request_error"}})", ErrorClass::request,
       "m"}};
  for (const Case& c : cases) {
    const ProviderError got = make_provider_error(c.status, {}, read_error_body(c.body));
    EXPECT_EQ(to_string(got.error_class), to_string(c.want)) << c.status << " " << c.body;
    EXPECT_EQ(got.message, c.message) << c.body;
    EXPECT_EQ(got.status, c.status);
  }
}

TEST(Errors, a_providers_text_is_scrubbed_and_bounded) {
  const ProviderError got = make_provider_error(
      401, {},
      read_error_body(
          R"({"error":{"message":"Incorrect API key provided: sk-abcd********wxyz"}})"));
  EXPECT_EQ(got.message, "Incorrect API key provided: [redacted]");
  const std::string long_body = R"({"error":{"message":")" + std::string(9000, 'y') + R"("}})";
  EXPECT_EQ(make_provider_error(500, {}, read_error_body(long_body)).message.size(), 512u);
}

TEST(Surrogates, halves_meet_across_events_and_nothing_else_changes) {
  std::string pending;
  EXPECT_EQ(mend_surrogates(R"({"a":"x\ud83d"})", pending), R"({"a":"x"})");
  EXPECT_EQ(mend_surrogates(R"({"a":"\ude00y"})", pending), R"({"a":"\ud83d\ude00y"})");
  EXPECT_EQ(pending, "");
  const std::string whole = R"({"a":"\ud83d\ude00 \\ud83d \"\u0041\n"})";
  EXPECT_EQ(mend_surrogates(whole, pending), whole);
  EXPECT_EQ(mend_surrogates(R"("\ude00 \ud83dx")", pending), R"("\ufffd \ufffdx")");
  EXPECT_EQ(mend_surrogates("\"\\", pending), "\"\\");
}

}  // namespace

}  // namespace maester::gateway::providers
