#include "gateway/evidence/markers.h"

#include <gtest/gtest.h>

namespace maester::gateway {
namespace {

std::string filtered(std::string_view text, std::size_t passages, std::size_t cut = 0) {
  MarkerFilter filter(passages);
  std::string out;
  if (cut == 0) cut = text.size() + 1;
  for (std::size_t at = 0; at < text.size(); at += cut) out += filter.feed(text.substr(at, cut));
  return out + filter.finish();
}

TEST(Markers, UnknownOnesAreDroppedAndCounted) {
  MarkerFilter filter(2);
  EXPECT_EQ(filter.feed("A [1]. B [3]. C [1, 7][2]. D [0]."), "A [1]. B . C [1][2]. D .");
  EXPECT_EQ(filter.dropped(), 3);
}

TEST(Markers, BracketsThatAreNoMarkersStay) {
  for (const std::string_view text :
       {"[OpenAI:gpt]", "[a]", "[2024-01]", "[]", "[ 1 ]x", "array[i]", "[12345]", "[[x]]", "[1",
        "[link](http://x)", "[1 2]"}) {
    EXPECT_EQ(filtered(text, 1), text);
  }
}

TEST(Markers, CodeIsText) {
  EXPECT_EQ(filtered("```\na[7]\n``` b[7]", 1), "```\na[7]\n``` b");
}

TEST(Markers, EveryCutGivesTheSame) {
  constexpr std::string_view kText = "One [1] two [9], [1,9] ```x[9]``` [1";
  const std::string whole = filtered(kText, 1);
  for (std::size_t cut = 1; cut < kText.size(); ++cut) EXPECT_EQ(filtered(kText, 1, cut), whole);
}

TEST(Markers, AreFoundWithTheirPlaces) {
  const auto markers = find_markers("a [1] b [2, 1] ```[1]```", 2);
  ASSERT_EQ(markers.size(), 3u);
  EXPECT_EQ(markers[0].passage, 1u);
  EXPECT_EQ(markers[0].start, 2u);
  EXPECT_EQ(markers[0].end, 5u);
  EXPECT_EQ(markers[1].passage, 2u);
  EXPECT_EQ(markers[2].passage, 1u);
  EXPECT_EQ(markers[1].start, markers[2].start);
}

}  // namespace
}  // namespace maester::gateway
