// The meter against an independent computation: prices in a plain table looked up by the letter of
// COST_RULES.md, products and sums in schoolbook decimal limbs instead of 128-bit integers.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/random.h"
#include "meter/cost.h"

namespace maester::meter {
namespace {

// A natural number in limbs of 10^9, least first.
struct Big {
  static constexpr std::uint64_t kBase = 1'000'000'000;
  std::array<std::uint64_t, 6> limbs{};

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
  // This divided by a million, half to even.
  Big millionth() const {
    Big out;
    std::uint64_t rest = 0;
    for (std::size_t i = limbs.size(); i-- > 0;) {
      const std::uint64_t part = rest * kBase + limbs[i];
      out.limbs[i] = part / 1'000'000;
      rest = part % 1'000'000;
    }
    const bool up = rest > 500'000 || (rest == 500'000 && out.limbs[0] % 2 == 1);
    for (std::size_t i = 0; up && i < out.limbs.size() && ++out.limbs[i] == kBase; ++i)
      out.limbs[i] = 0;
    return out;
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
  std::array<std::int64_t, 3> search;
  std::int64_t uplift = 1'000'000;
  bool images = false;  // an image model

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

std::int64_t random_price(Random& random) {
  const auto price = static_cast<std::int64_t>(random.next_u64() >> (8 + random.below(54)));
  return std::min(price, ModelPrice::kMaxUnitPrice);
}

// A model with random prices under random conditions; input and output always have a base price,
// other units mostly.
Case random_model(Random& random) {
  Case out;
  out.reference.images = random.below(2) == 0;
  out.model.mode = out.reference.images ? "image_generation" : "chat";
  for (std::size_t f = 0; f < kPriceFields; ++f) {
    const auto field = static_cast<PriceField>(f);
    const bool text =
        field == PriceField::input || field == PriceField::output || field == PriceField::request;
    const bool base = text || (field > PriceField::citation && random.below(20) != 0);
    for (std::size_t a = 0; a < kAbove.size(); ++a) {
      for (std::size_t t = 0; t < 4; ++t) {
        auto& slot = out.reference.price[f][a][t];
        slot = kNone;
        if (!(base && a == 0 && t == 0) && random.below(3) != 0) continue;
        slot = random_price(random);
        EXPECT_TRUE(out.model.set(field, {.above = kAbove[a], .tier = static_cast<ServiceTier>(t)},
                                  FemtoUsd::from_units(slot)));
      }
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    out.reference.search[i] = random.below(20) == 0 ? kNone : random_price(random);
    if (out.reference.search[i] == kNone) continue;
    EXPECT_TRUE(out.model.set_search(static_cast<SearchContext>(i),
                                     FemtoUsd::from_units(out.reference.search[i])));
  }
  if (random.below(2) == 0) {
    out.reference.uplift = 1 + static_cast<std::int64_t>(random.below(4'000'000));
    EXPECT_TRUE(out.model.set_uplift(Region::eu, out.reference.uplift));
  }
  return out;
}

// What each bucket is charged by, in the words of COST_RULES.md; `twice`: the table states one
// price as input and as output, and the dearer is charged.
struct Charge {
  std::int64_t Usage::* count;
  std::array<PriceField, 4> chain;
  bool prompt = false, twice = false;
};
using enum PriceField;
constexpr std::array<Charge, 30> kCharges = {{
    {&Usage::input, {input, input, input, input}, true},
    {&Usage::cached_input, {cache_read, cache_hit, input, input}, true},
    {&Usage::cached_audio_input, {cached_audio_input, cache_read, cache_hit, input}, true},
    {&Usage::cache_write_5m, {cache_write_5m, input, input, input}, true},
    {&Usage::cache_write_1h, {cache_write_1h, cache_write_5m, input, input}, true},
    {&Usage::cache_write_audio, {cache_write_audio, cache_write_5m, input, input}, true},
    {&Usage::audio_input, {audio_input, input, input, input}, true},
    {&Usage::image_input, {image_input, input, input, input}, true},
    {&Usage::output, {output, output, output, output}},
    {&Usage::reasoning, {reasoning, output, output, output}},
    {&Usage::audio_output, {audio_output, output, output, output}},
    {&Usage::image_output, {image_output, output, output, output}},
    {&Usage::video_output, {video_output, output, output, output}},
    {&Usage::citations, {citation, input, input, input}},
    {&Usage::images_in, {image_in, image_in, image_in, image_in}},
    {&Usage::images_out, {image_out, image_in, image_in, image_in}},
    {&Usage::pixels, {pixel_in, pixel_out, pixel_out, pixel_out}, false, true},
    {&Usage::characters_in, {character_in, character_in, character_in, character_in}},
    {&Usage::characters_out, {character_out, character_out, character_out, character_out}},
    {&Usage::duration_ms, {second_in, second_out, second_out, second_out}, false, true},
    {&Usage::audio_in_ms, {audio_second_in, audio_second_in, audio_second_in, audio_second_in}},
    {&Usage::video_in_ms, {video_second_in, video_second_in, video_second_in, video_second_in}},
    {&Usage::video_out_ms, {video_second_out, second_out, second_out, second_out}},
    {&Usage::queries, {query, query, query, query}},
    {&Usage::requests, {request, request, request, request}},
    {&Usage::pages, {page, page, page, page}},
    {&Usage::annotated_pages, {annotated_page, page, page, page}},
    {&Usage::code_sessions, {code_session, code_session, code_session, code_session}},
    {&Usage::file_searches, {file_search, file_search, file_search, file_search}},
    {&Usage::credits, {credit, credit, credit, credit}},
}};

// Each bucket is used by one bill in `sparse`, so that most bills are short and some are long.
Usage random_usage(Random& random, unsigned sparse, bool tokens_only) {
  Usage usage;
  // One draw seeds the rest (splitmix64's finaliser), because a draw from the seam is a virtual
  // call.
  const std::uint64_t bits = random.next_u64();
  for (std::size_t i = 0; i < (tokens_only ? 13 : kCharges.size()); ++i) {
    std::uint64_t mixed = bits + (i + 1) * 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    if (mixed % sparse != 0) continue;
    usage.*kCharges[i].count = static_cast<TokenCount>(mixed >> (34 + (bits >> 12 & 15)));
  }
  if (!tokens_only && bits % sparse == 0) usage.searches = static_cast<TokenCount>(bits >> 56);
  return usage;
}

std::int64_t expected_price(const Reference& r, const Charge& charge, std::int64_t prompt,
                            ServiceTier tier) {
  std::int64_t dearest = kNone;
  for (const PriceField field : charge.chain) {
    if (charge.count == &Usage::images_out && field == image_in && !r.images) continue;
    const std::int64_t price = r.resolve(field, prompt, tier);
    if (price != kNone && !charge.twice) return price;
    dearest = std::max(dearest, price);
  }
  return dearest;
}

// nullopt: something that was used has no price.
std::optional<Big> expected_bill(const Reference& r, const Usage& usage, ServiceTier tier,
                                 SearchContext context, bool eu) {
  Big sum;
  std::int64_t prompt = 0;
  for (const Charge& charge : kCharges) prompt += charge.prompt ? usage.*charge.count : 0;
  const auto add = [&sum](std::int64_t count, std::int64_t price) {
    sum.add_product(Big::of(static_cast<std::uint64_t>(count)),
                    Big::of(static_cast<std::uint64_t>(price)));
    return price != kNone;
  };
  for (const Charge& charge : kCharges) {
    const std::int64_t count = usage.*charge.count;
    if (count == 0) continue;
    const std::int64_t price = expected_price(r, charge, prompt, tier);
    if (price == kNone) return std::nullopt;
    add(count, price);
  }
  if (usage.searches > 0) {
    const std::int64_t price = r.search[static_cast<std::size_t>(context)];
    if (price == kNone) return std::nullopt;
    add(usage.searches, price);
  }
  if (!eu || r.uplift == 1'000'000) return sum;
  Big product;
  product.add_product(Big::of(static_cast<std::uint64_t>(r.uplift)), sum);
  return product.millionth();
}

TEST(CostProperty, AMillionRandomBillsEqualTheBigIntegerComputation) {
  SeededRandom random(20261120);
  Case one;
  std::int64_t priced = 0, unpriced = 0, long_bills = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    if (i % 200 == 0) one = random_model(random);
    const Usage usage =
        random_usage(random, i % 16 == 0 ? 1u : 2u + static_cast<unsigned>(i % 7), i % 3 == 0);
    const auto tier = static_cast<ServiceTier>(i % 4);
    const auto context = static_cast<SearchContext>(i % 3);
    const bool eu = i % 5 == 0;
    const auto cost = price_usage(one.model, usage,
                                  {.service_tier = tier,
                                   .region = eu ? Region::eu : Region::global,
                                   .search_context = context});
    const auto want = expected_bill(one.reference, usage, tier, context, eu);
    ASSERT_EQ(cost.total.has_value(), want.has_value()) << "iteration " << i;
    ++(want ? priced : unpriced);
    if (cost.parts().size() > 20) ++long_bills;
    if (!want) continue;
    ASSERT_TRUE(want->equals(cost.total->units())) << "iteration " << i;
    FemtoUsd sum;
    for (const CostPart& part : cost.parts()) {
      ASSERT_TRUE(part.amount) << "iteration " << i;
      sum += *part.amount;
    }
    ASSERT_EQ(sum, *cost.total) << "iteration " << i;
  }
  EXPECT_GT(priced, 500'000);  // the cases reach what they are meant to reach
  EXPECT_GT(unpriced, 10'000);
  EXPECT_GT(long_bills, 10'000);
}

TEST(CostProperty, NoSettlementExceedsItsReservation) {
  SeededRandom random(7);
  Case one;
  for (int i = 0; i < 100'000; ++i) {
    if (i % 100 == 0) {
      one = random_model(random);
      ASSERT_TRUE(one.model.set_uplift(Region::us, 1'100'000));
    }
    Usage usage = random_usage(random, 2, true);
    if (one.model.has(PriceField::request)) usage.requests = i % 2;
    const auto tier = static_cast<ServiceTier>(i % 4);
    const Region region = i % 3 == 0 ? Region::us : Region::global;
    ReserveOptions allow{.region = region};
    if (i % 2 == 0) allow.service_tier = tier;
    allow.cache_write_1h = usage.cache_write_1h > 0;
    allow.cache_write_5m = usage.cache_write_5m + usage.cache_write_audio > 0;
    allow.audio = usage.audio_input + usage.audio_output + usage.cached_audio_input +
                      usage.cache_write_audio >
                  0;
    allow.images = usage.image_input + usage.image_output + usage.video_output > 0;
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
