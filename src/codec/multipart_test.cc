#include "codec/multipart.h"

#include <gtest/gtest.h>

namespace maester::multipart {
namespace {

constexpr std::string_view kBody =
    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;\\\"b\\\".txt\"\r\n"
    "Content-Type: text/plain\r\n\r\none\r\ntwo\r\n--XX\r\n"
    "content-disposition: form-data; name=title\r\n\r\n\r\n--XX--\r\n";

TEST(Multipart, ReadsPartsWithTheirNamesAndBytes) {
  const auto parts = parse(kBody, "XX");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ(parts->at(0).name, "file");
  EXPECT_EQ(parts->at(0).file_name, "a;\"b\".txt");
  EXPECT_EQ(parts->at(0).content_type, "text/plain");
  EXPECT_EQ(parts->at(0).content, "one\r\ntwo");
  EXPECT_EQ(parts->at(1).name, "title");
  EXPECT_EQ(parts->at(1).content, "");
}

TEST(Multipart, FindsTheBoundary) {
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=XX"), "XX");
  EXPECT_EQ(boundary_of("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), "a b");
  EXPECT_EQ(boundary_of("multipart/mixed; boundary=XX"), "");
  EXPECT_EQ(boundary_of("multipart/form-data"), "");
  EXPECT_EQ(boundary_of(""), "");
}

TEST(Multipart, RefusesWhatIsCutAtAnyByte) {
  const std::size_t last = kBody.rfind("--XX--") + 6;
  for (std::size_t size = 0; size < last; ++size)
    EXPECT_FALSE(parse(kBody.substr(0, size), "XX")) << size;
  EXPECT_TRUE(parse(kBody.substr(0, last), "XX"));
}

// What a Reader tells, as text.
struct Told final : Sink {
  Status begin(const Part& head) override {
    text += "<" + head.name + "|" + head.file_name + "|" + head.content_type + ">";
    return {};
  }
  Status content(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  Status end() override {
    text += "</>";
    return {};
  }
  std::string text;
};

TEST(Multipart, ReadsTheSameFromAnyCut) {
  const std::string body =
      "--XX\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n--XY\r\n--X\r\n"
      "\r\n--XX\r\ncontent-disposition: form-data; name=b\r\n\r\n\r\n--XX\r\n"
      "content-disposition: form-data; name=c; filename=f\r\ncontent-type: t"
      "\r\n\r\nx--XX is none\r\n\r\n--XX--behind";
  const auto whole = parse(body, "XX");
  ASSERT_TRUE(whole) << whole.error().message;
  std::string wanted;
  for (const Part& part : *whole) {
    wanted += "<" + part.name + "|" + part.file_name + "|" + part.content_type + ">" +
              std::string(part.content) + "</>";
  }
  EXPECT_EQ(whole->size(), 3u);
  for (std::size_t step = 1; step <= body.size(); ++step) {
    Reader reader("XX");
    Told told;
    for (std::size_t at = 0; at < body.size(); at += step) {
      ASSERT_TRUE(reader.feed(std::string_view(body).substr(at, step), told)) << step;
      if (at + step < body.size() - 8) EXPECT_FALSE(reader.finish());
    }
    EXPECT_TRUE(reader.finish()) << step;
    EXPECT_EQ(told.text, wanted) << step;
  }
}

TEST(Multipart, AReaderRefusesAsTheWholeIsRefused) {
  Told told;
  EXPECT_FALSE(Reader("XX").feed("--XY\r\n\r\n\r\n", told));
  EXPECT_FALSE(Reader("").feed("--\r\n\r\n\r\n\r\n", told));
  EXPECT_FALSE(Reader("XX", 1).feed(kBody, told));
  EXPECT_FALSE(Reader("XX").feed("--XXabc", told));
  EXPECT_FALSE(Reader("XX").feed("--XX\r\n" + std::string(9'000, 'a'), told));
  EXPECT_FALSE(Reader("XX").feed("--XX\r\ncontent-type: a\r\n\r\nx\r\n--XX--", told));
}

TEST(Multipart, RefusesTooManyPartsAndPartsWithoutAName) {
  EXPECT_FALSE(parse(kBody, "XX", 1));
  EXPECT_FALSE(parse("--XX\r\ncontent-type: a\r\n\r\nx\r\n--XX--", "XX"));
  EXPECT_FALSE(parse(kBody, "XY"));
  EXPECT_FALSE(parse(kBody, ""));
}

}  // namespace
}  // namespace maester::multipart
