// Every document of the shared collection, as its manifest says.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "extract/tests/children.h"
#include "support/shared.h"

namespace maester::extract {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> out;
  std::size_t at = 0;
  for (std::size_t end = 0; end != std::string::npos; at = end + by.size()) {
    end = text.find(by, at);
    out.push_back(text.substr(at, end == std::string::npos ? end : end - at));
  }
  return out;
}

// How it went, in the manifest's words.
void expect_outcome(const std::string& wanted, const Result<ingest::Extraction>& got,
                    const std::string& name) {
  const std::string reason = got ? "" : got.error().param;
  if (wanted == "extract") {
    ASSERT_TRUE(got.has_value()) << name << ": " << reason << " " << got.error().message;
    EXPECT_EQ(got->outcome, ingest::Outcome::text) << name;
  } else if (wanted == "needs-ocr") {
    ASSERT_TRUE(got.has_value()) << name;
    EXPECT_EQ(got->outcome, ingest::Outcome::needs_ocr) << name;
  } else if (wanted == "empty") {
    ASSERT_TRUE(got.has_value()) << name;
    EXPECT_EQ(got->outcome, ingest::Outcome::empty) << name;
    EXPECT_FALSE(got->warnings.empty()) << name;
  } else if (wanted == "partial-or-reject" || wanted == "reject-or-ignore") {
    EXPECT_NE(reason, "crashed") << name;
    EXPECT_NE(reason, "timeout") << name;
    if (got) {
      EXPECT_FALSE(got->text.contains("root:")) << name;
    }
  } else {
    ASSERT_TRUE(wanted.contains(':')) << wanted;
    EXPECT_EQ(reason, wanted.substr(wanted.find(':') + 1)) << name;
  }
}

TEST(Manifest, EveryDocumentGivesWhatItsRowSays) {
  SHARED_OR_SKIP(folder, "data/documents");
  std::istringstream manifest(test::read_file(folder / "MANIFEST.tsv"));
  std::string line;
  std::getline(manifest, line);
  std::size_t rows = 0;
  while (std::getline(manifest, line)) {
    const auto fields = split(line, "\t");
    ASSERT_GE(fields.size(), 6U);
    const auto result = extract(test::read_file(folder / fields[0]), fields[0]);
    expect_outcome(fields[4], result, fields[0]);
    const std::string text = result ? folded(result->text) : "";
    for (const std::string& phrase : split(fields[3], " ||| "))
      EXPECT_TRUE(text.contains(folded(phrase))) << fields[0] << ": " << phrase;
    ++rows;
  }
  EXPECT_GE(rows, 36U);
}

std::string text_of(const std::filesystem::path& folder, const char* name) {
  const auto result = extract(test::read_file(folder / name), name);
  return result ? folded(result->text) : "";
}

TEST(Manifest, ColumnsAreReadOneAfterTheOther) {
  SHARED_OR_SKIP(folder, "data/documents");
  const std::string boxes = text_of(folder, "testPDFTwoTextBoxes.pdf");
  EXPECT_LT(boxes.find("Left column line 2"), boxes.find("Right column line 1"));
  const std::string code = text_of(folder, "testPDF_bad_page_303226.pdf");
  EXPECT_TRUE(code.contains("file periodic reports with the Special Agent in Charge"));
}

TEST(Manifest, ARowOfAPdfsTableIsARow) {
  SHARED_OR_SKIP(folder, "data/documents");
  const char* name = "layout-parser-paper-with-table.pdf";
  const auto result = extract(test::read_file(folder / name), name);
  ASSERT_TRUE(result.has_value());
  bool found = false;
  for (const auto& table : result->tables)
    for (const auto [start, end] : table.rows) {
      const std::string row = result->text.substr(start, end - start);
      found |= row.contains("PubLayNet") && row.contains("Layouts of modern scientific documents");
    }
  EXPECT_TRUE(found);
}

TEST(Manifest, WhatMustNotBeReadIsNotRead) {
  SHARED_OR_SKIP(folder, "data/documents");
  EXPECT_FALSE(text_of(folder, "big-preamble.html").contains("function"));
  EXPECT_FALSE(text_of(folder, "mime-different-plain-html.eml").contains("networked"));
  const std::string mail = text_of(folder, "fake-email-attachment.eml");
  EXPECT_EQ(mail.find("Here's the attachments!"), mail.rfind("Here's the attachments!"));
  EXPECT_FALSE(text_of(folder, "testRTFVarious.rtf").contains("?"));
}

TEST(Manifest, APageThatIsDamagedIsAWarningAndTheOthersCome) {
  SHARED_OR_SKIP(folder, "data/documents");
  const char* name = "testPDF_bad_page_303226.pdf";
  const auto result = extract(test::read_file(folder / name), name);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->pages.size(), 19U);
  EXPECT_TRUE(std::ranges::any_of(result->warnings,
                                  [](const auto& w) { return w.code == "page_damaged"; }));
}

}  // namespace
}  // namespace maester::extract
