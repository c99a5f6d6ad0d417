#include "meter/price_book.h"

#include <gtest/gtest.h>

namespace maester::meter {
namespace {

PriceBook book(std::string_view text) {
  std::vector<PriceNote> notes;
  auto read = PriceBook::parse(text, notes);
  EXPECT_TRUE(read) << read.error().message;
  return read ? *read : PriceBook();
}

constexpr std::string_view kTable = R"(effective_from = "2026-07-24"
"gpt-4.1" = { provider = "openai", input = "2", output = "8" }
"gpt-4.1-2025-04-14" = { provider = "openai", input = "3", output = "8" }
"ft:gpt-4.1" = { provider = "openai", input = "3.5", output = "8" }
"gemini/gemini-2.5-flash" = { provider = "gemini", input = "0.3", output = "2.5" }
"command-r" = { provider = "cohere_chat", input = "0.15", output = "0.6" }
"claude-x" = { provider = "anthropic", input = "3", output = "15" }
"openrouter/openai/gpt-4.1" = { provider = "openrouter", input = "2.2", output = "8" }
)";

std::string found(const PriceBook& book, std::string_view provider, std::string_view model) {
  const auto match = book.find(provider, model);
  if (!match) return "unpriced";
  return std::string(match->key) + " " + std::string(to_string(match->how)) +
         (match->provider_assumed ? " assumed" : "");
}

TEST(PriceBook, FindsNamesAsProvidersAndProxiesWriteThem) {
  const PriceBook b = book(kTable);
  EXPECT_EQ(found(b, "openai", "gpt-4.1"), "gpt-4.1 exact");
  EXPECT_EQ(found(b, "openai", "openai/gpt-4.1"), "gpt-4.1 exact");
  EXPECT_EQ(found(b, "gemini", "gemini-2.5-flash"), "gemini/gemini-2.5-flash exact");
  EXPECT_EQ(found(b, "gemini", "models/gemini-2.5-flash"), "gemini/gemini-2.5-flash exact");
  EXPECT_EQ(found(b, "cohere", "command-r"), "command-r exact");
  EXPECT_EQ(found(b, "openrouter", "openai/gpt-4.1"), "openrouter/openai/gpt-4.1 exact");
  EXPECT_EQ(found(b, "openai", "ft:gpt-4.1:acme::abc"), "ft:gpt-4.1 exact");
}

TEST(PriceBook, AProviderTheTableDoesNotKnowTakesTheMakersPriceAndSaysSo) {
  const PriceBook b = book(kTable);
  EXPECT_EQ(found(b, "corp-proxy", "gpt-4.1"), "gpt-4.1 exact assumed");
  EXPECT_EQ(found(b, "corp-proxy", "openai/gpt-4.1"), "gpt-4.1 exact assumed");
  EXPECT_EQ(found(b, "anthropic", "gpt-4.1"), "unpriced");  // known, and not its model
  EXPECT_EQ(found(b, "openai", "claude-x"), "unpriced");
}

TEST(PriceBook, ADatedNameFallsBackToItsBaseOnlyWhenItHasNoEntry) {
  const PriceBook b = book(kTable);
  EXPECT_EQ(found(b, "openai", "gpt-4.1-2025-04-14"), "gpt-4.1-2025-04-14 exact");
  EXPECT_EQ(found(b, "openai", "gpt-4.1-2099-01-01"), "gpt-4.1 undated");
  EXPECT_EQ(found(b, "anthropic", "claude-x-20990101"), "claude-x undated");
  EXPECT_EQ(found(b, "vertex", "claude-x@20990101"), "claude-x undated assumed");
  EXPECT_EQ(found(b, "openai", "gpt-4.1-0414"),
            "unpriced");  // no full date: another model, perhaps
  EXPECT_EQ(found(b, "openai", "gpt-4.1-turbo"), "unpriced");
  EXPECT_EQ(found(b, "openai", "gpt-4"), "unpriced");
}

TEST(PriceBook, TheOperatorsPriceReplacesTheEntryOfThatConfiguredName) {
  const PriceBook b = book(kTable);
  std::vector<PriceNote> notes;
  PriceOverride stated;
  stated.input = FemtoUsd::parse("0.0375");
  stated.output = FemtoUsd::parse("0.15");
  const auto with = b.with_overrides({{"fast", stated}}, notes);
  ASSERT_TRUE(with);
  EXPECT_TRUE(notes.empty());
  const auto match = with->find("openai", "gpt-4.1", "fast");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->how, PriceMatch::How::configured);
  EXPECT_EQ(match->price->sheets()[0].price(PriceField::input).units(), int128{37'500'000});
  EXPECT_EQ(with->find("openai", "gpt-4.1", "slow")->key, "gpt-4.1");
  EXPECT_NE(with->version(), b.version());
  stated.input = FemtoUsd::parse("0.0000000005");  // half of 10^-15 a token
  EXPECT_TRUE(b.with_overrides({{"fast", stated}}, notes));
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].kind, PriceNote::Kind::rounded);
  stated.input = FemtoUsd::parse("-1");
  EXPECT_EQ(b.with_overrides({{"fast", stated}}, notes).error().param, "fast");
}

TEST(PriceBook, TheVersionIsTheContentsAndNothingElse) {
  const PriceBook b = book(kTable);
  EXPECT_EQ(b.version().size(), 12u);
  EXPECT_EQ(book("# a comment\n" + b.to_text()).version(), b.version());
  std::string changed(kTable);
  changed.replace(changed.find("\"8\""), 3, "\"9\"");
  EXPECT_NE(book(changed).version(), b.version());
  EXPECT_EQ(b.effective_from(), "2026-07-24");
}

TEST(PriceBook, TheBuiltInTableReadsCleanAndIsCanonical) {
  const PriceBook b = PriceBook::builtin();
  EXPECT_GT(b.size(), 300u);
  EXPECT_EQ(book(b.to_text()).version(), b.version());
  EXPECT_EQ(b.find("openai", "gpt-4.1-mini")->price->max_output_tokens, 32768);
  EXPECT_EQ(b.find("openai", "text-embedding-3-small")->price->mode, "embedding");
}

TEST(PriceTable, FaultsNameTheLine) {
  std::vector<PriceNote> notes;
  for (const char* bad : {"\"m\" = { input = \"2\"", "\"m\" = { inptu = \"2\" }", "\"m\" { }",
                          "\"m\" = { input = \"x\" }", "\"m\" = { input = \"-2\" }",
                          "\"m\" = { input = \"1e12\" }", "\"m\" = { max_output = 1.5 }",
                          "\"m\" = { input = \"1\" } x", "\"m\\\" = {}", "\"m\" = { }\n\"m\" = { }",
                          "\"m\" = { uplift_eu = \"11\" }", "\"m\" = { uplift_eu = \"0\" }",
                          "effective_from = 2026", "\"m\" = { input_above_0k = \"1\" }",
                          "\"m\" = { input_above_9999999999999999999k = \"1\" }",
                          "\"m\" = { input_up_to_5_flex = \"1\" }"}) {
    const auto read = read_price_table(std::string("# first\n") + bad, notes);
    ASSERT_FALSE(read) << bad;
    EXPECT_NE(read.error().message.find("Line "), std::string::npos) << bad;
  }
  EXPECT_TRUE(notes.empty());
  ASSERT_TRUE(read_price_table("\"m\" = { input = \"0.0000000005\" }", notes));
  EXPECT_EQ(notes.size(), 1u);
}

}  // namespace
}  // namespace maester::meter
