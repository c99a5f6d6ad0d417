// T33: hostile documents fail with a named reason, within limits, and cost the parent nothing.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>

#include "extract/tests/children.h"
#include "extract/tests/zip_builder.h"

namespace maester::extract {
namespace {

constexpr std::size_t kMebibyte = 1 << 20;

std::size_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    const std::size_t at = line.find_first_of("0123456789");
    std::size_t kib = 0;
    std::from_chars(line.data() + at, line.data() + line.size(), kib);
    return kib << 10;
  }
  return 0;
}

// What extraction answers, with a bound on what it costs this process.
Result<ingest::Extraction> hostile(std::string_view bytes, const std::string& name,
                                   std::chrono::seconds wall = std::chrono::seconds(60)) {
  static const SystemClock clock;
  ingest::ChildExtractor extractor({.directory = MAESTER_CHILD_DIR, .wall = wall, .ready = 0},
                                   clock);
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak starts anew
  const std::size_t before = peak_memory();
  auto result = extractor.extract({bytes, name, ""});
  EXPECT_LE(peak_memory(), before + 64 * kMebibyte) << name;
  return result;
}

std::string reason(std::string_view bytes, const std::string& name,
                   std::chrono::seconds wall = std::chrono::seconds(60)) {
  const auto result = hostile(bytes, name, wall);
  return result ? "none" : result.error().param;
}

