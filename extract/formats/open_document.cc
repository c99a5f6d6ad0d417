// OpenDocument text, sheets and slides (ISO/IEC 26300): content.xml.
#include <algorithm>
#include <charconv>
#include <string>

#include "extract/formats/office.h"

namespace maester::extract {
namespace {

std::uint32_t count(std::string_view text) {
  std::uint32_t value = 1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Content {
 public:
  explicit Content(TextWriter& out) : out_(out) {}

  // Recursion is bounded by the XML's depth.
  void blocks(const pugi::xml_node& parent) {
    for (const pugi::xml_node& node : parent.children()) {
      if (out_.full()) return;
      const std::string_view kind = local_name(node);
      const std::string_view name = node.name();
      if (kind == "h") {
        out_.begin_heading(count(attribute(node, "outline-level")));
        inline_text(node);
        out_.end_heading();
      } else if (kind == "p") {
        paragraph(node);
      } else if (kind == "table" && name != "presentation:table") {
        table(node);
      } else if (kind == "list-item") {
        list_item(node);
      } else if (kind == "page") {
        out_.begin_page(++page_);
        blocks(node);
        out_.end_page();
      } else if (kind != "tracked-changes" && kind != "forms" && kind != "sequence-decls") {
        blocks(node);
      }
    }
  }

 private:
  void paragraph(const pugi::xml_node& node) {
    if (!in_item_) out_.paragraph();
    in_item_ = false;
    inline_text(node);
    list_depth_ > 0 ? out_.line_break() : out_.paragraph();
  }

  void list_item(const pugi::xml_node& node) {
    out_.line_break();
    if (!out_.in_cell())
      out_.verbatim(std::string(2 * std::min<std::size_t>(list_depth_, 8), ' ') + "- ");
    in_item_ = true;
    ++list_depth_;
    blocks(node);
    --list_depth_;
    in_item_ = false;
    if (list_depth_ == 0) out_.paragraph();
  }

  void inline_text(const pugi::xml_node& parent) {
    for (const pugi::xml_node& node : parent.children()) {
      const std::string_view kind = local_name(node);
      if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
        out_.flow(node.value());
      } else if (kind == "s" || kind == "tab") {
        out_.space();
      } else if (kind == "line-break") {
        out_.line_break();
      } else if (kind == "note") {
        out_.flow(" [");
        inline_text(child(node, "note-body"));
        out_.flow("]");
      } else if (kind != "annotation") {
        inline_text(node);
      }
    }
  }

  void table(const pugi::xml_node& node) {
    const bool sheet = std::string_view(node.parent().name()) == "office:spreadsheet";
    if (sheet) {
      out_.begin_page(++page_);
      out_.begin_heading(1);
      out_.flow(attribute(node, "name"));
      out_.end_heading();
    }
    out_.begin_table();
    rows(node);
    out_.end_table();
    if (sheet) out_.end_page();
  }

  void rows(const pugi::xml_node& parent) {
    for (const pugi::xml_node& node : parent.children()) {
      const std::string_view kind = local_name(node);
      if (kind == "table-header-rows") out_.mark_header();
      if (kind == "table-header-rows" || kind == "table-rows" || kind == "table-row-group")
        rows(node);
      if (kind != "table-row" || out_.full()) continue;
      out_.begin_row();
      cells(node);
      out_.end_row();
    }
  }

  // Repeated cells are written out only where that is a few of them: sheets end with a million.
  void cells(const pugi::xml_node& row) {
    for (const pugi::xml_node& cell : row.children()) {
      const std::string_view kind = local_name(cell);
      if (kind != "table-cell" && kind != "covered-table-cell") continue;
      const std::uint32_t repeated = count(attribute(cell, "number-columns-repeated"));
      for (std::uint32_t i = 0; i < std::min(repeated, 64U); ++i) {
        out_.begin_cell();
        blocks(cell);
      }
    }
  }

  TextWriter& out_;
  std::uint32_t page_ = 0;
  std::size_t list_depth_ = 0;
  bool in_item_ = false;
};

}  // namespace

Status read_open_document(ZipReader& zip, TextWriter& out) {
  TRY_ASSIGN(const Xml meta, read_optional_xml(zip, "meta.xml"));
  out.title(text_of(child(child(meta.root(), "meta"), "title")));
  TRY_ASSIGN(const Xml manifest, read_optional_xml(zip, "META-INF/manifest.xml"));
  TRY_ASSIGN(const Xml content, read_part_xml(zip, "content.xml"));
  Content(out).blocks(child(content.root(), "body"));
  return {};
}

}  // namespace maester::extract
