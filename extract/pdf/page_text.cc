#include "extract/pdf/page_text.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace maester::extract {
namespace {

bool is_small_letter(std::string_view text) {
  if (text.empty()) return false;
  const auto c = static_cast<unsigned char>(text[0]);
  // Beyond ASCII: Latin and Cyrillic small letters are what hyphens part; capitals after one are
  // rare.
  return std::islower(c) != 0 || c >= 0xc3;
}

// A hyphen that a line's end made, not one of the word's own: a letter stands before it.
bool take_hyphen(std::string& word) {
  for (const std::string_view hyphen : {"-", "\u00ad", "\u2010"}) {
    if (!word.ends_with(hyphen) || word.size() < hyphen.size() + 2) continue;
    const auto before = static_cast<unsigned char>(word[word.size() - hyphen.size() - 1]);
    if (std::isalpha(before) == 0 && before < 0x80) continue;
    word.resize(word.size() - hyphen.size());
    return true;
  }
  return false;
}

constexpr std::size_t kMaxHeadingLines = 3;

std::uint32_t heading_level(double size, double body) {
  if (size >= 1.7 * body) return 1;
  if (size >= 1.35 * body) return 2;
  return size >= 1.15 * body ? 3 : 0;
}

// Numbers alone are of pages and of figures.
bool has_letters(const Line& line) {
  return std::ranges::any_of(line.words, [](const Word& word) {
    return std::ranges::any_of(word.text, [](char c) {
      return std::isalpha(static_cast<unsigned char>(c)) != 0 ||
             static_cast<unsigned char>(c) >= 0xc3;
    });
  });
}

// "2.1 Naming . . . . . 3": an entry of a table of contents, however full its line is.
bool has_leaders(const Line& line) {
  std::size_t dots = 0;
  for (const Word& word : line.words)
    if (word.text.find_first_not_of('.') == std::string::npos) dots += word.text.size();
  return dots >= 4;
}

class PageText {
 public:
  PageText(double body, TextWriter& out) : body_(body), out_(out) {}

  void block(const Block& block) {
    if (!block.table.empty()) return table(block);
    for (std::size_t i = 0; i < block.lines.size(); ++i) {
      const Line* before = i > 0 ? &block.lines[i - 1] : nullptr;
      line(block, before, block.lines[i], level_at(block, i));
    }
    end_heading();
  }

  void end() {
    end_heading();
    settle(false);
  }

 private:
  void table(const Block& block) {
    end();
    out_.begin_table();
    for (const auto& row : block.table) {
      out_.begin_row();
      for (const auto& cell : row) {
        out_.begin_cell();
        for (const Word& word : cell) {
          out_.space();
          out_.flow(word.text);
        }
      }
      out_.end_row();
    }
    out_.end_table();
  }

  // Large print over many lines is text in large print.
  std::uint32_t level_at(const Block& block, std::size_t i) const {
    const std::uint32_t level = heading_level(block.lines[i].size, body_);
    if (level == 0 || block.lines[i].words.size() > 25 || !has_letters(block.lines[i])) return 0;
    const auto same = [&](std::size_t k) {
      return heading_level(block.lines[k].size, body_) == level;
    };
    std::size_t first = i;
    std::size_t last = i;
    while (first > 0 && i - first < kMaxHeadingLines && same(first - 1)) --first;
    while (last + 1 < block.lines.size() && last - i < kMaxHeadingLines && same(last + 1)) ++last;
    return last - first + 1 > kMaxHeadingLines ? 0 : level;
  }

  void line(const Block& block, const Line* before, const Line& line, std::uint32_t level) {
    const bool joins = held_ && is_small_letter(line.words.front().text);
    if (level != level_ && !joins) end_heading();
    if (before == nullptr) {
      if (!joins) begin_paragraph();
    } else if (!joins) {
      between(block, *before, line);
    }
    settle(joins);
    if (level > 0 && level_ == 0) {
      out_.begin_heading(level);
      level_ = level;
    }
    words(line);
  }

  void words(const Line& line) {
    for (std::size_t i = 0; i < line.words.size(); ++i) {
      if (i > 0 && gap(line.words[i - 1], line.words[i])) out_.space();
      std::string text = line.words[i].text;
      if (i + 1 == line.words.size() && take_hyphen(text)) held_ = true;
      out_.flow(text);
    }
  }

  // poppler ends words at spaces and at changes of font; the latter leave no gap.
  static bool gap(const Word& a, const Word& b) {
    return b.left - a.right > 0.08 * std::max(a.height(), b.height()) || b.left < a.left;
  }

  void between(const Block& block, const Line& before, const Line& line) {
    const double pitch = line.bottom - line.top;
    const bool far = line.top - before.bottom > 0.7 * pitch;
    const bool ended_early = before.right < block.right - 0.25 * (block.right - block.left);
    if (far)
      begin_paragraph();
    else if (ended_early || has_leaders(before))
      out_.line_break();
    else
      out_.space();
  }

  void begin_paragraph() {
    settle(false);
    end_heading();
    out_.paragraph();
  }

  // The hyphen that was held back is written unless the word goes on.
  void settle(bool joins) {
    if (held_ && !joins) {
      // It belongs right behind the word, before any break that waits.
      out_.hyphen();
    }
    held_ = false;
  }

  void end_heading() {
    if (level_ == 0) return;
    level_ = 0;
    out_.end_heading();
  }

  const double body_;
  TextWriter& out_;
  std::uint32_t level_ = 0;
  bool held_ = false;
};

}  // namespace

void write_page(const std::vector<Block>& blocks, double body, TextWriter& out) {
  PageText page(body, out);
  for (const Block& block : blocks) {
    if (out.full()) return;
    page.block(block);
  }
  page.end();
}

}  // namespace maester::extract
