// The meter against an independent computation: prices in a plain table looked up by the letter of
// COST_RULES.md, products and sums in schoolbook decimal limbs instead of 128-bit integers.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "meter/cost.h"

namespace maester::meter {
namespace {

// A natural number in limbs of 10^9, least first.
struct Big {
  static constexpr std::uint64_t kBase = 1'000'000'000;
  std::array<std::uint64_t, 5> limbs{};

  static Big of(std::uint64_t value) {
    Big out;
    for (auto& limb : out.limbs) limb = value % kBase, value /= kBase;
    return out;
  }
  void add_product(const Big& a, const Big& b) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (a.limbs[i] == 0) continue;
      std::uint64_t carry = 0;
      for (std::size_t j = 0; i + j < limbs.size(); ++j) {
        const std::uint64_t sum = limbs[i + j] + a.limbs[i] * b.limbs[j] + carry;
        limbs[i + j] = sum % kBase;
        carry = sum / kBase;
      }
    }
  }
  bool equals(int128 value) const {
    for (const auto limb : limbs) {
      if (static_cast<std::uint64_t>(value % kBase) != limb) return false;
      value /= kBase;
    }
    return value == 0;
  }
};

constexpr std::array<std::int64_t, 3> kAbove = {0, 128'000, 200'000};
constexpr std::int64_t kNone = -1;

struct Reference {
  std::int64_t price[kPriceFields][kAbove.size()][4];

  std::int64_t resolve(PriceField field, std::int64_t prompt, ServiceTier tier) const {
    const auto& row = price[static_cast<std::size_t>(field)];
    const auto t = static_cast<std::size_t>(tier);
    if (tier == ServiceTier::batch) return row[0][3] != kNone ? row[0][3] : row[0][0];
    for (std::size_t a = kAbove.size(); a-- > 0;) {
      if (prompt <= kAbove[a] && a > 0) continue;
      if (row[a][t] != kNone) return row[a][t];
      if (row[a][0] != kNone) return row[a][0];
    }
    return kNone;
  }
};

struct Case {
  ModelPrice model;
  Reference reference;
};

// A model with random prices under random conditions; input and output always have a base price.
Case random_model(Random& random) {
  Case out;
  for (std::size_t f = 0; f < kPriceFields; ++f) {
    const auto field = static_cast<PriceField>(f);
    const bool needed = field == PriceField::input || field == PriceField::output;
    for (std::size_t a = 0; a < kAbove.size(); ++a) {
      for (std::size_t t = 0; t < 4; ++t) {
        auto& slot = out.reference.price[f][a][t];
        slot = kNone;
        if (!(needed && a == 0 && t == 0) && random.below(3) != 0) continue;
        slot = static_cast<std::int64_t>(random.next_u64() >> (8 + random.below(54)));
        slot = std::min(slot, ModelPrice::kMaxUnitPrice);
        EXPECT_TRUE(out.model.set(field, {.above = kAbove[a], .tier = static_cast<ServiceTier>(t)},
                                  FemtoUsd::from_units(slot)));
      }
    }
  }
  return out;
}

constexpr std::array<TokenCount Usage::*, 10> kCounts = {
    &Usage::input,        &Usage::cached_input, &Usage::cache_write_5m, &Usage::cache_write_1h,
    &Usage::audio_input,  &Usage::image_input,  &Usage::output,         &Usage::reasoning,
    &Usage::audio_output, &Usage::image_output};

Usage random_usage(Random& random) {
  Usage usage;
  // One draw seeds the rest (splitmix64's finaliser), because a draw from the seam is a virtual
  // call.
  const std::uint64_t bits = random.next_u64();
  for (std::size_t i = 0; i < kCounts.size(); ++i) {
    if ((bits >> i & 1) != 0) continue;
    std::uint64_t mixed = bits + (i + 1) * 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    usage.*kCounts[i] = static_cast<TokenCount>((mixed ^ mixed >> 31) >> (34 + (bits >> 12 & 15)));
  }
  return usage;
}

std::int64_t expected_price(const Reference& r, std::size_t bucket, std::int64_t prompt,
                            ServiceTier tier) {
  using enum PriceField;
  static constexpr std::array<std::array<PriceField, 3>, 10> kChains = {{
      {input, input, input},
      {cache_read, cache_hit, input},
      {cache_write_5m, input, input},
      {cache_write_1h, cache_write_5m, input},
      {audio_input, input, input},
      {image_input, input, input},
      {output, output, output},
      {reasoning, output, output},
      {audio_output, output, output},
      {image_output, output, output},
  }};
  for (const PriceField field : kChains[bucket]) {
    const std::int64_t price = r.resolve(field, prompt, tier);
    if (price != kNone) return price;
  }
  return kNone;
}

TEST(CostProperty, AMillionRandomBillsEqualTheBigIntegerComputation) {
  SeededRandom random(20261120);
  Case one;
  for (int i = 0; i < 1'000'000; ++i) {
    if (i % 200 == 0) one = random_model(random);
    const Usage usage = random_usage(random);
    const auto tier = static_cast<ServiceTier>(i % 4);
    const auto cost = price_usage(one.model, usage, {.service_tier = tier});
    Big want;
    const std::int64_t prompt = usage.prompt_tokens();
    for (std::size_t b = 0; b < kCounts.size(); ++b) {
      const TokenCount n = usage.*kCounts[b];
      if (n == 0) continue;
      const std::int64_t price = expected_price(one.reference, b, prompt, tier);
      want.add_product(Big::of(static_cast<std::uint64_t>(n)),
                       Big::of(static_cast<std::uint64_t>(price)));
    }
    ASSERT_TRUE(cost.total && want.equals(cost.total->units())) << "iteration " << i;
  }
}

TEST(CostProperty, NoSettlementExceedsItsReservation) {
  SeededRandom random(7);
  Case one;
  for (int i = 0; i < 100'000; ++i) {
    if (i % 100 == 0) {
      one = random_model(random);
      ASSERT_TRUE(one.model.set_uplift(Region::us, 1'100'000));
    }
    const Usage usage = random_usage(random);
    const auto tier = static_cast<ServiceTier>(i % 4);
    const Region region = i % 3 == 0 ? Region::us : Region::global;
    ReserveOptions allow{.region = region};
    if (i % 2 == 0) allow.service_tier = tier;
    allow.cache_write_1h = usage.cache_write_1h > 0;
    allow.cache_write_5m = usage.cache_write_5m > 0;
    allow.audio = usage.audio_input + usage.audio_output > 0;
    allow.images = usage.image_input + usage.image_output > 0;
    allow.reasoning = usage.reasoning > 0;
    const auto bound =
        reserve_bound(one.model, usage.prompt_tokens() + static_cast<TokenCount>(random.below(5)),
                      usage.completion_tokens(), allow);
    const auto cost = price_usage(one.model, usage, {.service_tier = tier, .region = region});
    ASSERT_TRUE(bound && cost.total);
    ASSERT_LE(*cost.total, *bound) << "iteration " << i;
  }
}

}  // namespace
}  // namespace maester::meter
