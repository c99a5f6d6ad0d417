#include "extract/formats/html.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "extract/formats/decode_text.h"
#include "extract/formats/html_charset.h"
#include "extract/formats/html_tree.h"
#include "extract/formats/readers.h"

namespace maester::extract {
namespace {

template <std::size_t N>
bool one_of(const std::array<GumboTag, N>& tags, GumboTag tag) {
  return std::ranges::find(tags, tag) != tags.end();
}

constexpr std::array kSilent = {GUMBO_TAG_SCRIPT,   GUMBO_TAG_STYLE,    GUMBO_TAG_TEMPLATE,
                                GUMBO_TAG_NOSCRIPT, GUMBO_TAG_IFRAME,   GUMBO_TAG_OBJECT,
                                GUMBO_TAG_SVG,      GUMBO_TAG_NOFRAMES, GUMBO_TAG_NOEMBED};
constexpr std::array kParagraphs = {
    GUMBO_TAG_P,          GUMBO_TAG_UL,         GUMBO_TAG_OL,       GUMBO_TAG_DL,
    GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_SECTION,    GUMBO_TAG_FIGURE,   GUMBO_TAG_ARTICLE,
    GUMBO_TAG_NAV,        GUMBO_TAG_HEADER,     GUMBO_TAG_FOOTER,   GUMBO_TAG_ASIDE,
    GUMBO_TAG_MAIN,       GUMBO_TAG_HR,         GUMBO_TAG_FIELDSET, GUMBO_TAG_FORM,
    GUMBO_TAG_PRE,        GUMBO_TAG_FIGCAPTION, GUMBO_TAG_DETAILS};
constexpr std::array kLines = {GUMBO_TAG_DIV,     GUMBO_TAG_LI,      GUMBO_TAG_DT,
                               GUMBO_TAG_DD,      GUMBO_TAG_ADDRESS, GUMBO_TAG_OPTION,
                               GUMBO_TAG_SUMMARY, GUMBO_TAG_CAPTION, GUMBO_TAG_LEGEND};

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? std::string_view() : std::string_view(found->value);
}

bool hidden(const GumboElement& element) {
  if (gumbo_get_attribute(&element.attributes, "hidden") != nullptr) return true;
  std::string style(attribute(element, "style"));
  std::erase(style, ' ');
  return style.contains("display:none") || style.contains("visibility:hidden");
}

std::uint32_t heading_level(GumboTag tag) {
  return tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6
             ? static_cast<std::uint32_t>(tag - GUMBO_TAG_H1) + 1
             : 0;
}

class Walk {
 public:
  explicit Walk(TextWriter& out) : out_(out) {}

  // Depth first by hand: a document may nest as deep as it likes.
  void run(const GumboNode* root) {
    std::vector<Place> path{{root, 0, false}};
    while (!path.empty() && !out_.full()) {
      Place& place = path.back();
      const GumboVector* children = children_of(place.node);
      if (children == nullptr || place.next >= children->length) {
        if (place.entered) leave(place.node->v.element);
        path.pop_back();
        continue;
      }
      const auto* child = static_cast<const GumboNode*>(children->data[place.next++]);
      if (child->type == GUMBO_NODE_ELEMENT || child->type == GUMBO_NODE_TEMPLATE) {
        if (enter(child->v.element)) path.push_back({child, 0, true});
      } else {
        text(*child);
      }
    }
  }

 private:
  struct Place {
    const GumboNode* node;
    unsigned next;
    bool entered;
  };
  struct List {
    bool ordered;
    int next;
  };

  static const GumboVector* children_of(const GumboNode* node) {
    if (node->type == GUMBO_NODE_DOCUMENT) return &node->v.document.children;
    return node->type == GUMBO_NODE_ELEMENT ? &node->v.element.children : nullptr;
  }

  void text(const GumboNode& node) {
    if (node.type == GUMBO_NODE_COMMENT || node.type == GUMBO_NODE_DOCUMENT) return;
    if (in_title_)
      out_.title(node.v.text.text);
    else if (pre_ > 0)
      out_.verbatim(node.v.text.text);
    else
      out_.flow(node.v.text.text);
  }

