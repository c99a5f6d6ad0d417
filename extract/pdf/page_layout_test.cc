#include "extract/pdf/page_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "extract/pdf/page_text.h"

namespace maester::extract {
namespace {

// A typewriter: 6 points a character, lines 12 apart; each word is a box.
void type(std::vector<Word>& words, double left, double top, std::string_view line,
          double size = 10) {
  std::size_t at = 0;
  while (at < line.size()) {
    const std::size_t begin = line.find_first_not_of(' ', at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const double unit = 0.6 * size;
    words.push_back({std::string(line.substr(begin, end - begin)),
                     left + unit * static_cast<double>(begin), top,
                     left + unit * static_cast<double>(end), top + size, size});
    at = end;
  }
}

ingest::Extraction written(std::vector<Word> words) {
  TextWriter out;
  out.begin_page(1);
  write_page(layout(std::move(words)), 10, out);
  out.end_page();
  return *out.finish("application/pdf", "test");
}

TEST(PageLayout, TwoColumnsUnderATitleAreReadOneAfterTheOther) {
  std::vector<Word> words;
  type(words, 60, 20, "A title over both of the columns of text", 16);
  for (int i = 0; i < 12; ++i) {
    type(words, 0, 60 + 12 * i, "left column has full lines " + std::to_string(i));
    type(words, 220, 60 + 12 * i, "right one has its lines too " + std::to_string(i));
  }
  const auto x = written(words);
  EXPECT_TRUE(x.tables.empty());
  EXPECT_LT(x.text.find("full lines 11"), x.text.find("its lines too 0"));
  ASSERT_EQ(x.headings.size(), 1U) << x.text;
  EXPECT_TRUE(x.text.starts_with("A title over both"));
}

TEST(PageLayout, ATableKeepsItsRows) {
  std::vector<Word> words;
  type(words, 0, 0, "Some text that stands above the table and is as wide as the page.");
  type(words, 0, 12, "It goes on for another line of about the very same length here.");
  const char* rows[] = {"Name       Size      Price", "apple      small     1.50",
                        "pear       large     2.00", "plum                 0.75"};
  for (int i = 0; i < 4; ++i) type(words, 0, 40 + 12 * i, rows[i]);
  type(words, 0, 100, "Text below the table is again as wide as the page on which it is.");
  const auto x = written(words);
  ASSERT_EQ(x.tables.size(), 1U);
  EXPECT_TRUE(x.text.contains("apple\tsmall\t1.50\npear\tlarge\t2.00\nplum\t\t0.75"));
  EXPECT_LT(x.text.find("very same length"), x.text.find("Name"));
}

TEST(PageLayout, BulletsStayWithTheirText) {
  std::vector<Word> words;
  for (int i = 0; i < 5; ++i)
    type(words, 0, 12 * i, "-     an entry of the list number " + std::to_string(i));
  const auto x = written(words);
  EXPECT_TRUE(x.tables.empty());
  EXPECT_TRUE(x.text.contains("- an entry of the list number 3"));
}

TEST(PageText, AWordPartedAtALinesEndIsOneAgain) {
  std::vector<Word> words;
  type(words, 0, 0, "The committee considered the consti-");
  type(words, 0, 12, "tution and the well-known Anglo-");
  type(words, 0, 24, "Saxon law of the time in which it -");
  type(words, 0, 36, "as they say - was written at first.");
  EXPECT_EQ(written(words).text,
            "The committee considered the constitution and the well-known Anglo- Saxon law of the "
            "time in which it - "
            "as they say - was written at first.");
}

TEST(PageLayout, EveryWordIsInExactlyOneBlock) {
  std::uint64_t seed = 7;
  const auto next = [&seed] {
    return (seed = seed * 6364136223846793005ULL + 1442695040888963407ULL) >> 33U;
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<Word> words;
    for (int i = 0; i < 200; ++i) {
      const double x = static_cast<double>(next() % 500);
      const double y = static_cast<double>(next() % 700);
      words.push_back(
          {"w" + std::to_string(i), x, y, x + 5 + static_cast<double>(next() % 60), y + 8, 8});
    }
    std::vector<std::string> seen;
    for (const Block& block : layout(words)) {
      for (const Line& line : block.lines)
        for (const Word& w : line.words) seen.push_back(w.text);
      for (const auto& row : block.table)
        for (const auto& cell : row)
          for (const Word& w : cell) seen.push_back(w.text);
    }
    std::ranges::sort(seen);
    EXPECT_EQ(std::ranges::unique(seen).size(), 0U);
    EXPECT_EQ(seen.size(), 200U);
  }
}

}  // namespace
}  // namespace maester::extract
