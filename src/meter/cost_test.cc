#include "meter/cost.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "meter/price_book.h"

namespace maester::meter {
namespace {

using Lines = std::vector<std::string>;

// "input: 86 x 0.000002 (input_cost_per_token) = 0.000172", as COST_RULES.md writes a line.
Lines lines(const CostBreakdown& cost) {
  Lines out;
  for (const CostPart& part : cost.parts()) {
    out.push_back(std::string(to_string(part.bucket)) + ": " + std::to_string(part.quantity) +
                  " x " + part.unit_price.value().to_string() + " (" + part.price_field() +
                  ") = " + part.amount.value().to_string());
  }
  return out;
}

class WorkedCase : public testing::Test {
 protected:
  const ModelPrice& price(std::string_view provider, std::string_view model) {
    const auto match = book_.find(provider, model);
    EXPECT_TRUE(match) << model;
    return match ? *match->price : none_;
  }
  static void expect(const CostBreakdown& cost, const Lines& want, std::string_view total) {
    EXPECT_EQ(lines(cost), want);
    ASSERT_TRUE(cost.total);
    EXPECT_EQ(cost.total->to_string(), total);
    EXPECT_EQ(*cost.total, *cost.input_cost + *cost.output_cost + *cost.other_cost);
  }

 private:
  PriceBook book_ = PriceBook::builtin();
  ModelPrice none_;
};

TEST_F(WorkedCase, Cost03CachedInputIsPartOfOpenAiPrompt) {
  expect(
      price_usage(price("openai", "gpt-4.1"), {.input = 86, .cached_input = 1920, .output = 300}),
      {"input: 86 x 0.000002 (input_cost_per_token) = 0.000172",
       "cache_read: 1920 x 0.0000005 (cache_read_input_token_cost) = 0.00096",
       "output: 300 x 0.000008 (output_cost_per_token) = 0.0024"},
      "0.003532");
}

TEST_F(WorkedCase, Cost05FlexTierWithCached) {
  expect(price_usage(price("openai", "o4-mini"),
                     {.input = 9465, .cached_input = 65536, .output = 9003},
                     {.service_tier = ServiceTier::flex}),
         {"input: 9465 x 0.00000055 (input_cost_per_token_flex) = 0.00520575",
          "cache_read: 65536 x 0.0000001375 (cache_read_input_token_cost_flex) = 0.0090112",
          "output: 9003 x 0.0000022 (output_cost_per_token_flex) = 0.0198066"},
         "0.03402355");
}

TEST_F(WorkedCase, Cost11OneTokenAboveTheThresholdMovesTheWholeRequest) {
  Usage usage{.input = 172001, .cached_input = 100000, .output = 360, .reasoning = 640};
  const ModelPrice& model = price("openai", "gpt-5.6");
  expect(price_usage(model, usage),
         {"input: 172001 x 0.00001 (input_cost_per_token_above_272k_tokens) = 1.72001",
          "cache_read: 100000 x 0.000001 (cache_read_input_token_cost_above_272k_tokens) = 0.1",
          "output: 360 x 0.000045 (output_cost_per_token_above_272k_tokens) = 0.0162",
          "reasoning: 640 x 0.000045 (output_cost_per_token_above_272k_tokens) = 0.0288"},
         "1.86501");
  usage.input -= 1;  // exactly 272,000: strictly greater is asked for
  EXPECT_EQ(price_usage(model, usage).parts()[0].price_field(), "input_cost_per_token");
}

TEST_F(WorkedCase, Cost14AudioInAndOut) {
  expect(price_usage(price("openai", "gpt-4o-audio-preview"),
                     {.input = 37, .audio_input = 88, .output = 61, .audio_output = 241}),
         {"input: 37 x 0.0000025 (input_cost_per_token) = 0.0000925",
          "audio_in: 88 x 0.00004 (input_cost_per_audio_token) = 0.00352",
          "output: 61 x 0.00001 (output_cost_per_token) = 0.00061",
          "audio_out: 241 x 0.00008 (output_cost_per_audio_token) = 0.01928"},
         "0.0235025");
}

TEST_F(WorkedCase, Cost20AnthropicCacheReadAndWrite) {
  expect(price_usage(price("anthropic", "claude-sonnet-4-5"),
                     {.input = 21, .cached_input = 100345, .cache_write_5m = 1888, .output = 393}),
         {"input: 21 x 0.000003 (input_cost_per_token) = 0.000063",
          "cache_read: 100345 x 0.0000003 (cache_read_input_token_cost) = 0.0301035",
          "cache_write_5m: 1888 x 0.00000375 (cache_creation_input_token_cost) = 0.00708",
          "output: 393 x 0.000015 (output_cost_per_token) = 0.005895"},
         "0.0431415");
}

TEST_F(WorkedCase, Cost22AnthropicThresholdCountsCachedTokens) {
  expect(price_usage(price("anthropic", "claude-sonnet-4-5"), {.input = 10,
                                                               .cached_input = 150000,
                                                               .cache_write_5m = 20000,
                                                               .cache_write_1h = 30000,
                                                               .output = 4096}),
         {"input: 10 x 0.000006 (input_cost_per_token_above_200k_tokens) = 0.00006",
          "cache_read: 150000 x 0.0000006 (cache_read_input_token_cost_above_200k_tokens) = 0.09",
          "cache_write_5m: 20000 x 0.0000075 "
          "(cache_creation_input_token_cost_above_200k_tokens) = 0.15",
          "cache_write_1h: 30000 x 0.000012 "
          "(cache_creation_input_token_cost_above_1hr_above_200k_tokens) = 0.36",
          "output: 4096 x 0.0000225 (output_cost_per_token_above_200k_tokens) = 0.09216"},
         "0.69222");
}

TEST_F(WorkedCase, Cost29GeminiThoughtsAreChargedAsReasoning) {
  expect(price_usage(price("gemini", "gemini-2.5-flash"),
                     {.input = 9, .output = 23, .reasoning = 185}),
         {"input: 9 x 0.0000003 (input_cost_per_token) = 0.0000027",
          "output: 23 x 0.0000025 (output_cost_per_token) = 0.0000575",
          "reasoning: 185 x 0.0000025 (output_cost_per_reasoning_token) = 0.0004625"},
         "0.0005227");
}

TEST_F(WorkedCase, Cost31GeminiAudioPromptPartlyCachedText) {
  expect(price_usage(price("gemini", "gemini-3-flash-preview"),
                     {.input = 200, .cached_input = 200, .audio_input = 600, .output = 40}),
         {"input: 200 x 0.0000005 (input_cost_per_token) = 0.0001",
          "cache_read: 200 x 0.00000005 (cache_read_input_token_cost) = 0.00001",
          "audio_in: 600 x 0.000001 (input_cost_per_audio_token) = 0.0006",
          "output: 40 x 0.000003 (output_cost_per_token) = 0.00012"},
         "0.00083");
}

TEST_F(WorkedCase, Cost34DeepseekCacheHitAndReasoning) {
  expect(price_usage(price("deepseek", "deepseek-reasoner"),
                     {.input = 19, .cached_input = 320, .output = 53, .reasoning = 39}),
         {"input: 19 x 0.00000028 (input_cost_per_token) = 0.00000532",
          "cache_read: 320 x 0.000000028 (cache_read_input_token_cost) = 0.00000896",
          "output: 53 x 0.00000042 (output_cost_per_token) = 0.00002226",
          "reasoning: 39 x 0.00000042 (output_cost_per_token) = 0.00001638"},
         "0.00005292");
}

TEST_F(WorkedCase, Cost38CohereBilledUnits) {
  expect(price_usage(price("cohere", "command-r-08-2024"), {.input = 12, .output = 7}),
         {"input: 12 x 0.00000015 (input_cost_per_token) = 0.0000018",
          "output: 7 x 0.0000006 (output_cost_per_token) = 0.0000042"},
         "0.000006");
}

// ---- the conventions, on small models of their own

FemtoUsd usd(std::string_view text) {
  return FemtoUsd::parse(text).value();
}

ModelPrice model(std::initializer_list<std::pair<PriceField, std::string_view>> base) {
  ModelPrice out;
  for (const auto& [field, text] : base) EXPECT_TRUE(out.set(field, {}, usd(text)));
  return out;
}

std::string total(const ModelPrice& price, const Usage& usage, const CostOptions& options = {}) {
  const auto cost = price_usage(price, usage, options);
  return cost.total ? cost.total->to_string() : "unpriced";
}

using enum PriceField;

TEST(CostRules, LookUpGoesAboveWithTierThenAboveThenTierThenBase) {
  ModelPrice m = model({{input, "1"}});
  constexpr PriceCondition kTier{.tier = ServiceTier::priority};
  constexpr PriceCondition kAbove{.above = 1000};
  constexpr PriceCondition kBoth{.above = 1000, .tier = ServiceTier::priority};
  const CostOptions priority{.service_tier = ServiceTier::priority};
  EXPECT_EQ(total(m, {.input = 1001}, priority), "1001");
  ASSERT_TRUE(m.set(input, kTier, usd("2")));
  EXPECT_EQ(total(m, {.input = 1001}, priority), "2002");
  ASSERT_TRUE(m.set(input, kAbove, usd("3")));
  EXPECT_EQ(total(m, {.input = 1001}, priority), "3003");
  ASSERT_TRUE(m.set(input, kBoth, usd("4")));
  EXPECT_EQ(total(m, {.input = 1001}, priority), "4004");
  EXPECT_EQ(total(m, {.input = 1000}, priority), "2000");
  EXPECT_EQ(total(m, {.input = 1001}, {.service_tier = ServiceTier::flex}), "3003");
}

TEST(CostRules, TheHighestThresholdPassedWins) {
  ModelPrice m = model({{input, "1"}});
  ASSERT_TRUE(m.set(input, {.above = 1000}, usd("2")));
  ASSERT_TRUE(m.set(input, {.above = 5000}, usd("3")));
  EXPECT_EQ(total(m, {.input = 5000}), "10000");
  EXPECT_EQ(total(m, {.input = 5001}), "15003");
}

TEST(CostRules, ABucketWithoutAnAbovePriceKeepsItsNormalPrice) {
  ModelPrice m = model({{input, "1"}, {output, "10"}, {PriceField::reasoning, "7"}});
  ASSERT_TRUE(m.set(input, {.above = 1000}, usd("2")));
  EXPECT_EQ(total(m, {.input = 2000, .output = 1, .reasoning = 1}), "4017");
}

TEST(CostRules, BatchTakesTheBatchPriceElseTheBase) {
  ModelPrice m = model({{input, "2"}, {cache_read, "1"}, {output, "8"}});
  ASSERT_TRUE(m.set(input, {.tier = ServiceTier::batch}, usd("0.5")));
  ASSERT_TRUE(m.set(input, {.above = 1000}, usd("100")));
  ASSERT_TRUE(m.set(output, {.above = 1000}, usd("100")));
  const CostOptions batch{.batch = true};
  EXPECT_EQ(total(m, {.input = 2000, .cached_input = 2, .output = 1}, batch), "1010");
  EXPECT_EQ(total(m, {.input = 10}), "20");
}

TEST(CostRules, MissingPricesFallBackAsTheTableSays) {
  ModelPrice m = model({{input, "2"}, {output, "8"}});
  EXPECT_EQ(total(m, {.cached_input = 1}), "2");
  EXPECT_EQ(total(m, {.cache_write_5m = 1, .cache_write_1h = 1}), "4");
  EXPECT_EQ(total(m, {.audio_input = 1, .image_input = 1}), "4");
  EXPECT_EQ(total(m, {.reasoning = 1, .audio_output = 1, .image_output = 1}), "24");
  ASSERT_TRUE(m.set(cache_hit, {}, usd("0.5")));
  ASSERT_TRUE(m.set(cache_write_5m, {}, usd("3")));
  EXPECT_EQ(total(m, {.cached_input = 1}), "0.5");
  EXPECT_EQ(total(m, {.cache_write_5m = 1, .cache_write_1h = 1}), "6");
  ASSERT_TRUE(m.set(cache_read, {}, usd("0.25")));
  ASSERT_TRUE(m.set(cache_write_1h, {}, usd("4")));
  EXPECT_EQ(total(m, {.cached_input = 1}), "0.25");
  EXPECT_EQ(total(m, {.cache_write_5m = 1, .cache_write_1h = 1}), "7");
}

TEST(CostRules, ARangeHoldsForTheWholeRequestUpToItsEnd) {
  ModelPrice m;
  for (const auto& [end, price] : {std::pair{32'000, "1"}, {128'000, "2"}, {256'000, "3"}}) {
    ASSERT_TRUE(m.set(input, {.up_to = end}, usd(price)));
    ASSERT_TRUE(m.set(output, {.up_to = end}, usd(price)));
  }
  EXPECT_EQ(total(m, {.output = 5}), "5");  // a prompt of nothing is in the first
  EXPECT_EQ(total(m, {.input = 32'000}), "32000");
  EXPECT_EQ(total(m, {.input = 32'001}), "64002");
  EXPECT_EQ(total(m, {.input = 1, .cached_input = 128'000, .output = 1}), "384006");
  EXPECT_EQ(total(m, {.input = 300'000}), "900000");  // beyond the last end its price goes on
  EXPECT_EQ(price_usage(m, {.input = 5}).parts()[0].price_field(),
            "tiered_pricing[up to 32000].input_cost_per_token");
}

TEST(CostRules, SearchesAreChargedEachByContextSize) {
  ModelPrice m = model({{input, "0"}});
  ASSERT_TRUE(m.set_search(SearchContext::low, usd("0.03")));
  ASSERT_TRUE(m.set_search(SearchContext::medium, usd("0.035")));
  ASSERT_TRUE(m.set_search(SearchContext::high, usd("0.05")));
  EXPECT_EQ(total(m, {.searches = 3}), "0.105");
  EXPECT_EQ(total(m, {.searches = 3}, {.search_context = SearchContext::high}), "0.15");
  EXPECT_EQ(price_usage(m, {.searches = 1}).parts()[0].price_field(),
            "search_context_cost_per_query.search_context_size_medium");
}

TEST(CostRules, TheRegionMultipliesTheSumAndIsALineOfItsOwn) {
  ModelPrice m = model({{input, "0.000001"}, {output, "0.000004"}});
  ASSERT_TRUE(m.set_uplift(Region::eu, 1'100'000));
  const auto cost = price_usage(m, {.input = 10, .output = 10}, {.region = Region::eu});
  EXPECT_EQ(cost.total->to_string(), "0.000055");
  EXPECT_EQ(cost.input_cost->to_string(), "0.000011");
  ASSERT_EQ(cost.parts().size(), 3u);
  EXPECT_EQ(cost.parts()[2].price_field(), "regional_processing_uplift_multiplier_eu");
  FemtoUsd sum;
  for (const auto& part : cost.parts()) sum += part.amount.value();
  EXPECT_EQ(sum, *cost.total);
  EXPECT_EQ(total(m, {.input = 10, .output = 10}, {.region = Region::us}), "0.00005");
}

TEST(CostRules, AFractionOfTheUpliftIsRoundedHalfToEven) {
  ModelPrice m;
  ASSERT_TRUE(m.set(input, {}, FemtoUsd::from_units(1)));
  ASSERT_TRUE(m.set_uplift(Region::eu, 1'100'000));
  const auto units = [&](TokenCount n) {
    return price_usage(m, {.input = n}, {.region = Region::eu}).total->units();
  };
  EXPECT_EQ(units(4), int128{4});    // 4.4
  EXPECT_EQ(units(5), int128{6});    // 5.5 -> 6
  EXPECT_EQ(units(15), int128{16});  // 16.5 -> 16
  EXPECT_EQ(units(6), int128{7});    // 6.6
}

TEST(CostRules, CachedAudioTakesItsOwnPriceElseThatOfCachedText) {
  ModelPrice m = model({{input, "4"}, {audio_input, "32"}, {output, "16"}});
  EXPECT_EQ(total(m, {.cached_audio_input = 1}), "4");
  ASSERT_TRUE(m.set(cache_read, {}, usd("0.4")));
  EXPECT_EQ(total(m, {.cached_audio_input = 1}), "0.4");
  ASSERT_TRUE(m.set(cached_audio_input, {}, usd("0.5")));
  EXPECT_EQ(total(m, {.cached_audio_input = 1, .audio_input = 1}), "32.5");
  ASSERT_TRUE(m.set(cache_write_5m, {}, usd("5")));
  EXPECT_EQ(total(m, {.cache_write_audio = 1}), "5");
  ASSERT_TRUE(m.set(cache_write_audio, {}, usd("6")));
  EXPECT_EQ(total(m, {.cache_write_audio = 1}), "6");
  // Both count towards the threshold.
  ASSERT_TRUE(m.set(output, {.above = 1000}, usd("100")));
  EXPECT_EQ(price_usage(m, {.cached_audio_input = 600, .cache_write_audio = 401, .output = 1})
                .output_cost->to_string(),
            "100");
}

TEST(CostRules, OtherUnitsAreChargedByThePiece) {
  ModelPrice m = model({{image_in, "0.01"},
                        {image_out, "0.04"},
                        {character_in, "0.000015"},
                        {query, "0.002"},
                        {request, "0.005"},
                        {page, "0.001"},
                        {annotated_page, "0.003"},
                        {code_session, "0.03"},
                        {file_search, "0.0025"},
                        {credit, "0.015"},
                        {citation, "0.000002"}});
  const auto cost = price_usage(m, {.citations = 1000,
                                    .images_in = 2,
                                    .images_out = 3,
                                    .characters_in = 200,
                                    .queries = 4,
                                    .requests = 1,
                                    .pages = 5,
                                    .annotated_pages = 1,
                                    .code_sessions = 1,
                                    .file_searches = 2,
                                    .credits = 3});
  EXPECT_EQ(cost.input_cost->to_string(), "0.023");
  EXPECT_EQ(cost.output_cost->to_string(), "0.12");
  EXPECT_EQ(cost.other_cost->to_string(), "0.103");
  EXPECT_EQ(cost.total->to_string(), "0.246");
  EXPECT_EQ(cost.parts().size(), 11u);
  EXPECT_EQ(cost.parts()[1].price_field(), "output_cost_per_image");
  EXPECT_EQ(total(m, {.characters_out = 1}), "unpriced");
  EXPECT_EQ(total(m, {.duration_ms = 1}), "unpriced");
}

TEST(CostRules, ADurationIsChargedOnceThoughTheTableStatesItTwice) {
  ModelPrice whisper = model({{second_in, "0.0000001"}, {second_out, "0.0000001"}});  // per ms
  EXPECT_EQ(total(whisper, {.duration_ms = 12'340}), "0.001234");
  ModelPrice zero_in = model({{second_in, "0"}, {second_out, "0.0000002"}});
  EXPECT_EQ(total(zero_in, {.duration_ms = 1000}), "0.0002");
  ModelPrice dalle = model({{pixel_in, "0.00000002"}, {pixel_out, "0"}});
  EXPECT_EQ(total(dalle, {.pixels = 1'048'576}), "0.02097152");
}

TEST(CostRules, AnInputPriceOfAnImageStandsInForAnImageModelOnly) {
  ModelPrice m = model({{image_in, "0.02"}});
  m.mode = "chat";
  EXPECT_EQ(total(m, {.images_out = 1}), "unpriced");
  m.mode = "image_edit";
  EXPECT_EQ(total(m, {.images_out = 2}), "0.04");
}

TEST(ReserveBound, HoldsThePriceOfTheRequestItself) {
  ModelPrice m = model({{input, "1"}, {output, "4"}, {request, "0.005"}});
  EXPECT_EQ(reserve_bound(m, 1, 1)->to_string(), "5.005");
}

TEST(CostRules, NoPriceIsNotAPriceOfZero) {
  ModelPrice free = model({{input, "0"}, {output, "0"}});
  EXPECT_EQ(total(free, {.input = 5, .output = 5}), "0");
  ModelPrice no_output = model({{input, "1"}});
  const auto cost = price_usage(no_output, {.input = 5, .output = 5});
  EXPECT_FALSE(cost.total);
  EXPECT_FALSE(cost.output_cost);
  EXPECT_EQ(cost.input_cost->to_string(), "5");
  EXPECT_FALSE(cost.parts()[1].amount);
  EXPECT_EQ(cost.parts()[1].price_field(), "");
  EXPECT_EQ(total(no_output, {.input = 5}), "5");  // an embedding: nothing unpriced was used
  EXPECT_EQ(total(no_output, {.searches = 1}), "unpriced");
}

TEST(CostRules, NegativeAndHugeCountsAreNoCreditAndNoOverflow) {
  constexpr TokenCount kMost = std::numeric_limits<TokenCount>::max();
  ModelPrice m = model({{input, "100"}, {output, "100"}});
  ASSERT_TRUE(m.set_uplift(Region::eu, ModelPrice::kMaxUpliftMillionths));
  EXPECT_EQ(total(m, {.input = -5, .output = 1}), "100");
  Usage all{.input = kMost,
            .cached_input = kMost,
            .cache_write_5m = kMost,
            .cache_write_1h = kMost,
            .audio_input = kMost,
            .image_input = kMost,
            .output = kMost,
            .reasoning = kMost,
            .audio_output = kMost,
            .image_output = kMost};
  EXPECT_EQ(total(m, all), "9223372036854775807000");
  EXPECT_EQ(total(m, all, {.region = Region::eu}), "36893488147419103228000");
  EXPECT_FALSE(m.set(input, {}, usd("100.000000000000001")));
  EXPECT_FALSE(m.set(input, {}, usd("-0.1")));
}

TEST(ReserveBound, TakesTheDearestPriceThatIsNotRuledOut) {
  ModelPrice m =
      model({{input, "1"}, {cache_write_5m, "1.25"}, {cache_write_1h, "2"}, {output, "4"}});
  ASSERT_TRUE(m.set(input, {.above = 1000}, usd("3")));
  ASSERT_TRUE(m.set(output, {.tier = ServiceTier::priority}, usd("9")));
  const auto bound = [&](TokenCount in, TokenCount out, const ReserveOptions& o = {}) {
    return reserve_bound(m, in, out, o)->to_string();
  };
  EXPECT_EQ(bound(10, 10), "110");
  EXPECT_EQ(bound(10, 10, {.service_tier = ServiceTier::standard}), "60");
  EXPECT_EQ(bound(10, 0, {.cache_write_1h = false}), "12.5");
  EXPECT_EQ(bound(10, 0, {.cache_write_5m = false, .cache_write_1h = false}), "10");
  EXPECT_EQ(bound(1000, 0), "2000");
  EXPECT_EQ(bound(1001, 0), "3003");
  EXPECT_FALSE(reserve_bound(m, 1, 1, {.max_searches = 1}));  // a search would be unpriced
  EXPECT_FALSE(reserve_bound(model({{input, "1"}}), 1, 1));
  EXPECT_TRUE(reserve_bound(model({{input, "1"}}), 1, 0));
}

TEST(ReserveBound, LeavesOutRangesThatThePromptCannotReach) {
  ModelPrice m;
  for (const auto& [end, price] : {std::pair{1000, "1"}, {2000, "2"}, {3000, "3"}}) {
    ASSERT_TRUE(m.set(input, {.up_to = end}, usd(price)));
    ASSERT_TRUE(m.set(output, {.up_to = end}, usd(price)));
  }
  EXPECT_EQ(reserve_bound(m, 1000, 1)->to_string(), "1001");
  EXPECT_EQ(reserve_bound(m, 1001, 1)->to_string(), "2004");
  EXPECT_EQ(reserve_bound(m, 0, 1)->to_string(), "1");
}

}  // namespace
}  // namespace maester::meter
