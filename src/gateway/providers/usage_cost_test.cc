// The worked cases of COST_RULES.md from the provider's own usage object to the sum: the reader's
// buckets and the meter's prices together.
#include <gtest/gtest.h>

#include "codec/json.h"
#include "gateway/providers/anthropic/adapter.h"
#include "gateway/providers/cohere/adapter.h"
#include "gateway/providers/gemini/adapter.h"
#include "gateway/providers/openai/adapter.h"
#include "meter/cost.h"
#include "meter/price_book.h"

namespace maester::gateway {
namespace {

class WorkedUsage : public ::testing::Test {
 protected:
  std::string total(std::string_view provider, std::string_view model, const meter::Usage& usage,
                    const meter::CostOptions& options = {}) {
    const auto match = book_.find(provider, model);
    if (!match) return "no entry";
    const auto cost = meter::price_usage(*match->price, usage, options);
    return cost.total ? cost.total->to_string() : "unpriced";
  }
  static meter::Usage openai(std::string_view usage) {
    const auto doc = json::Document::parse(usage);
    return doc ? openai::read_usage(doc->root()).value_or(meter::Usage{}) : meter::Usage{};
  }
  static meter::Usage anthropic(std::string_view usage) {
    const auto doc = json::Document::parse(usage);
    if (!doc) return {};
    anthropic::UsageReader reader;
    reader.read(doc->root());
    return reader.usage().value_or(meter::Usage{});
  }
  static meter::Usage gemini(std::string_view usage) {
    const auto doc = json::Document::parse(usage);
    return doc ? gemini::read_usage(doc->root(), false).value_or(meter::Usage{}) : meter::Usage{};
  }

 private:
  meter::PriceBook book_ = meter::PriceBook::builtin();
};

TEST_F(WorkedUsage, Cost03CachedInput) {
  const auto usage = openai(
      R"({"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,
          "prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":0}})");
  EXPECT_EQ(total("openai", "gpt-4.1", usage), "0.003532");
}

TEST_F(WorkedUsage, Cost05Flex) {
  const auto usage = openai(
      R"({"prompt_tokens":75001,"completion_tokens":9003,"total_tokens":84004,
          "prompt_tokens_details":{"cached_tokens":65536}})");
  EXPECT_EQ(total("openai", "o4-mini", usage, {.service_tier = meter::ServiceTier::flex}),
            "0.03402355");
}

TEST_F(WorkedUsage, Cost11ResponsesAboveTheThreshold) {
  const auto usage = openai(
      R"({"input_tokens":272001,"input_tokens_details":{"cached_tokens":100000},"output_tokens":1000,
          "output_tokens_details":{"reasoning_tokens":640},"total_tokens":273001})");
  EXPECT_EQ(total("openai", "gpt-5.6", usage), "1.86501");
}

TEST_F(WorkedUsage, Cost14AudioInAndOut) {
  const auto usage = openai(
      R"({"prompt_tokens":125,"completion_tokens":302,"total_tokens":427,
          "prompt_tokens_details":{"cached_tokens":0,"audio_tokens":88},
          "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":241}})");
  EXPECT_EQ(total("openai", "gpt-4o-audio-preview", usage), "0.0235025");
}

TEST_F(WorkedUsage, Cost20AnthropicCacheReadAndWrite) {
  const auto usage = anthropic(
      R"({"input_tokens":21,"cache_creation_input_tokens":1888,"cache_read_input_tokens":100345,
          "output_tokens":393})");
  EXPECT_EQ(total("anthropic", "claude-sonnet-4-5", usage), "0.0431415");
}

TEST_F(WorkedUsage, Cost22AnthropicBothLifetimesAboveTheThreshold) {
  const auto usage = anthropic(
      R"({"input_tokens":10,"cache_creation_input_tokens":50000,"cache_read_input_tokens":150000,
          "cache_creation":{"ephemeral_5m_input_tokens":20000,"ephemeral_1h_input_tokens":30000},
          "output_tokens":4096})");
  EXPECT_EQ(total("anthropic", "claude-sonnet-4-5", usage), "0.69222");
}

TEST_F(WorkedUsage, Cost34DeepseekHitAndMiss) {
  const auto usage = openai(
      R"({"prompt_tokens":339,"completion_tokens":92,"total_tokens":431,
          "prompt_cache_hit_tokens":320,"prompt_cache_miss_tokens":19,
          "completion_tokens_details":{"reasoning_tokens":39}})");
  EXPECT_EQ(total("deepseek", "deepseek-reasoner", usage), "0.00005292");
}

TEST_F(WorkedUsage, Cost29GeminisThoughtsStandBesideItsCandidates) {
  const auto usage = gemini(
      R"({"promptTokenCount":9,"candidatesTokenCount":23,"thoughtsTokenCount":185,
          "totalTokenCount":217})");
  EXPECT_EQ(total("gemini", "gemini-2.5-flash", usage), "0.0005227");
}

TEST_F(WorkedUsage, Cost31GeminisAudioPromptWithCachedText) {
  const auto usage = gemini(
      R"({"promptTokenCount":1000,"cachedContentTokenCount":200,"candidatesTokenCount":40,
          "thoughtsTokenCount":0,"totalTokenCount":1040,"promptTokensDetails":[
          {"modality":"TEXT","tokenCount":400},{"modality":"AUDIO","tokenCount":600}],
          "cacheTokensDetails":[{"modality":"TEXT","tokenCount":200}]})");
  EXPECT_EQ(total("gemini", "gemini-3-flash-preview", usage), "0.00083");
}

TEST_F(WorkedUsage, Cost38CohereBillsUnits) {
  const auto doc = json::Document::parse(
      R"({"billed_units":{"input_tokens":12,"output_tokens":7},
          "tokens":{"input_tokens":507,"output_tokens":10}})");
  ASSERT_TRUE(doc);
  EXPECT_EQ(total("cohere", "command-r-08-2024", *cohere::read_usage(doc->root())), "0.000006");
}

TEST_F(WorkedUsage, CachedAudioIsTakenOutOfBothItsTotals) {
  const auto usage = openai(
      R"({"input_tokens":1000,"output_tokens":10,"total_tokens":1010,"input_token_details":
          {"text_tokens":300,"audio_tokens":700,"cached_tokens":500,
           "cached_tokens_details":{"text_tokens":100,"audio_tokens":400}}})");
  EXPECT_EQ(usage, (meter::Usage{.input = 200,
                                 .cached_input = 100,
                                 .cached_audio_input = 400,
                                 .audio_input = 300,
                                 .output = 10}));
  // 200 x 4e-6 + 100 x 4e-7 + 400 x 4e-7 + 300 x 32e-6 + 10 x 24e-6
  EXPECT_EQ(total("openai", "gpt-realtime-2.1", usage), "0.01084");
}

TEST_F(WorkedUsage, AnthropicSearchesAreChargedEach) {
  const auto usage = anthropic(
      R"({"input_tokens":100,"output_tokens":10,"server_tool_use":{"web_search_requests":3}})");
  EXPECT_EQ(usage.searches, 3);
  EXPECT_EQ(total("anthropic", "claude-sonnet-4-5", usage), "0.03045");
}

}  // namespace
}  // namespace maester::gateway
