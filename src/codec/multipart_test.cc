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

TEST(Multipart, RefusesTooManyPartsAndPartsWithoutAName) {
  EXPECT_FALSE(parse(kBody, "XX", 1));
  EXPECT_FALSE(parse("--XX\r\ncontent-type: a\r\n\r\nx\r\n--XX--", "XX"));
  EXPECT_FALSE(parse(kBody, "XY"));
  EXPECT_FALSE(parse(kBody, ""));
}

}  // namespace
}  // namespace maester::multipart
