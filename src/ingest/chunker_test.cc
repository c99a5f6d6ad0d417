#include "ingest/chunker.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/utf8.h"
#include "ingest/chunk_units.h"

namespace maester::ingest {
namespace {

using Unit = ChunkSettings::Unit;

// Pieces that make documents look like documents, and pieces that break chunkers.
std::string any_text(const std::vector<int>& picks) {
  static const std::vector<std::string> kPieces = {
      "word",          " ",       "\n",
      "\n\n",          "\t",      "Sentence one. ",
      "日本語の文",    "\u00a0",  "e\u0301",
      "\U0001F600",    "\u3000",  std::string(300, 'x'),
      "3.14",          "Ünïcödé", "Dr. No said so! ",
      "ไทย",           "\u2028",  "a,b;c",
      "한국어 문장. ", "-",
  };
  std::string text;
  for (const int pick : picks) text += kPieces[static_cast<std::size_t>(pick) % kPieces.size()];
  return text;
}

bool is_space(std::string_view text) {
  std::size_t at = 0;
  TextRange word;
  return !next_word(text, at, text.size(), word);
}

// Headings and tables at borders of characters, in order, made of the same picks.
Extraction any_document(const std::vector<int>& picks) {
  Extraction out;
  for (std::size_t i = 0; i < picks.size(); i += 7) {
    const std::uint64_t start = out.text.size();
    const auto begin = picks.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end = picks.begin() + static_cast<std::ptrdiff_t>(std::min(picks.size(), i + 7));
    out.text += any_text({begin, end});
    const TextRange range{start, out.text.size()};
    if (picks[i] % 5 == 0)
      out.headings.push_back({static_cast<std::uint32_t>(picks[i] % 4 + 1), range});
    if (picks[i] % 5 == 1) out.tables.push_back({range, {range}, false});
    if (picks[i] % 5 == 2) out.pages.push_back({static_cast<std::uint32_t>(i + 1), range});
    out.text += "\n";
  }
  return out;
}

void require_invariants(const Extraction& document, const ChunkSettings& settings) {
  const auto chunks = cut(document, settings);
  RC_ASSERT(chunks.has_value());
  const std::string_view text = document.text;
  std::uint64_t covered = 0;
  std::uint64_t last_start = 0;
  for (const Chunk& chunk : *chunks) {
    const auto [start, end] = chunk.range;
    RC_ASSERT(start < end && end <= text.size());
    RC_ASSERT(utf8::valid(text.substr(start, end - start)));
    RC_ASSERT(!is_space(text.substr(start, end - start)));
    RC_ASSERT(start >= last_start && end > covered);
    if (start > covered) RC_ASSERT(is_space(text.substr(covered, start - covered)));
    last_start = start;
    covered = end;
  }
  RC_ASSERT(is_space(text.substr(covered)));
}

RC_GTEST_PROP(Chunker, KeepsItsInvariantsForEveryUnitOnAnyText, ()) {
  const auto picks = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
  const auto size = *rc::gen::inRange<std::size_t>(1, 40);
  const auto overlap = *rc::gen::inRange<std::size_t>(0, size);
  const Extraction document = any_document(picks);
  for (const Unit unit : {Unit::words, Unit::tokens, Unit::sentences, Unit::headings, Unit::tables})
    require_invariants(document, {unit, size, overlap});
}

RC_GTEST_PROP(Chunker, IsDeterministic, ()) {
  const auto picks = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
  const Extraction document = any_document(picks);
  const ChunkSettings settings{Unit::words, 10, 3};
  const auto once = cut(document, settings);
  const auto again = cut(document, settings);
  RC_ASSERT(once->size() == again->size());
  for (std::size_t i = 0; i < once->size(); ++i) RC_ASSERT((*once)[i].range == (*again)[i].range);
}

Extraction plain(std::string text) {
  Extraction out;
  out.text = std::move(text);
  return out;
}

std::string words(int from, int to) {
  std::string out;
  for (int i = from; i < to; ++i) out += (i > from ? " w" : "w") + std::to_string(i);
  return out;
}

std::string text_of(const Extraction& document, const Chunk& chunk) {
  return document.text.substr(chunk.range.start, chunk.range.end - chunk.range.start);
}

TEST(Chunker, FourHundredWordsWithEightyOverlap) {
  const Extraction document = plain(words(0, 1000));
  const auto chunks = cut(document, {});
  ASSERT_TRUE(chunks.has_value());
  ASSERT_EQ(chunks->size(), 3U);
  EXPECT_EQ(text_of(document, (*chunks)[0]), words(0, 400));
  EXPECT_EQ(text_of(document, (*chunks)[1]), words(320, 720));
  EXPECT_EQ(text_of(document, (*chunks)[2]), words(640, 1000));
}

TEST(Chunker, ASectionStartsAChunkUnlessTheOneBeforeIsShort) {
  Extraction document =
      plain("Intro " + words(0, 150) + "\nSecond\n" + words(0, 20) + "\nThird\n" + words(0, 20));
  const auto heading = [&](const std::string& name, std::uint32_t level) {
    const std::size_t at = document.text.find(name);
    document.headings.push_back({level, {at, at + name.size()}});
  };
  heading("Intro", 1);
  heading("Second", 2);
  heading("Third", 2);
  document.title = "Book";
  const auto chunks = cut(document, {});
  ASSERT_TRUE(chunks.has_value());
  ASSERT_EQ(chunks->size(), 2U);
  EXPECT_TRUE(text_of(document, (*chunks)[1]).starts_with("Second\n"));
  EXPECT_TRUE(text_of(document, (*chunks)[1]).contains("Third\n"));
  EXPECT_EQ((*chunks)[1].context, "Book > Intro");
  const auto sections = cut(document, {Unit::headings, 400, 80});
  ASSERT_EQ(sections->size(), 3U);
  EXPECT_TRUE(text_of(document, (*sections)[2]).starts_with("Third\n"));
}

TEST(Chunker, AHeadingStaysWithWhatFollowsIt) {
  Extraction document = plain("Chapter\n\nSection\n\nText of it.\n\nNext\n\nMore.");
  for (const std::string_view name : {"Chapter", "Section", "Next"}) {
    const std::size_t at = document.text.find(name);
    document.headings.push_back({name == "Section" ? 2U : 1U, {at, at + name.size()}});
  }
  const auto chunks = cut(document, {Unit::headings, 400, 80});
  ASSERT_EQ(chunks->size(), 2U);
  EXPECT_EQ(text_of(document, (*chunks)[0]), "Chapter\n\nSection\n\nText of it.");
  EXPECT_EQ(text_of(document, (*chunks)[1]), "Next\n\nMore.");
}

TEST(Chunker, ARowIsNeverSplitAndATableStandsAlone) {
  Extraction document = plain("before it\na\tb c\nd\te f\ng\th i\nbehind it");
  Table table;
  for (const char* row : {"a\tb c", "d\te f", "g\th i"}) {
    const std::size_t at = document.text.find(row);
    table.rows.push_back({at, at + std::string_view(row).size()});
  }
  table.range = {table.rows.front().start, table.rows.back().end};
  document.tables.push_back(table);
  const auto chunks = cut(document, {Unit::tables, 7, 2});
  ASSERT_EQ(chunks->size(), 4U);
  EXPECT_EQ(text_of(document, (*chunks)[1]), "a\tb c\nd\te f");
  EXPECT_EQ(text_of(document, (*chunks)[2]), "g\th i");
  EXPECT_EQ(text_of(document, (*chunks)[3]), "behind it");
}

TEST(Chunker, AMegabyteWithoutASpaceIsNoMegabyteChunk) {
  for (const Unit unit : {Unit::words, Unit::tokens, Unit::headings, Unit::tables}) {
    const auto chunks = cut(plain(std::string(1 << 20, 'a')), {unit, 400, 80});
    ASSERT_TRUE(chunks.has_value());
    for (const Chunk& chunk : *chunks)
      ASSERT_LE(chunk.range.end - chunk.range.start, 400 * kLongestWord);
  }
  const auto sentences = cut(plain(std::string(1 << 20, 'a')), {Unit::sentences, 2, 1});
  ASSERT_TRUE(sentences.has_value());
  for (const Chunk& chunk : *sentences)
    ASSERT_LE(chunk.range.end - chunk.range.start, 3 * kLongestSentence);
}

TEST(Chunker, SentencesAreNotCut) {
  const Extraction document = plain("One is here. Two is here! Is three here? Four is.");
  const auto chunks = cut(document, {Unit::sentences, 2, 1});
  ASSERT_EQ(chunks->size(), 3U);
  EXPECT_EQ(text_of(document, (*chunks)[0]), "One is here. Two is here!");
  EXPECT_EQ(text_of(document, (*chunks)[1]), "Two is here! Is three here?");
}

TEST(Chunker, ACharacterOfChineseCountsAsAWord) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "知識";
  const auto chunks = cut(plain(text), {Unit::words, 50, 0});
  ASSERT_EQ(chunks->size(), 4U);
  EXPECT_EQ((*chunks)[0].range.end, 150U);
}

TEST(Chunker, TellsThePageWhereAChunkBegins) {
  Extraction document = plain(words(0, 30));
  const std::uint64_t middle = document.text.find("w15");
  document.pages = {{1, {0, middle - 1}}, {2, {middle, document.text.size()}}};
  const auto chunks = cut(document, {Unit::words, 10, 0});
  ASSERT_EQ(chunks->size(), 3U);
  EXPECT_EQ((*chunks)[0].page, 1U);
  EXPECT_EQ((*chunks)[1].page, 1U);
  EXPECT_EQ((*chunks)[2].page, 2U);
}

TEST(Chunker, RefusesSettingsThatCannotWork) {
  EXPECT_EQ((ChunkSettings{Unit::words, 0, 0}.check().error().param), "size");
  EXPECT_EQ((ChunkSettings{Unit::words, 10, 10}.check().error().param), "overlap");
  EXPECT_EQ(cut(plain("a"), {Unit::words, 20'001, 0}).error().code, Code::invalid_request);
}

TEST(Chunker, TooManyChunksAreRefused) {
  EXPECT_EQ(cut(plain(words(0, 60'000)), {Unit::words, 1, 0}).error().code, Code::too_large);
}

}  // namespace
}  // namespace maester::ingest
