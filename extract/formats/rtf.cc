// RTF 1.9.1, as far as its text goes: groups with their state on a stack, control words, bytes in
// code pages, \u escapes with their fallback skipped.
#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "extract/formats/charset.h"
#include "extract/formats/readers.h"
#include "extract/formats/refusal.h"
#include "extract/formats/rtf_words.h"

namespace maester::extract {
namespace {

constexpr std::size_t kMaxGroups = 1'000;

enum class Into : std::uint8_t { text, nothing, fonts, styles, title, list_mark };

struct Group {
  Into into = Into::text;
  int fallback = 1;  // \ucN
  int font = -1;
  bool ends_paragraph = false;  // a header, a footer, a text box
  bool ends_note = false;
  bool starts = false;  // into begins with this group: its end is the destination's end
};

struct Token {
  std::string_view word;
  int value = 0;
  bool has_value = false;
};

class Rtf {
 public:
  Rtf(std::string_view bytes, TextWriter& out) : in_(bytes), out_(out) { groups_.push_back({}); }

  Status read() {
    while (at_ < in_.size() && !out_.full()) {
      const char c = in_[at_++];
      if (c == '{') {
        if (groups_.size() >= kMaxGroups)
          return nesting("The RTF has groups more than 1,000 deep.");
        flush();
        Group group = groups_.back();
        group.ends_paragraph = group.ends_note = group.starts = false;
        groups_.push_back(group);
        skip_ = 0;
      } else if (c == '}') {
        end_group();
      } else if (c == '\\') {
        control();
      } else if (c != '\r' && c != '\n') {
        byte(c);
      }
    }
    while (groups_.size() > 1) end_group();
    flush();
    end_paragraph();
    if (in_table_) out_.end_table();
    return {};
  }

 private:
  Group& top() { return groups_.back(); }

  void control() {
    if (at_ >= in_.size()) return;
    const char c = in_[at_];
    if (c == '\'') {
      const int high = at_ + 1 < in_.size() ? hex(in_[at_ + 1]) : -1;
      const int low = at_ + 2 < in_.size() ? hex(in_[at_ + 2]) : -1;
      at_ += high < 0 || low < 0 ? 1 : 3;
      if (high >= 0 && low >= 0) byte(static_cast<char>(high * 16 + low));
      return;
    }
    if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) {
      ++at_;
      return symbol(c);
    }
    word(take_word());
  }

  Token take_word() {
    const std::size_t begin = at_;
    while (at_ < in_.size() && at_ - begin < 32 &&
           std::isalpha(static_cast<unsigned char>(in_[at_])))
      ++at_;
    Token token{in_.substr(begin, at_ - begin)};
    const auto [end, error] =
        std::from_chars(in_.data() + at_, in_.data() + std::min(in_.size(), at_ + 11), token.value);
    token.has_value = error == std::errc();
    if (token.has_value) at_ = static_cast<std::size_t>(end - in_.data());
    if (at_ < in_.size() && in_[at_] == ' ') ++at_;
    return token;
  }

  void symbol(char c) {
    switch (c) {
      case '*':
        ignorable_ = true;
        return;
      case '~':
        return character(0xa0);
      case '_':
        return character(0x2011);
      case '-':  // an optional hyphen
        return;
      case '\n':
      case '\r':
        return end_paragraph();
      case '\\':
      case '{':
      case '}':
        return byte(c);
      default:
        return;
    }
  }

  void word(const Token& token) {
    const RtfWord meaning = rtf_word(token.word);
    const bool was_ignorable = std::exchange(ignorable_, false);
    if (skip_ > 0 && meaning != RtfWord::unicode && meaning != RtfWord::binary) {
      --skip_;  // a control word counts as one character of the fallback
      return;
    }
    if (was_ignorable && (meaning == RtfWord::other || meaning == RtfWord::emit)) {
      flush();
      return divert(Into::nothing);
    }
    if (meaning == RtfWord::unicode) return unicode(token.value);
    if (meaning == RtfWord::emit) return character(rtf_character(token.word));
    if (meaning == RtfWord::other) return;
    flush();
    destination(meaning);
    if (meaning == RtfWord::binary)
      at_ += std::min<std::size_t>(static_cast<std::size_t>(std::max(token.value, 0)),
                                   in_.size() - at_);
    format(meaning, token);
  }

