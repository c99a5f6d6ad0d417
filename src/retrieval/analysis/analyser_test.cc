#include "retrieval/analysis/analyser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "base/utf8.h"

namespace maester::retrieval {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  WordBreaker().words(text, [&](std::string_view word) { out.emplace_back(word); });
  return out;
}
std::vector<std::string> words_by_icu(std::string_view text) {
  std::vector<std::string> out;
  WordBreaker().words_by_icu(text, [&](std::string_view word) { out.emplace_back(word); });
  return out;
}
std::vector<std::string> english(std::string_view text) {
  return analyse({}, text);
}

TEST(Words, AreThoseOfUnicode) {
  EXPECT_THAT(
      words("The U.S. can't pay 3,000.50 for p53-dependent foo_bar."),
      ElementsAre("the", "u.s", "can't", "pay", "3,000.50", "for", "p53", "dependent", "foo_bar"));
  EXPECT_THAT(words("  \n--- ... ' _ __ !"), IsEmpty());
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words("a"), ElementsAre("a"));
  EXPECT_THAT(words("ann@example.com"), ElementsAre("ann", "example.com"));
}

TEST(Words, AreFolded) {
  EXPECT_THAT(words("Straße STRASSE ﬁnance ＡＢＣ Ⅻ"),
              ElementsAre("strasse", "strasse", "finance", "abc", "xii"));
  EXPECT_THAT(words("co\u00adoperate"), ElementsAre("cooperate"));  // a soft hyphen
  EXPECT_THAT(words("e\u0301cole \u00e9cole"), ElementsAre("école", "école"));
  EXPECT_THAT(words("dog\u2019s dog's"), ElementsAre("dog's", "dog's"));
}

TEST(Words, OfScriptsWithoutSpacesArePairsOrDictionaryWords) {
  EXPECT_THAT(words("東京都庁"), ElementsAre("東京", "京都", "都庁"));
  EXPECT_THAT(words("水"), ElementsAre("水"));
  EXPECT_THAT(words("AI技術 GPU"), ElementsAre("ai", "技術", "gpu"));
  EXPECT_THAT(words("データ、분석"), ElementsAre("デー", "ータ", "분석"));
  EXPECT_THAT(words("ภาษาไทย"), ElementsAre("ภาษา", "ไทย"));
}

TEST(Words, AreBoundedAndNeverCutACharacter) {
  const std::string longest(1000, 'x');
  EXPECT_THAT(words(longest + " y"), ElementsAre(std::string(kLongestWord, 'x'), "y"));
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "é";
  ASSERT_EQ(words(accents + "!").size(), 1U);
  EXPECT_TRUE(utf8::valid(words(accents)[0]));
  EXPECT_LE(words(accents)[0].size(), kLongestWord);
}

TEST(Words, OfIllFormedTextDoNoHarm) {
  EXPECT_THAT(words("good \xff\xfe bad\xc3 end"), ElementsAre("good", "bad", "end"));
}

// Texts of ASCII and texts with pieces of everything: the quick path gives what ICU gives.
TEST(Words, OfTheQuickPathAreThoseOfIcu) {
  SeededRandom random(7);
  constexpr std::string_view kPieces[] = {
      "a", "Z", "b7",     "9",  "_",      ".", ",",  ";", "'", ":",    "-",   " ",      "\n", "\t",
      "x", "é", "\u2019", "東", "\u00a0", "ß", "\"", "/", "@", "\r\n", "ไทย", "\u0301", "0",  "\v"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const std::uint64_t kinds = round % 2 == 0 ? 15 : std::size(kPieces);
    for (std::uint64_t n = random.below(24); n > 0; --n) text += kPieces[random.below(kinds)];
    ASSERT_EQ(words(text), words_by_icu(text)) << text;
  }
}

TEST(Analyse, StemsAndDropsPossessives) {
  EXPECT_THAT(english("The engine's engines were running; relational databases"),
              ElementsAre("the", "engin", "engin", "were", "run", "relat", "databas"));
  EXPECT_EQ(english("CONNECTED connection’s Connecting"), english("connect connect connect"));
}

TEST(Analyse, KnowsLanguagesAndTheirStopWords) {
  EXPECT_THAT(analyse({"german", true}, "Die Häuser und der Straßen"),
              ElementsAre("haus", "strass"));
  EXPECT_THAT(analyse({"english", true}, "what is the state of the art"),
              ElementsAre("state", "art"));
  EXPECT_THAT(analyse({"", false}, "Running"), ElementsAre("running"));
  EXPECT_FALSE(Analyser::make({"klingon", false}).has_value());
  EXPECT_EQ(Analyser::make({"klingon", false}).error().code, Code::invalid_request);
}

}  // namespace
}  // namespace maester::retrieval
