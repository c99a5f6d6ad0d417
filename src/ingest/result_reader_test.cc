#include "ingest/result_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <vector>

#include "ingest/child_format.h"
#include "ingest/extraction_limits.h"

namespace maester::ingest {
namespace {

Extraction sample() {
  Extraction x;
  x.content_type = "text/markdown";
  x.title = "Täglich";
  x.parser = "test 1";
  x.text = "Täglich\n\na\tb\nc\td";
  x.headings = {{1, {0, 8}}};
  x.pages = {{1, {0, 8}}, {2, {10, 17}}};
  x.tables = {{{10, 17}, {{10, 13}, {14, 17}}, true}};
  x.parts = {{"a.txt", "text/plain", {10, 17}}};
  x.warnings = {{"encoding_guessed", "It was a guess."}};
  return x;
}

Result<Extraction> read(std::string_view bytes, std::size_t piece = 1 << 20) {
  ResultReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    TRY(reader.feed(bytes.substr(at, piece)));
  if (!reader.complete()) return fail(Code::corrupt, "ends early");
  return reader.finish();
}

TEST(ResultReader, ReadsWhatAChildWritesInAnyPieces) {
  const std::string bytes = encode_result({sample(), {}});
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    const auto x = read(bytes, piece);
    ASSERT_TRUE(x.has_value()) << x.error().message;
    EXPECT_EQ(x->text, sample().text);
    EXPECT_EQ(x->title, "Täglich");
    ASSERT_EQ(x->tables.size(), 1U);
    EXPECT_EQ(x->tables[0].rows.size(), 2U);
    EXPECT_TRUE(x->tables[0].has_header);
    EXPECT_EQ(x->parts.at(0).name, "a.txt");
    EXPECT_EQ(x->warnings.at(0).code, "encoding_guessed");
    EXPECT_EQ(x->pages.at(1).number, 2U);
    EXPECT_EQ(x->characters, 16U);
  }
}

TEST(ResultReader, AFailureKeepsItsReason) {
  const auto bombed = read(encode_failure(failure("bomb", "Too much.")));
  EXPECT_EQ(bombed.error().code, Code::unprocessable);
  EXPECT_EQ(bombed.error().param, "bomb");
  EXPECT_EQ(read(encode_failure(failure("too_large", "x"))).error().code, Code::too_large);
  EXPECT_EQ(read(encode_failure(failure("because", "x"))).error().code, Code::corrupt);
}

TEST(ResultReader, EveryTruncationIsRefused) {
  const std::string bytes = encode_result({sample(), {}});
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(read(std::string_view(bytes).substr(0, n)).has_value()) << n;
  EXPECT_FALSE(read(bytes + "x").has_value());
}

TEST(ResultReader, MapsThatDoNotFitTheTextAreRefused) {
  const std::vector<std::function<void(Extraction&)>> lies = {
      [](Extraction& x) { x.headings[0].range.end = 1000; },
      [](Extraction& x) { x.headings[0].range = {0, 2}; },  // within the ä
      [](Extraction& x) { x.headings[0].level = 0; },
      [](Extraction& x) { x.pages[1].range.start = 4; },
      [](Extraction& x) { x.tables[0].rows[1] = {9, 13}; },
      [](Extraction& x) { x.parts[0].range = {8, 3}; },
      [](Extraction& x) { x.text[3] = '\xff'; },
      [](Extraction& x) { x.text[3] = '\0'; },
      [](Extraction& x) { x.text += "\xc2\x85"; },
      [](Extraction& x) { x.outcome = static_cast<Outcome>(9); },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    Extraction x = sample();
    lies[i](x);
    EXPECT_EQ(read(encode_result({x, {}})).error().code, Code::corrupt) << i;
  }
}

TEST(ResultReader, ADeclaredLengthReservesNothing) {
  std::string bytes(kResultMagic);
  bytes += 'T';
  const std::uint32_t length = kMaxText;
  bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
  EXPECT_FALSE(read(bytes).has_value());  // no M before it
  Extraction empty;
  std::string good = encode_result({empty, {}});
  good.resize(good.size() - 5);
  good += 'T';
  const std::uint32_t more = kMaxText + 1;
  good.append(reinterpret_cast<const char*>(&more), sizeof more);
  EXPECT_EQ(read(good).error().message, "The text is too long.");
}

TEST(ChildFormat, ARequestComesBackAsItWas) {
  const Source source{"bytes\0of it", "a\nb.txt", "text/plain"};
  const std::string request = request_head(source) + std::string(source.bytes);
  const auto back = read_request(request);  // its views point into the request
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->bytes, source.bytes);
  EXPECT_EQ(back->file_name, "a b.txt");
  EXPECT_FALSE(read_request(request_head(source)).has_value());
}

}  // namespace
}  // namespace maester::ingest
