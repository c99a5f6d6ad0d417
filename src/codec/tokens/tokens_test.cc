#include "codec/tokens/tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/tokens/bpe.h"
#include "codec/tokens/split.h"
#include "support/shared.h"

extern "C" const char maester_o200k_base_begin[];
extern "C" const char maester_o200k_base_end[];

namespace maester::tokens {
namespace {

using Ids = std::vector<std::uint32_t>;
using Pieces = std::vector<std::string>;

class Tokens : public testing::Test {
 protected:
  void SetUp() override {
    if (!available(Encoding::o200k_base)) GTEST_SKIP() << "built without ranks";
  }
};

TEST_F(Tokens, EveryFixtureHasItsCountAndIds) {
  SHARED_OR_SKIP(folder, "fixtures/tokens");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().filename());
    const auto doc = json::Document::parse(test::read_file(entry.path()));
    ASSERT_TRUE(doc) << doc.error().message;
    const auto text = *doc->root().get("text").as_string();
    for (const Encoding encoding : {Encoding::o200k_base, Encoding::cl100k_base}) {
      const auto want = doc->root().get("encodings").get(to_string(encoding));
      Ids ids;
      for (const auto id : want.get("ids")) ids.push_back(static_cast<std::uint32_t>(*id.as_int()));
      EXPECT_EQ(encode_ordinary(encoding, text), ids);
      EXPECT_EQ(count_tokens(encoding, text),
                static_cast<std::size_t>(*want.get("count").as_int()));
      EXPECT_EQ(decode(encoding, ids), text);
    }
    ++files;
  }
  EXPECT_GE(files, 32);
}

TEST_F(Tokens, BothMergesGiveTheSameTokens) {
  const RankTable ranks(
      {maester_o200k_base_begin,
       static_cast<std::size_t>(maester_o200k_base_end - maester_o200k_base_begin)});
  SeededRandom random(3);
  constexpr std::string_view kLetters = "aeinorst \n=-\xc3\xa9";
  for (int i = 0; i < 3000; ++i) {
    std::string piece;
    const std::size_t size = 1 + random.below(kScanMax);
    for (std::size_t j = 0; j < size; ++j) piece += kLetters[random.below(kLetters.size())];
    Ids scan;
    Ids heap;
    EXPECT_EQ(merge_scan(ranks, piece, &scan), scan.size());
    EXPECT_EQ(merge_heap(ranks, piece, &heap), heap.size());
    ASSERT_EQ(scan, heap) << piece;
  }
}

TEST_F(Tokens, AMegabyteOfOneLetterIsNotQuadratic) {
  const std::string text(1 << 20, 'a');
  EXPECT_EQ(count_tokens(Encoding::o200k_base, text), text.size() / 8);  // "aaaaaaaa" is a token
  EXPECT_EQ(count_tokens(Encoding::cl100k_base, text), text.size() / 8);
  EXPECT_LT(count_tokens(Encoding::o200k_base, std::string(1 << 18, ' ')), 1u << 13);
  EXPECT_GT(count_tokens(Encoding::o200k_base, std::string(1 << 16, '\xff')), 0u);
}