  // False: neither it nor what is in it is shown.
  bool enter(const GumboElement& element) {
    const GumboTag tag = element.tag;
    if (one_of(kSilent, tag) || hidden(element)) return false;
    if (const std::uint32_t level = heading_level(tag); level > 0) out_.begin_heading(level);
    if (one_of(kParagraphs, tag)) out_.paragraph();
    if (one_of(kLines, tag)) out_.line_break();
    enter_special(element);
    return true;
  }

  void enter_special(const GumboElement& element) {
    switch (element.tag) {
      case GUMBO_TAG_TITLE:
        in_title_ = true;
        break;
      case GUMBO_TAG_BR:
        pre_ > 0 ? out_.verbatim("\n") : out_.line_break();
        break;
      case GUMBO_TAG_PRE:
      case GUMBO_TAG_TEXTAREA:
        ++pre_;
        break;
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
        lists_.push_back({element.tag == GUMBO_TAG_OL, 1});
        break;
      case GUMBO_TAG_LI:
        marker();
        break;
      case GUMBO_TAG_TABLE:
        out_.begin_table();
        header_rows_ = 0;
        break;
      case GUMBO_TAG_THEAD:
        out_.mark_header();
        break;
      case GUMBO_TAG_TR:
        out_.begin_row();
        ++header_rows_;
        break;
      case GUMBO_TAG_TH:
        if (header_rows_ == 1 && attribute(element, "scope") != "row") ++header_cells_;
        out_.begin_cell();
        break;
      case GUMBO_TAG_TD:
        if (header_rows_ == 1) header_cells_ = -1'000'000;
        out_.begin_cell();
        break;
      case GUMBO_TAG_IMG:
        image(element);
        break;
      default:
        break;
    }
  }

  void leave(const GumboElement& element) {
    const GumboTag tag = element.tag;
    switch (tag) {
      case GUMBO_TAG_TITLE:
        in_title_ = false;
        break;
      case GUMBO_TAG_PRE:
      case GUMBO_TAG_TEXTAREA:
        --pre_;
        break;
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
        lists_.pop_back();
        break;
      case GUMBO_TAG_TR:
        if (header_rows_ == 1 && header_cells_ > 0) out_.mark_header();
        header_cells_ = 0;
        out_.end_row();
        break;
      case GUMBO_TAG_TABLE:
        out_.end_table();
        break;
      default:
        break;
    }
    if (heading_level(tag) > 0) out_.end_heading();
    if (one_of(kParagraphs, tag)) out_.paragraph();
    if (one_of(kLines, tag)) out_.line_break();
  }

  void marker() {
    if (lists_.empty() || out_.in_cell()) return;
    std::string mark(2 * std::min<std::size_t>(lists_.size() - 1, 8), ' ');
    mark += lists_.back().ordered ? std::to_string(lists_.back().next++) + ". " : "- ";
    out_.verbatim(mark);
  }

  void image(const GumboElement& element) {
    const std::string_view words = attribute(element, "alt");
    if (words.empty()) return;
    out_.space();
    out_.flow(words);
    out_.space();
  }

  TextWriter& out_;
  bool in_title_ = false;
  int pre_ = 0;
  int header_rows_ = 0;   // rows of the table so far
  int header_cells_ = 0;  // <th> in its first row
  std::vector<List> lists_;
};

}  // namespace

void write_html(std::string_view html, TextWriter& out) {
  const HtmlTree tree(html);
  Walk(out).run(tree.root());
}

Status read_html(std::string_view bytes, std::string_view charset, TextWriter& out) {
  // The server's word counts before the document's (Encoding standard: BOM, transport, <meta>).
  const std::string declared = charset.empty() ? meta_charset(bytes) : std::string(charset);
  TRY_ASSIGN(const std::string text, decode_text(bytes, declared, out));
  write_html(text, out);
  return {};
}

}  // namespace maester::extract
