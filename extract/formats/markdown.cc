// Markdown (CommonMark with tables, strikethrough and bare links) by md4c, which calls back for
// each block and span and does not recurse over the input.
#include <md4c.h>

#include <algorithm>
#include <string>
#include <vector>

#include "extract/formats/decode_text.h"
#include "extract/formats/entities.h"
#include "extract/formats/html.h"
#include "extract/formats/readers.h"
#include "extract/formats/refusal.h"

namespace maester::extract {
namespace {

class Markdown {
 public:
  explicit Markdown(TextWriter& out) : out_(out) {}

  void enter(MD_BLOCKTYPE type, void* detail) {
    switch (type) {
      case MD_BLOCK_H:
        out_.begin_heading(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
        break;
      case MD_BLOCK_UL:
        open_list(0);
        break;
      case MD_BLOCK_OL:
        open_list(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start + 1);
        break;
      case MD_BLOCK_LI:
        out_.line_break();
        marker();
        fresh_item_ = true;
        break;
      case MD_BLOCK_TABLE:
        out_.begin_table();
        break;
      case MD_BLOCK_THEAD:
        out_.mark_header();
        break;
      case MD_BLOCK_TR:
        out_.begin_row();
        break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD:
        out_.begin_cell();
        break;
      case MD_BLOCK_CODE:
        out_.paragraph();
        verbatim_ = true;
        break;
      case MD_BLOCK_HTML:
        in_html_ = true;
        break;
      case MD_BLOCK_P:
        if (!fresh_item_) out_.paragraph();
        fresh_item_ = false;
        break;
      default:
        break;
    }
  }

  void leave(MD_BLOCKTYPE type) {
    switch (type) {
      case MD_BLOCK_H:
        out_.end_heading();
        break;
      case MD_BLOCK_UL:
      case MD_BLOCK_OL:
        if (!lists_.empty()) lists_.pop_back();
        lists_.empty() ? out_.paragraph() : out_.line_break();
        break;
      case MD_BLOCK_LI:
        fresh_item_ = false;
        out_.line_break();
        break;
      case MD_BLOCK_TR:
        out_.end_row();
        break;
      case MD_BLOCK_TABLE:
        out_.end_table();
        break;
      case MD_BLOCK_CODE:
        flush_code();
        verbatim_ = false;
        out_.paragraph();
        break;
      case MD_BLOCK_HTML:
        in_html_ = false;
        write_html(html_, out_);
        html_.clear();
        break;
      case MD_BLOCK_P:
        out_.paragraph();
        break;
      default:
        break;
    }
  }

  void text(MD_TEXTTYPE type, std::string_view text) {
    switch (type) {
      case MD_TEXT_BR:
        out_.line_break();
        return;
      case MD_TEXT_SOFTBR:
        out_.space();
        return;
      case MD_TEXT_NULLCHAR:
        return;
      case MD_TEXT_ENTITY:
        out_.flow(decode_entity(text));
        return;
      case MD_TEXT_HTML:
        if (in_html_) html_ += text;  // a tag within a line says nothing
        return;
      default:
        break;
    }
    fresh_item_ = false;
    if (verbatim_)
      code_ += text;
    else
      out_.flow(text);
  }

  bool full() const { return out_.full(); }

 private:
  void open_list(unsigned next) {
    if (lists_.empty()) out_.paragraph();
    lists_.push_back(next);
  }
  void marker() {
    const std::size_t depth = lists_.size();
    std::string mark(depth > 1 ? 2 * std::min<std::size_t>(depth - 1, 8) : 0, ' ');
    if (!lists_.empty() && lists_.back() > 0)
      mark += std::to_string(lists_.back()++ - 1) + ". ";
    else
      mark += "- ";
    out_.verbatim(mark);
  }
  void flush_code() {
    while (code_.ends_with('\n')) code_.pop_back();
    out_.verbatim(code_);
    code_.clear();
  }

  TextWriter& out_;
  std::vector<unsigned> lists_;  // 0 = bullets, else the next number + 1
  bool verbatim_ = false;
  bool fresh_item_ = false;
  std::string code_;
  bool in_html_ = false;
  std::string html_;  // of the block of raw HTML
};

Markdown& self(void* data) {
  return *static_cast<Markdown*>(data);
}

// The front matter of static site generators: "---" to "---". Kept as text, without its fences.
std::string_view take_front_matter(std::string_view& text) {
  if (!text.starts_with("---\n") && !text.starts_with("---\r\n")) return {};
  const std::size_t begin = text.find('\n') + 1;
  const std::size_t end = text.find("\n---", begin);
  if (end == std::string_view::npos || end - begin > 16'384) return {};
  const std::string_view front = text.substr(begin, end - begin);
  text.remove_prefix(std::min(text.find('\n', end + 1), text.size() - 1) + 1);
  return front;
}

}  // namespace

Status read_markdown(std::string_view bytes, std::string_view charset, TextWriter& out) {
  TRY_ASSIGN(const std::string decoded, decode_text(bytes, charset, out));
  std::string_view text = decoded;
  if (const std::string_view front = take_front_matter(text); !front.empty()) {
    out.verbatim(front);
    out.paragraph();
  }
  Markdown state(out);
  MD_PARSER parser{};
  parser.flags =
      MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEATXHEADERS;
  parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* data) {
    self(data).enter(type, detail);
    return self(data).full() ? 1 : 0;
  };
  parser.leave_block = [](MD_BLOCKTYPE type, void*, void* data) {
    self(data).leave(type);
    return 0;
  };
  parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* data) {
    self(data).text(type, {text, size});
    return self(data).full() ? 1 : 0;
  };
  if (md_parse(text.data(), static_cast<MD_SIZE>(text.size()), &parser, &state) != 0 && !out.full())
    return corrupt("The Markdown could not be read.");
  return {};
}

}  // namespace maester::extract