TEST_F(Tokens, IllFormedTextCountsAsReplacementCharacters) {
  EXPECT_EQ(well_formed("a\xff"), "a\ufffd");
  EXPECT_EQ(well_formed("\xe2\x82"), "\ufffd");  // one truncated sequence, one replacement
  EXPECT_EQ(well_formed("\xf0\x9f\x98z"), "\ufffdz");
  EXPECT_EQ(well_formed("\xc0\xaf"), "\ufffd\ufffd");
  EXPECT_EQ(well_formed("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");  // a surrogate
  EXPECT_EQ(well_formed("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd");
  EXPECT_EQ(well_formed("\u00e9\U0001f600"), "\u00e9\U0001f600");
  EXPECT_EQ(encode_ordinary(Encoding::o200k_base, "x\xffy"),
            encode_ordinary(Encoding::o200k_base, "x\ufffdy"));
}

TEST_F(Tokens, DecodingGivesTheTextBack) {
  SeededRandom random(11);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (std::uint64_t n = random.below(60); n > 0; --n) {
      const auto range = random.below(4);
      const char32_t limit = range == 0   ? 0x80
                             : range == 1 ? 0x800
                             : range == 2 ? 0xd800
                                          : 0x110000;
      auto point = static_cast<char32_t>(random.below(limit));
      if (point >= 0xd800 && point < 0xe000) point = U' ';
      utf8::append(text, point);
    }
    for (const Encoding encoding : {Encoding::o200k_base, Encoding::cl100k_base}) {
      ASSERT_EQ(decode(encoding, encode_ordinary(encoding, text)), text);
    }
  }
  EXPECT_EQ(decode(Encoding::o200k_base, Ids{0xffffffff, 199998}), "");
}

TEST_F(Tokens, ModelsHaveTheirEncoding) {
  for (const char* name : {"gpt-4o", "gpt-4o-mini-2024-07-18", "gpt-4.1-nano", "gpt-5",
                           "gpt-5.6-luna", "o1", "o3-mini", "o4-mini", "chatgpt-4o-latest",
                           "openai/gpt-4.1", "gpt-oss-120b", "ft:gpt-4o-2024-08-06:acme::x"}) {
    EXPECT_EQ(encoding_for_model(name), Encoding::o200k_base) << name;
  }
  for (const char* name :
       {"gpt-4", "gpt-4-turbo", "gpt-4-0613", "gpt-3.5-turbo", "gpt-35-turbo",
        "text-embedding-3-small", "text-embedding-ada-002", "ft:gpt-3.5-turbo:a"}) {
    EXPECT_EQ(encoding_for_model(name), Encoding::cl100k_base) << name;
  }
  for (const char* name :
       {"", "gpt", "gpt-40", "o11", "claude-sonnet-4-5", "mistral/mistral-large-latest", "gpt-4abc",
        "openrouter/openai/gpt-4o"}) {
    EXPECT_EQ(encoding_for_model(name), std::nullopt) << name;
  }
}

// The example of OpenAI's cookbook ("How to count tokens with tiktoken"): 124 prompt tokens for
// gpt-4o, 129 for gpt-4.
TEST_F(Tokens, AChatCountsAsOpenAiCountedTheCookbooksExample) {
  const std::vector<ChatText> chat = {
      {"system",
       "You are a helpful, pattern-following assistant that translates corporate jargon into plain "
       "English.",
       ""},
      {"system", "New synergies will help drive top-line growth.", "example_user"},
      {"system", "Things working well together will increase revenue.", "example_assistant"},
      {"system",
       "Let's circle back when we have more bandwidth to touch base on opportunities for increased "
       "leverage.",
       "example_user"},
      {"system", "Let's talk later when we're less busy about how to do better.",
       "example_assistant"},
      {"user",
       "This late pivot means we don't have time to boil the ocean for the client deliverable.",
       ""}};
  EXPECT_EQ(count_chat_tokens(Encoding::o200k_base, chat), 124u);
  EXPECT_EQ(count_chat_tokens(Encoding::cl100k_base, chat), 129u);
  EXPECT_EQ(count_chat_tokens(Encoding::o200k_base, {}), 3u);
}

Pieces split(Pattern pattern, std::string_view text) {
  Pieces out;
  while (!text.empty()) {
    const std::size_t length = first_piece(pattern, text);
    out.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

TEST(Split, FollowsTheExpressionOfCl100k) {
  const auto cut = [](std::string_view text) { return split(Pattern::cl100k_base, text); };
  EXPECT_EQ(cut("I'Ll don'ts"), (Pieces{"I", "'Ll", " don", "'t", "s"}));
  EXPECT_EQ(cut("12345 x1"), (Pieces{"123", "45", " x", "1"}));
  EXPECT_EQ(cut("a  b   \n c \n\n  "), (Pieces{"a", " ", " b", "   \n", " c", " \n\n", "  "}));
  EXPECT_EQ(cut(" !?\r\n//x"), (Pieces{" !?\r\n", "//", "x"}));
  EXPECT_EQ(cut("\tif(x)\t\ty"), (Pieces{"\tif", "(x", ")", "\t", "\ty"}));
  EXPECT_EQ(cut("e\u0301a"), (Pieces{"e", "\u0301a"}));
  EXPECT_EQ(cut("it'\u017f"), (Pieces{"it", "'\u017f"}));  // a long s folds to s
}

TEST(Split, FollowsTheExpressionOfO200k) {
  const auto cut = [](std::string_view text) { return split(Pattern::o200k_base, text); };
  EXPECT_EQ(cut("camelCaseHTTPServer"), (Pieces{"camel", "Case", "HTTPServer"}));
  EXPECT_EQ(cut("HTTP IT'S don't"), (Pieces{"HTTP", " IT'S", " don't"}));
  EXPECT_EQ(cut("e\u0301a"), (Pieces{"e\u0301a"}));
  EXPECT_EQ(cut(" !?/\r\n//x"), (Pieces{" !?/\r\n//", "x"}));
  EXPECT_EQ(cut("\u4e2dAB c"),
            (Pieces{"\u4e2d", "AB", " c"}));  // backs off to the last shared letter
  EXPECT_EQ(cut("A\u4e2dBc"), (Pieces{"A\u4e2dBc"}));
  EXPECT_EQ(cut("\u0301"), (Pieces{"\u0301"}));
  EXPECT_EQ(cut("\u0301\u0301AB"), (Pieces{"\u0301\u0301", "AB"}));
}

}  // namespace
}  // namespace maester::tokens
