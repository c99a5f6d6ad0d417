#include "app/text_table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace maester::app {
namespace {

TEST(TextTable, AlignsByCharactersAndLeavesNoSpacesAtLineEnds) {
  TextTable table({"name", "updated_at"});
  table.add({"é", "x"});
  table.add({"longer", ""});
  std::ostringstream out;
  table.print(out);
  EXPECT_EQ(out.str(), "NAME    UPDATED AT\né       x\nlonger\n");
}

TEST(TextTable, MakesControlCharactersVisible) {
  EXPECT_EQ(printable("a\x1b[31m\n\tb\x7f"), "a\\x1b[31m\\n\\tb\\x7f");
}

TEST(TextTable, ShowsRowsOfJson) {
  const auto doc =
      json::Document::parse(R"([{"a": 1, "b": null}, {"b": {"k": [1]}, "a": "x\u001by"}])");
  std::ostringstream out;
  print_rows(out, doc->root());
  EXPECT_EQ(out.str(), "A       B\n1\nx\\x1by  {\"k\": [1]}\n");
}

TEST(TextTable, FlattensAnObject) {
  const auto doc = json::Document::parse(
      R"({"id": "r", "model": {"requested": "m", "parts": [1, {"x": 2}]}, "none": [], "n": null})");
  std::ostringstream out;
  print_object(out, doc->root());
  EXPECT_EQ(out.str(),
            "id               r\nmodel.requested  m\nmodel.parts.0    1\nmodel.parts.1.x  2\n"
            "none             []\nn\n");
}

}  // namespace
}  // namespace maester::app
