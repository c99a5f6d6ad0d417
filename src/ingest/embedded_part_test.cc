#include "ingest/embedded_part.h"

#include <gtest/gtest.h>

#include "ingest/extraction_check.h"
#include "ingest/extraction_limits.h"

namespace maester::ingest {
namespace {

std::string at(const Extraction& x, TextRange range) {
  return x.text.substr(range.start, range.end - range.start);
}

Extraction inner() {
  Extraction x;
  x.content_type = "application/pdf";
  x.text = "Head\n\na\tb\nc\td\n\npage two";
  x.headings = {{1, {0, 4}}, {9, {15, 19}}};
  x.tables = {{{6, 13}, {{6, 9}, {10, 13}}, false}};
  x.pages = {{1, {0, 13}}, {2, {15, 23}}};
  x.warnings = {{"page_damaged", "Page 2."}};
  return x;
}

TEST(EmbeddedPart, ItsMapsMoveWithItsText) {
  Extraction whole;
  whole.text = "The mail.\n\n";
  whole.parts = {{"a.txt", "text/plain", {4, 11}}};
  append_part({"Attachment: ä.pdf", "ä.pdf", ""}, inner(), whole);
  EXPECT_EQ(whole.text, "The mail.\n\nAttachment: ä.pdf\n\n" + inner().text);
  ASSERT_TRUE(check(whole).has_value());
  ASSERT_EQ(whole.headings.size(), 3U);
  EXPECT_EQ(at(whole, whole.headings[0].range), "Attachment: ä.pdf");
  EXPECT_EQ(at(whole, whole.headings[1].range), "Head");
  EXPECT_EQ(whole.headings[1].level, 3U);
  EXPECT_EQ(whole.headings[2].level, 9U);
  EXPECT_EQ(at(whole, whole.tables.at(0).rows[1]), "c\td");
  EXPECT_EQ(at(whole, whole.pages.at(1).range), "page two");
  EXPECT_EQ(at(whole, whole.parts.at(0).range), "mail.");
  EXPECT_EQ(at(whole, whole.parts.at(1).range), "Attachment: ä.pdf\n\n" + inner().text);
  EXPECT_EQ(whole.warnings.at(0).message, "ä.pdf: Page 2.");
}

TEST(EmbeddedPart, TheOnlyTextOfAMailMakesItAText) {
  Extraction whole;
  whole.outcome = Outcome::empty;
  whole.warnings = {{"no_text", "Nothing."}};
  append_part({"File: a.pdf", "a.pdf", ""}, inner(), whole);
  EXPECT_EQ(whole.outcome, Outcome::text);
  EXPECT_TRUE(whole.text.starts_with("File: a.pdf\n\nHead"));
  EXPECT_EQ(whole.warnings.size(), 1U);
}

TEST(EmbeddedPart, OneWithoutRoomIsSkipped) {
  Extraction whole;
  whole.text = std::string(kMaxText - 10, 'a');
  append_part({"File: a.pdf", "a.pdf", ""}, inner(), whole);
  EXPECT_EQ(whole.text.size(), kMaxText - 10);
  EXPECT_EQ(whole.warnings.back().code, "part_skipped");
}

}  // namespace
}  // namespace maester::ingest