TEST(Hostile, ABombOfTenGibibytesStopsAtTheLimit) {
  const std::string zeros = deflated_zeros(10'240);
  EXPECT_LT(zeros.size(), 16 * kMebibyte);
  EXPECT_EQ(reason(zip_of({{"bomb.txt", zeros, true, 0xfffffff0U}}), "bomb.zip"), "bomb");
  // One that lies about its size.
  EXPECT_EQ(reason(zip_of({{"bomb.txt", zeros, true, 100}}), "bomb.zip"), "bomb");
}

TEST(Hostile, ArchivesWithinArchivesAreRefused) {
  const std::string inner = zip_of({{"a.txt", "text"}});
  EXPECT_EQ(reason(zip_of({{"inner.zip", inner}}), "outer.zip"), "nesting");
  EXPECT_EQ(reason(zip_of({{"x.txt", "a"}, {"no-ending", inner}}), "outer.zip"), "nesting");
}

TEST(Hostile, AMillionEntriesAreRefused) {
  std::vector<ZipMember> members(1'000'000);
  for (std::size_t i = 0; i < members.size(); ++i) members[i].name = std::to_string(i);
  EXPECT_EQ(reason(zip_of(members), "many.zip"), "bomb");
  members.resize(20'000);
  EXPECT_EQ(reason(zip_of(members), "many.zip"), "bomb");
}

TEST(Hostile, EntitiesAreNeverResolved) {
  std::string laughs = "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a0 \"ha\">";
  for (int i = 1; i < 30; ++i) {
    const std::string last = "&a" + std::to_string(i - 1) + ";";
    laughs += "<!ENTITY a" + std::to_string(i) + " \"";
    for (int k = 0; k < 10; ++k) laughs += last;
    laughs += "\">";
  }
  laughs += "]><d>&a29;</d>";
  EXPECT_EQ(reason(docx_of(laughs), "laughs.docx"), "bomb");
  EXPECT_EQ(reason(laughs, "laughs.xml"), "bomb");
  for (const char* target : {"file:///etc/passwd", "http://127.0.0.1:1/x"}) {
    const std::string xml =
        "<!DOCTYPE d [<!ENTITY x SYSTEM \"" + std::string(target) + "\">]><d>&x;</d>";
    EXPECT_EQ(reason(docx_of(xml), "xxe.docx"), "corrupt");
    EXPECT_EQ(reason(xml, "xxe.xml"), "corrupt");
  }
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(Hostile, DeepNestingEndsWithoutACrash) {
  constexpr std::size_t kDeep = 200'000;
  EXPECT_EQ(reason(docx_of(repeated("<w:p>", kDeep) + repeated("</w:p>", kDeep)), "deep.docx"),
            "nesting");
  EXPECT_EQ(reason("{\\rtf1 " + repeated("{\\b ", kDeep), "deep.rtf"), "nesting");
  EXPECT_EQ(reason(repeated("[", kDeep), "deep.json"), "none");
  EXPECT_EQ(reason(repeated("> ", kDeep) + "text", "deep.md"), "none");
  EXPECT_EQ(reason(repeated("[", kDeep) + "text", "brackets.md"), "none");
  EXPECT_EQ(reason(repeated("<table><tr><td>", 2'000) + "text", "deep.html"), "none");
  std::string mail = "Subject: deep\nFrom: a\n";
  for (int i = 0; i < 100; ++i) {
    const std::string b = "b" + std::to_string(i);
    mail += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n";
  }
  EXPECT_EQ(reason(mail + "Content-Type: text/plain\n\ntext", "deep.eml"), "nesting");
}

TEST(Hostile, MailsWithinMailsEnd) {
  std::string mail = "Subject: innermost\nFrom: a\n\ntext";
  for (int i = 0; i < 50; ++i)
    mail = "Subject: s\nFrom: a\nContent-Type: message/rfc822; name=m.eml\n\n" + mail;
  EXPECT_EQ(reason(mail, "mails.eml"), "nesting");
}

TEST(Hostile, NamesAreNoPathsAndLinksAreNotFollowed) {
  const std::string name = "../../../../tmp/maester-escaped-" + std::to_string(::getpid());
  const auto result = hostile(zip_of({{name, "harmless text"},
                                      {"/tmp/maester-escaped", "absolute"},
                                      {"link", "/etc/passwd", false, 0, 0120777U << 16}}),
                              "names.zip");
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_EQ(result->parts.size(), 2U);
  EXPECT_EQ(result->parts[0].name, name);
  EXPECT_TRUE(result->text.contains("harmless text"));
  EXPECT_FALSE(result->text.contains("/etc/passwd"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/maester-escaped"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/" + name.substr(name.rfind('/') + 1)));
  EXPECT_TRUE(std::ranges::any_of(result->warnings,
                                  [](const auto& w) { return w.code == "part_skipped"; }));
}

// A PDF of `pages` pages that share one content stream.
std::string pdf_of(std::size_t pages, std::string_view stream, std::string_view filter) {
  std::string out = "%PDF-1.5\n";
  std::vector<std::size_t> offsets;
  const auto object = [&](const std::string& body) {
    offsets.push_back(out.size());
    out += std::to_string(offsets.size()) + " 0 obj\n" + body + "\nendobj\n";
  };
  std::string kids;
  for (std::size_t i = 0; i < pages; ++i) kids += std::to_string(i + 5) + " 0 R ";
  object("<</Type/Catalog/Pages 2 0 R>>");
  object("<</Type/Pages/Count " + std::to_string(pages) + "/Kids[" + kids + "]>>");
  object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
  object("<</Length " + std::to_string(stream.size()) + std::string(filter) + ">>\nstream\n" +
         std::string(stream) + "\nendstream");
  for (std::size_t i = 0; i < pages; ++i)
    object(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 3 0 "
        "R>>>>>>");
  const std::size_t table = out.size();
  out += "xref\n0 " + std::to_string(offsets.size() + 1) + "\n0000000000 65535 f \n";
  for (const std::size_t offset : offsets) {
    std::string digits = std::to_string(offset);
    out += std::string(10 - digits.size(), '0') + digits + " 00000 n \n";
  }
  return out + "trailer<</Size " + std::to_string(offsets.size() + 1) +
         "/Root 1 0 R>>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
}

TEST(Hostile, TenThousandPagesAreReadWithinTheLimits) {
  const auto result = hostile(
      pdf_of(10'000, "BT /F 12 Tf 50 700 Td (A short page of text.) Tj ET", ""), "pages.pdf");
  if (result) {
    EXPECT_EQ(result->pages.size(), 10'000U);
  } else {
    EXPECT_TRUE(result.error().param == "timeout" || result.error().param == "too_large")
        << result.error().param;
  }
}

TEST(Hostile, APdfWithAnEndlessStreamEndsAtItsTime) {
  const std::string bomb = pdf_of(1, zlib_zeros(10'240), "/Filter/FlateDecode");
  const std::string why = reason(bomb, "stream.pdf", std::chrono::seconds(3));
  EXPECT_TRUE(why == "timeout" || why == "memory" || why == "corrupt") << why;
}

TEST(Hostile, APdfThatTurnsInCirclesEnds) {
  std::string pdf = pdf_of(2, "BT ET", "");
  const std::size_t kids = pdf.find("/Kids[5 0 R");
  pdf.replace(kids, 11, "/Kids[2 0 R");
  const std::string why = reason(pdf, "circle.pdf", std::chrono::seconds(20));
  EXPECT_NE(why, "crashed");
}

#if !defined(__has_feature) || !__has_feature(address_sanitizer)
// AddressSanitizer's shadow does not fit into the limit, so there is none.
TEST(Hostile, WhatNeedsAGibibyteIsRefused) {
  EXPECT_EQ(reason(repeated("<br>", 12'000'000), "memory.html"), "memory");
}
#endif

TEST(Hostile, CompressedFilesAreUnsupportedByName) {
  EXPECT_EQ(reason("\x1f\x8b\x08 rest of it", "quine.gz"), "unsupported");
  const auto result = hostile("\xfd\x37zXZ\x01 rest of it", "a.xz");
  EXPECT_TRUE(result.error().message.contains("xz"));
}

}  // namespace
}  // namespace maester::extract
