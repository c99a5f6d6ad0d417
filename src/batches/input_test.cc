#include "batches/input.h"

#include <gtest/gtest.h>

#include <deque>

namespace maester::batches {
namespace {

Pieces cut(const std::string& text, std::size_t step) {
  auto left = std::make_shared<std::deque<std::string>>();
  for (std::size_t at = 0; at < text.size(); at += step) left->push_back(text.substr(at, step));
  return [left]() -> Result<std::string> {
    if (left->empty()) return std::string();
    std::string piece = std::move(left->front());
    left->pop_front();
    return piece;
  };
}

std::string lines_of(const std::string& text, std::size_t step, std::size_t most = 100) {
  LineReader reader(cut(text, step), most);
  std::string out;
  for (std::string_view line;;) {
    const auto more = reader.next(line);
    if (!more) return out + "!" + std::string(to_string(more.error().code));
    if (!*more) return out;
    out += std::to_string(reader.number()) + "=" + std::string(line) + ";";
  }
}

TEST(BatchInput, LinesAreTheSameFromAnyCut) {
  const std::string text =
      "\xEF\xBB\xBF"
      "a\r\n\n  \nbb\n\r\nccc";
  for (std::size_t step = 1; step <= text.size(); ++step)
    EXPECT_EQ(lines_of(text, step), "1=a;4=bb;6=ccc;") << step;
  EXPECT_EQ(lines_of("", 1), "");
  EXPECT_EQ(lines_of("\n\n", 1), "");
  EXPECT_EQ(lines_of("a\n", 1), "1=a;");
}

TEST(BatchInput, ALineThatIsTooLongIsAnErrorWithItsNumber) {
  for (const std::size_t step : {std::size_t{7}, std::size_t{1'000}}) {
    LineReader reader(cut("a\n" + std::string(200, 'x') + "\nb", step), 100);
    std::string_view line;
    ASSERT_TRUE(*reader.next(line));
    const auto broken = reader.next(line);
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, Code::too_large);
    EXPECT_TRUE(broken.error().message.starts_with("Line 2 "));
  }
}

TEST(BatchInput, TellsAtMostAThousandErrorsAndHowManyMore) {
  std::string text;
  for (int i = 0; i < 1'500; ++i) text += "{}\n";
  const auto report =
      check_input(cut(text, 4'096), {.endpoint = "/v1/embeddings"}, [] { return false; });
  ASSERT_TRUE(report);
  ASSERT_EQ(report->errors.size(), kMaxErrors + 1);
  EXPECT_EQ(report->errors.back().code, "too_many_errors");
  EXPECT_TRUE(report->errors.back().message.starts_with("500 "));
}

TEST(BatchInput, KnowsTheModelThatAllNameAndNoneOfSeveral) {
  const auto model = [](std::string_view a, std::string_view b) {
    std::string text;
    for (const std::string_view one : {a, b, a}) {
      text += R"({"custom_id":")" + std::to_string(text.size()) +
              R"(","method":"POST","url":"/v1/embeddings","body":{"model":")" + std::string(one) +
              "\"}}\n";
    }
    return check_input(cut(text, 50), {.endpoint = "/v1/embeddings"}, [] { return false; })->model;
  };
  EXPECT_EQ(model("m", "m"), "m");
  EXPECT_EQ(model("m", "n"), "");
}

}  // namespace
}  // namespace maester::batches
