// Each reader by what it makes of small documents.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "extract/formats/readers.h"
#include "ingest/extraction_check.h"

namespace maester::extract {
namespace {

ingest::Extraction read(std::string_view bytes, std::string name, std::string type = {}) {
  auto result = read_document({bytes, std::move(name), std::move(type)});
  EXPECT_TRUE(result.has_value()) << result.error().message;
  if (!result) return {};
  EXPECT_TRUE(ingest::check(*result).has_value());
  return *result;
}

std::string at(const ingest::Extraction& x, ingest::TextRange range) {
  return x.text.substr(range.start, range.end - range.start);
}

TEST(Html, TablesListsHeadingsAndWhatIsHidden) {
  const auto x = read(
      "<html><head><title> A  title </title><style>p{}</style></head><body><h1>One</h1>"
      "<p>First&nbsp;line<br>second <b>line</b></p><ul><li>a<li>b<ol><li>c</ol></ul>"
      "<p style='display: none'>hidden</p><script>var x='</p>';</script>"
      "<table><tr><th>Name<th>Value<tr><td>x<td>1<br>2<tr><td><td>3</table>"
      "<pre>  keep\n    this</pre><img alt='a picture'></body></html>",
      "a.html");
  EXPECT_EQ(x.title, "A title");
  EXPECT_EQ(x.text,
            "One\n\nFirst\u00a0line\nsecond line\n\n- a\n- b\n\n  1. c\n\nName\tValue\nx\t1 "
            "2\n\t3\n\n  keep\n    "
            "this\n\na picture");
  ASSERT_EQ(x.tables.size(), 1U);
  EXPECT_TRUE(x.tables[0].has_header);
  ASSERT_EQ(x.tables[0].rows.size(), 3U);
  EXPECT_EQ(at(x, x.tables[0].rows[1]), "x\t1 2");
  EXPECT_EQ(at(x, x.headings.at(0).range), "One");
}

TEST(Html, TheServersCharsetCountsBeforeTheDocuments) {
  const std::string bytes = "<meta charset=utf-8><p>\xcf\xf0\xe8\xe2\xe5\xf2";
  EXPECT_EQ(read(bytes, "a.html", "text/html; charset=windows-1251").text, "Привет");
}

TEST(Markdown, BlocksAndSpans) {
  const auto x = read(
      "# Title\n\nSome **bold** text\nthat wraps &amp; &#8364;.\n\n- one\n- two\n  - inner\n\n"
      "| a | b |\n|---|---|\n| 1 | `2` |\n\n```\ncode  here\n  more\n```\n\n<details>html "
      "<b>text</b></details>\n",
      "a.md");
  EXPECT_EQ(x.text,
            "Title\n\nSome bold text that wraps & €.\n\n- one\n- two\n  - inner\n\na\tb\n1\t2\n\n"
            "code  here\n  more\n\nhtml text");
  EXPECT_TRUE(x.tables.at(0).has_header);
  EXPECT_EQ(x.headings.at(0).level, 1U);
}

TEST(Csv, TheTextStaysAndTheRowsAreMapped) {
  const auto x = read("Name;Price\n\"A \"\"b\"\"; c\";1,50\n\n\"two\nlines\";2\n", "a.csv");
  EXPECT_EQ(x.text, "Name;Price\n\"A \"\"b\"\"; c\";1,50\n\"two\nlines\";2");
  ASSERT_EQ(x.tables.at(0).rows.size(), 3U);
  EXPECT_TRUE(x.tables[0].has_header);
  EXPECT_EQ(at(x, x.tables[0].rows[2]), "\"two\nlines\";2");
  EXPECT_FALSE(read("1,2\n3,4\n", "a.csv").tables.at(0).has_header);
}

TEST(Json, BecomesIndentedText) {
  EXPECT_EQ(read(R"({"a": {"b": "two\nlines", "c": [1, "x"]}, "d": [], "e": null})", "a.json").text,
            "a:\n  b: two\nlines\n  c:\n    - 1\n    - x\nd: []\ne: null");
  EXPECT_EQ(read("{\"a\": 1}\n\nnot json\n", "a.jsonl").text, "a: 1\n\nnot json");
  const auto broken = read("{\"a\": ", "a.json");
  EXPECT_EQ(broken.text, "{\"a\": ");
  EXPECT_EQ(broken.warnings.at(0).code, "not_json");
}

TEST(Rtf, UnicodeCodePagesFootnotesAndTables) {
  const auto x = read(
      R"({\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}{\stylesheet{\s1 heading 1;}})"
      R"({\info{\title The title}{\author Nobody}}\pard\s1 Head\par\pard\f0 caf\'e9 \u8364\'80 \f1\'cf\'f0 \f0)"
      R"(\u-10179?\u-8704? x{\*\secret gone}{\footnote A note}\par\trowd\intbl a\cell b\cell\row\pard after})",
      "a.rtf");
  EXPECT_EQ(x.title, "The title");
  EXPECT_EQ(x.text, "Head\n\ncafé € Пр \U0001F600 x [A note]\n\na\tb\n\nafter");
  EXPECT_EQ(at(x, x.headings.at(0).range), "Head");
  EXPECT_EQ(x.tables.at(0).rows.size(), 1U);
}

TEST(Mail, HeadersAlternativesAndAttachments) {
  const auto x = read(
      "From: =?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_M?= <a@b>\r\nSubject: "
      "=?iso-8859-1?b?VORnbGljaA==?=\r\n"
      "Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\nignored\r\n--b b\r\n"
      "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: "
      "text/html\r\n\r\n<p>html</p>\r\n"
      "--c\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\n"
      "k=F6nnen w=\r\nir\r\n--c--\r\n--b b\r\nContent-Disposition: attachment;\r\n "
      "filename*0*=utf-8''%C3%A4;\r\n"
      " filename*1=.csv\r\nContent-Transfer-Encoding: base64\r\n\r\nYSxiCjEsMg==\r\n--b b--\r\n",
      "a.eml");
  EXPECT_EQ(x.title, "Täglich");
  EXPECT_EQ(
      x.text,
      "Subject: Täglich\nFrom: Jürgen M <a@b>\n\nkönnen wir\n\nAttachment: ä.csv\n\na,b\n1,2");
  ASSERT_EQ(x.parts.size(), 1U);
  EXPECT_EQ(x.parts[0].name, "ä.csv");
  EXPECT_EQ(x.parts[0].content_type, "text/csv");
  EXPECT_EQ(at(x, x.parts[0].range), "Attachment: ä.csv\n\na,b\n1,2");
}

TEST(Mail, WhatItCarriesAndCannotBeReadIsAWarning) {
  const auto x = read(
      "From: a\nSubject: b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
      "Content-Type: image/png; name=x.png\n\n\x89PNG rubbish\n--b--\n",
      "a.eml");
  EXPECT_TRUE(x.text.contains("text"));
  EXPECT_EQ(x.warnings.at(0).code, "part_skipped");
}

TEST(Plain, OnlyEncodingAndLineEndsChange) {
  EXPECT_EQ(read("a\r\nb\rc\n\x07"
                 "d\te\n",
                 "a.txt")
                .text,
            "a\nb\nc\nd\te\n");
  EXPECT_EQ(read("\xef\xbb\xbfint x;\n", "a.c").text, "int x;\n");
  EXPECT_EQ(read("<p>not html</p>", "a.txt").text, "<p>not html</p>");
}

TEST(Plain, WhatIsNoTextIsUnsupported) {
  const auto result = read_document({std::string_view("\x01\x02\x00\x03rubbish", 11), "a.bin", ""});
  EXPECT_EQ(result.error().param, "unsupported");
  EXPECT_EQ(read("", "a.txt").outcome, ingest::Outcome::empty);
  EXPECT_EQ(read(" \n\t ", "a.txt").outcome, ingest::Outcome::empty);
}

TEST(Detect, ContentCountsBeforeTheName) {
  EXPECT_EQ(read("{\\rtf1 text}", "a.txt").text, "text");
  EXPECT_EQ(read("<!DOCTYPE html><p>text", "a.bin").text, "text");
  EXPECT_EQ(read("From: a\nSubject: b\nTo: c\n\ntext", "mail").title, "b");
  EXPECT_EQ(read("MZ is no program here", "a.txt").text, "MZ is no program here");
}

}  // namespace
}  // namespace maester::extract