  void divert(Into into) {
    top().into = top().into == Into::nothing ? Into::nothing : into;
    top().starts = true;
    collected_.clear();
  }

  void destination(RtfWord meaning) {
    switch (meaning) {
      case RtfWord::skip_group:
        return divert(Into::nothing);
      case RtfWord::fonts:
        return divert(Into::fonts);
      case RtfWord::styles:
        return divert(Into::styles);
      case RtfWord::title:
        return divert(Into::title);
      case RtfWord::list_mark:
        return divert(Into::list_mark);
      case RtfWord::note:
        if (top().into != Into::text) return;
        out_.flow(" [");
        top().ends_note = true;
        return;
      case RtfWord::apart:
        if (top().into != Into::text) return;
        out_.paragraph();
        top().ends_paragraph = true;
        return;
      default:
        return;
    }
  }

  void format(RtfWord meaning, const Token& token) {
    switch (meaning) {
      case RtfWord::code_page:
        code_page_ = token.value;
        return;
      case RtfWord::fallback_length:
        top().fallback = std::clamp(token.value, 0, 32);
        return;
      case RtfWord::default_font:
        default_font_ = token.value;
        return;
      case RtfWord::plain:
        top().font = -1;
        return;
      case RtfWord::font:
        top().font = token.value;
        return;
      case RtfWord::font_charset:
        if (top().into == Into::fonts && fonts_.size() < 10'000)
          fonts_[top().font] = rtf_code_page(token.value);
        return;
      case RtfWord::style:
        if (top().into == Into::styles)
          style_in_table_ = token.value;
        else
          style_ = token.value;
        return;
      case RtfWord::outline_level:
        if (top().into == Into::text) outline_ = token.value;
        return;
      default:
        return top().into == Into::text ? layout(meaning) : void();
    }
  }

  void layout(RtfWord meaning) {
    switch (meaning) {
      case RtfWord::paragraph:
        return end_paragraph();
      case RtfWord::paragraph_reset:
        cell_paragraph_ = false;
        style_ = outline_ = -1;
        return;
      case RtfWord::in_table:
        cell_paragraph_ = true;
        return;
      case RtfWord::row_begin:
        row_defined_ = true;
        return;
      case RtfWord::line:
        return out_.line_break();
      case RtfWord::tab:
        return out_.space();
      case RtfWord::cell:
        open_cell();
        cell_open_ = false;
        return;
      case RtfWord::row:
        if (in_table_) out_.end_row();
        cell_open_ = row_open_ = row_defined_ = false;
        return;
      default:
        return;
    }
  }

  void open_cell() {
    if (!in_table_) {
      out_.begin_table();
      in_table_ = true;
    }
    if (!row_open_) out_.begin_row();
    row_open_ = true;
    if (!cell_open_) out_.begin_cell();
    cell_open_ = true;
  }

  // Before the first text of a paragraph.
  void place() {
    if (cell_paragraph_ || row_defined_) return open_cell();
    if (in_table_) {
      out_.end_table();
      in_table_ = row_open_ = cell_open_ = false;
    }
    if (after_list_ && !list_entry_) out_.paragraph();
    after_list_ = false;
    if (in_heading_) return;
    const auto named = headings_.find(style_);
    const int level = outline_ >= 0 && outline_ < 9 ? outline_ + 1
                      : named == headings_.end()    ? 0
                                                    : named->second;
    if (level == 0) return;
    out_.begin_heading(static_cast<std::uint32_t>(level));
    in_heading_ = true;
  }

  void end_paragraph() {
    flush();
    if (top().into != Into::text) return;
    if (in_heading_) out_.end_heading();
    in_heading_ = false;
    // Entries of a list are lines; what follows the list is a paragraph again (place()).
    list_entry_ ? out_.line_break() : out_.paragraph();
    after_list_ = std::exchange(list_entry_, false);
  }

  void end_group() {
    flush();
    skip_ = 0;
    if (groups_.size() == 1) return;
    const Group ended = groups_.back();
    groups_.pop_back();
    if (ended.ends_note) out_.flow("]");
    if (ended.ends_paragraph) end_paragraph();
    if (ended.into == Into::styles) learn_style();
    if (!ended.starts || ended.into == Into::nothing) return;
    if (ended.into == Into::title) out_.title(collected_);
    if (ended.into == Into::list_mark && top().into == Into::text) {
      list_entry_ = true;
      place();
      const bool numbered = std::ranges::any_of(
          collected_, [](char c) { return std::isalnum(static_cast<unsigned char>(c)); });
      out_.flow(numbered ? collected_ : "-");
      out_.space();
    }
    collected_.clear();
  }

  // "{\s2 ... heading 2;}" of the style sheet.
  void learn_style() {
    const std::size_t at = collected_.find("eading ");
    if (at != std::string::npos && at <= 1 && at + 7 < collected_.size() && style_in_table_ >= 0) {
      const int level = collected_[at + 7] - '0';
      if (level >= 1 && level <= 9 && headings_.size() < 1'000) headings_[style_in_table_] = level;
    }
    collected_.clear();
    style_in_table_ = -1;
  }

  void byte(char c) {
    ignorable_ = false;
    if (skip_ > 0) {
      --skip_;
      return;
    }
    if (top().into == Into::nothing || top().into == Into::fonts) return;
    if (!text_.empty()) flush();
    bytes_ += c;
  }

  void unicode(int value) {
    skip_ = top().fallback;
    const auto unit = static_cast<std::uint16_t>(value);
    if (unit >= 0xd800 && unit < 0xdc00) {
      high_ = unit;
      return;
    }
    if (unit >= 0xdc00 && unit < 0xe000) {
      const int kept = skip_;
      if (high_ != 0)
        character(0x10000 + ((static_cast<char32_t>(high_) - 0xd800) << 10U) + (unit - 0xdc00U));
      high_ = 0;
      skip_ = kept;
      return;
    }
    const int kept = std::exchange(skip_, 0);
    character(unit);
    skip_ = kept;
  }

  void character(char32_t c) {
    if (!bytes_.empty()) flush();
    utf8::append(text_, c);
  }

  void flush() {
    if (!bytes_.empty()) {
      const int font = top().font >= 0 ? top().font : default_font_;
      const auto found = fonts_.find(font);
      const int page = found != fonts_.end() && found->second != 0 ? found->second : code_page_;
      auto text = convert(bytes_, code_page(page));
      text_ += text ? *text : convert(bytes_, "windows-1252").value_or("");
      bytes_.clear();
    }
    if (text_.empty()) return;
    if (top().into == Into::text) {
      if (text_.find_first_not_of(' ') != std::string::npos) place();
      out_.flow(text_);
    } else if (top().into != Into::nothing && collected_.size() < 4096) {
      collected_ += text_;
    }
    text_.clear();
  }

  static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  }

  std::string_view in_;
  std::size_t at_ = 0;
  TextWriter& out_;
  std::vector<Group> groups_;
  std::map<int, int> fonts_;     // number -> code page, 0 = the document's
  std::map<int, int> headings_;  // style -> level
  int code_page_ = 1252;
  int default_font_ = 0;
  int style_ = -1;
  int style_in_table_ = -1;
  int outline_ = -1;
  int skip_ = 0;  // characters of a fallback that are still to be skipped
  std::uint16_t high_ = 0;
  bool ignorable_ = false;  // "\*" was read
  bool cell_paragraph_ = false;
  bool row_defined_ = false;
  bool in_table_ = false;
  bool row_open_ = false;
  bool cell_open_ = false;
  bool in_heading_ = false;
  bool list_entry_ = false;  // of the paragraph that is open
  bool after_list_ = false;
  std::string bytes_;      // in a code page
  std::string text_;       // UTF-8
  std::string collected_;  // of a destination that is not the text
};

}  // namespace

Status read_rtf(std::string_view bytes, TextWriter& out) {
  return Rtf(bytes, out).read();
}

}  // namespace maester::extract
