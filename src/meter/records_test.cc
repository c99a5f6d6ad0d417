#include "meter/records.h"

#include <gtest/gtest.h>

namespace maester::meter {
namespace {

Dimensions some_dimensions() {
  return {.tenant = "default",
          .key_id = "k1",
          .user = "Zoë \"the\" user",
          .route = "support",
          .model = "gpt-4.1",
          .provider = "openai",
          .upstream_model = "gpt-4.1-2025-04-14",
          .prompt_name = "system_summary",
          .prompt_version = "v2",
          .scope = "demo"};
}

std::vector<BudgetCharge> some_charges() {
  return {{.budget = "b1", .subject = "3:ann", .window = WallTime{std::chrono::hours{500'000}}},
          {.budget = "b2", .subject = "", .window = {}}};
}

Settlement some_settlement() {
  Settlement out{.request_id = "019a0000-0000-7000-8000-000000000001",
                 .attempt = 2,
                 .at = WallTime{nanoseconds{1'790'000'000'123'456'789}},
                 .outcome = Outcome::interrupted,
                 .downgraded = true,
                 .dimensions = some_dimensions(),
                 .usage = {},
                 .cost = FemtoUsd::from_units(int128{1} << 100),
                 .estimated_cost = FemtoUsd::from_units(-5),
                 .budgets = some_charges(),
                 .charged = FemtoUsd::from_units(11),
                 .price_version = "p1",
                 .status = 200,
                 .error_class = "client_gone",
                 .duration_ms = 1234,
                 .trace_id = "0af7651916cd43dd8448eb211c80319c",
                 .cost_options = {.service_tier = ServiceTier::flex,
                                  .batch = true,
                                  .region = Region::us,
                                  .search_context = SearchContext::high},
                 .components = FemtoUsd::from_units(17),
                 .receipt = R"({"request_id":"x","nested":{"a":[1,2]}})"};
  std::int64_t n = 1;
  for (const UsageBucket& bucket : kUsageBuckets) out.usage.*bucket.count = n++;
  out.usage.provenance = Provenance::counted;
  return out;
}

TEST(Records, ARecordOfTheFirstVersionOpens) {
  const auto old = decode_settlement(
      R"({"request_id":"r","attempt":1,"at":5,"outcome":"settled","dispatched":true,"final":true,)"
      R"("downgraded":false,"tenant":"t","usage":{"input":3,"searches":2,"provenance":"provider"},)"
      R"("cost":"7","status":200,"duration_ms":1})");
  ASSERT_TRUE(old) << old.error().detail;
  EXPECT_EQ(old->usage, (Usage{.input = 3, .searches = 2}));
  EXPECT_EQ(old->cost_options, CostOptions());
  EXPECT_TRUE(old->components.is_zero());
}

TEST(Records, EveryFieldComesBack) {
  const Settlement settlement = some_settlement();
  EXPECT_EQ(*decode_settlement(encode(settlement)), settlement);
  const Intent intent{.request_id = "r",
                      .attempt = 3,
                      .at = WallTime{nanoseconds{5}},
                      .dimensions = some_dimensions(),
                      .reserved = FemtoUsd::from_units(7),
                      .price_version = "p",
                      .deadline_ms = 60'000,
                      .budgets = some_charges()};
  EXPECT_EQ(*decode_intent(encode(intent)), intent);
  const Capture capture{.request_id = "r", .tenant = "t", .sealed = std::string("\0\xff\n", 3)};
  EXPECT_EQ(*decode_capture(encode(capture)), capture);
  const Feedback feedback{.id = "f",
                          .request_id = "r",
                          .tenant = "t",
                          .at = WallTime{nanoseconds{9}},
                          .name = "thumbs",
                          .value = "true",
                          .comment = "good"};
  EXPECT_EQ(*decode_feedback(encode(feedback)), feedback);
}

TEST(Records, AMissingPriceIsNotAPriceOfZero) {
  Settlement settlement = some_settlement();
  settlement.cost = std::nullopt;
  EXPECT_EQ(decode_settlement(encode(settlement))->cost, std::nullopt);
  settlement.cost = FemtoUsd();
  EXPECT_EQ(decode_settlement(encode(settlement))->cost, FemtoUsd());
}

TEST(Records, MembersOfLaterVersionsAreIgnored) {
  std::string text = encode(some_settlement());
  text.insert(1, R"("from_the_future":{"tenant":"other"},)");
  EXPECT_EQ(*decode_settlement(text), some_settlement());
}

TEST(Records, WhatIsNoRecordIsCorrupt) {
  for (
      const char* bad :
      {"", "{}", "[]", "{\"request_id\":\"r\"", R"({"request_id":"r","tenant":"t"})",
       R"({"request_id":"r","tenant":"t","outcome":"lost","usage":{"provenance":"provider"}})",
       R"({"request_id":"r","tenant":"t","outcome":"settled","usage":{"provenance":"guessed"}})",
       R"({"request_id":"r","tenant":"t","outcome":"settled","usage":{"provenance":"provider","input":-1}})",
       R"({"request_id":"r","tenant":"t","outcome":"settled","usage":{"provenance":"provider"},"cost":1})",
       R"({"request_id":"r","tenant":"t","outcome":"settled","usage":{"provenance":"provider"},"cost":"1.5"})"}) {
    const auto decoded = decode_settlement(bad);
    ASSERT_FALSE(decoded) << bad;
  }
  EXPECT_FALSE(decode_capture(R"({"request_id":"r","tenant":"t","sealed":"%"})"));
}

}  // namespace
}  // namespace maester::meter
