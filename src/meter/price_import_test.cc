#include <gtest/gtest.h>

#include <algorithm>

#include "meter/cost.h"
#include "meter/price_book.h"
#include "support/shared.h"

namespace maester::meter {
namespace {

using Notes = std::vector<PriceNote>;

std::ptrdiff_t count(const Notes& notes, PriceNote::Kind kind) {
  return std::ranges::count(notes, kind, &PriceNote::kind);
}

TEST(PriceImport, ReadsTheWholePublicTable) {
  SHARED_OR_SKIP(file, "data/pricing/litellm_model_prices.json");
  Notes notes;
  const auto book = PriceBook::import_litellm(test::read_file(file), "", notes);
  ASSERT_TRUE(book) << book.error().message;
  EXPECT_EQ(book->effective_from(), "2026-07-24");
  const auto whole_entries = std::ranges::count_if(notes, [](const PriceNote& n) {
    return n.kind == PriceNote::Kind::skipped && n.field.empty();
  });
  EXPECT_EQ(static_cast<std::ptrdiff_t>(book->size()) + whole_entries, 2985);
  EXPECT_GT(book->size(), 2500u);
  EXPECT_EQ(count(notes, PriceNote::Kind::skipped), whole_entries);  // no field was at fault
  EXPECT_GT(count(notes, PriceNote::Kind::rounded), 0);
  EXPECT_GT(count(notes, PriceNote::Kind::unknown), 0);
  std::printf("imported %zu, skipped %td, rounded %td, unknown fields %td\n", book->size(),
              whole_entries, count(notes, PriceNote::Kind::rounded),
              count(notes, PriceNote::Kind::unknown));

  // The same in our own form, byte for byte, and by the same version.
  Notes again;
  const auto reread = PriceBook::parse(book->to_text(), again);
  ASSERT_TRUE(reread) << reread.error().message;
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(reread->version(), book->version());
}

TEST(PriceImport, TheBuiltInTableIsAPartOfThePublicOne) {
  SHARED_OR_SKIP(file, "data/pricing/litellm_model_prices.json");
  Notes notes;
  const auto book = PriceBook::import_litellm(test::read_file(file), "", notes);
  ASSERT_TRUE(book);
  const PriceBook builtin = PriceBook::builtin();
  for (const auto& [name, price] : builtin.models()) {
    const auto at = book->models().find(name);
    ASSERT_NE(at, book->models().end()) << name;
    // Two readers, one in Python and one here.
    EXPECT_EQ(write_price_line(name, at->second), write_price_line(name, price));
    EXPECT_EQ(at->second, price) << name;
  }
}

TEST(PriceImport, ARangeTableIsBilledByTheWholePrompt) {
  SHARED_OR_SKIP(file, "data/pricing/litellm_model_prices.json");
  Notes notes;
  const auto book = PriceBook::import_litellm(test::read_file(file), "", notes);
  ASSERT_TRUE(book);
  const auto match = book->find("dashscope", "qwen-flash");
  ASSERT_TRUE(match);
  const auto below = price_usage(*match->price, {.input = 256'000});
  const auto above = price_usage(*match->price, {.input = 256'001});
  EXPECT_LT(*below.parts()[0].unit_price, *above.parts()[0].unit_price);
}

TEST(PriceImport, LeavesOutWhatIsAtFaultAndSaysWhy) {
  constexpr std::string_view kText = R"({
    "sample_spec": {"input_cost_per_token": 0.0},
    "good": {"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1.375e-07, "output_cost_per_token": 0.0,
             "output_cost_per_furlong": 0.1, "max_output_tokens": 4096.0},
    "fine": {"input_cost_per_token": 2.9999900000000002e-06},
    "negative": {"input_cost_per_token": -1e-06},
    "text": {"input_cost_per_token": "1e-06"},
    "dbu": {"input_dbu_cost_per_token": 1e-06},
    "odd": {"input_cost_per_token_above_xk_tokens": 1e-06, "input_cost_per_token_gold": 1e-06},
    "ranges": {"tiered_pricing": [{"range": [0, 1000.0], "input_cost_per_token": 1e-06},
                                  {"range": [1000, 2000.5], "input_cost_per_token": 2e-06}]},
    "quote\"d": {"input_cost_per_token": 1e-06},
    "number": 5})";
  Notes notes;
  const auto book = PriceBook::import_litellm(kText, "2026-01-01", notes);
  ASSERT_TRUE(book);
  EXPECT_EQ(book->effective_from(), "2026-01-01");
  EXPECT_EQ(book->size(), 2u);
  const auto good = book->find("p", "good");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->price->sheets()[0].price(PriceField::input).units(), int128{137'500'000});
  EXPECT_EQ(good->price->max_output_tokens, 4096);
  EXPECT_FALSE(
      book->find("p", "fine"));  // it names no provider, so a known provider has no such model
  const ModelPrice& fine = book->models().find("fine")->second;
  EXPECT_EQ(fine.sheets()[0].price(PriceField::input).units(), int128{2'999'990'000});
  EXPECT_EQ(count(notes, PriceNote::Kind::rounded), 1);
  const auto skipped = [&](std::string_view model, std::string_view field) {
    return std::ranges::any_of(notes, [&](const PriceNote& n) {
      return n.kind == PriceNote::Kind::skipped && n.model == model && n.field == field;
    });
  };
  EXPECT_TRUE(skipped("sample_spec", ""));
  EXPECT_TRUE(skipped("negative", "input_cost_per_token"));
  EXPECT_TRUE(skipped("text", "input_cost_per_token"));
  for (const char* model : {"negative", "text", "dbu", "odd", "ranges", "quote\"d", "number"}) {
    EXPECT_TRUE(skipped(model, "")) << model;
  }
  // A date that is none must not get into the text that is stored and read back.
  const auto dated = PriceBook::import_litellm(
      R"({"last_updated": "20\"\n26", "m": {"input_cost_per_token": 1}})", "", notes);
  ASSERT_TRUE(dated);
  EXPECT_EQ(PriceBook::parse(dated->to_text(), notes)->version(), dated->version());
  EXPECT_FALSE(PriceBook::import_litellm("[]", "", notes));
  EXPECT_FALSE(PriceBook::import_litellm("{", "", notes));
}

}  // namespace
}  // namespace maester::meter
