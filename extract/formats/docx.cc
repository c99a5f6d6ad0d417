// Word documents (ECMA-376, WordprocessingML): paragraphs, headings by style, lists, tables, notes,
// text boxes, headers and footers. What was deleted under change tracking is not shown.
#include <algorithm>
#include <charconv>
#include <set>
#include <string>

#include "extract/formats/docx_styles.h"
#include "extract/formats/office.h"

namespace maester::extract {
namespace {

using Notes = std::map<std::string, pugi::xml_node, std::less<>>;

Notes notes_of(const Xml& xml) {
  Notes notes;
  for (const pugi::xml_node& note : xml.root().children())
    if (attribute(note, "type").empty()) notes[std::string(attribute(note, "id"))] = note;
  return notes;
}

class Body {
 public:
  Body(const DocxStyles& styles, const Notes& footnotes, const Notes& endnotes, TextWriter& out)
      : styles_(styles), footnotes_(footnotes), endnotes_(endnotes), out_(out) {}

  // Recursion is bounded by the XML's depth.
  void blocks(const pugi::xml_node& parent) {
    for (const pugi::xml_node& node : parent.children()) {
      if (out_.full()) return;
      const std::string_view kind = local_name(node);
      if (kind == "p")
        paragraph(node);
      else if (kind == "tbl")
        table(node);
      else if (kind == "AlternateContent")
        blocks(alternative(node));
      else if (kind != "sectPr" && kind != "del" && kind != "moveFrom")
        blocks(node);
    }
  }

 private:
  // The same content for newer and older programs: one is enough.
  static pugi::xml_node alternative(const pugi::xml_node& node) {
    const pugi::xml_node choice = child(node, "Choice");
    return choice ? choice : child(node, "Fallback");
  }

  void paragraph(const pugi::xml_node& node) {
    const pugi::xml_node properties = child(node, "pPr");
    const int level = styles_.heading_level(properties);
    const bool heading = level > 0 && !out_.in_cell();
    const std::string mark = heading ? std::string() : numbering_.mark(styles_, properties);
    if (heading)
      out_.begin_heading(static_cast<std::uint32_t>(level));
    else if (mark.empty())
      out_.paragraph();
    else
      out_.line_break();
    if (!mark.empty()) out_.in_cell() ? out_.flow(mark) : out_.verbatim(mark);
    const std::size_t owed = owed_.size();
    runs(node);
    if (heading) out_.end_heading();
    if (mark.empty()) out_.paragraph();
    if (depth_ == 0) write_owed(owed);
  }

  // Notes stand behind the paragraph that refers to them, text boxes too.
  void write_owed(std::size_t from) {
    ++depth_;
    for (std::size_t i = from; i < owed_.size(); ++i) {
      const auto [label, node] = owed_[i];
      out_.paragraph();
      out_.flow(label);
      if (!label.empty()) out_.space();
      blocks(node);
      out_.paragraph();
    }
    owed_.resize(from);
    --depth_;
  }

  void runs(const pugi::xml_node& parent) {
    for (const pugi::xml_node& node : parent.children()) {
      const std::string_view kind = local_name(node);
      if (kind == "t")
        out_.flow(text_of(node));
      else if (kind == "tab" || kind == "ptab")
        out_.space();
      else if (kind == "br" || kind == "cr")
        out_.line_break();
      else if (kind == "noBreakHyphen")
        out_.flow("\u2011");
      else if (kind == "footnoteReference")
        refer(footnotes_, node);
      else if (kind == "endnoteReference")
        refer(endnotes_, node);
      else if (kind == "AlternateContent")
        runs(alternative(node));
      else if (kind == "txbxContent" && depth_ < 4)
        owed_.emplace_back("", node);
      else if (!is_silent(kind))
        runs(node);
    }
  }

  static bool is_silent(std::string_view kind) {
    static const std::set<std::string_view> kSilent = {
        "pPr",      "rPr",   "del",   "delText", "instrText",
        "moveFrom", "sdtPr", "tblPr", "fldData", "delInstrText"};
    return kSilent.contains(kind);
  }

  void refer(const Notes& notes, const pugi::xml_node& node) {
    const auto found = notes.find(attribute(node, "id"));
    if (found == notes.end() || depth_ > 0) return;
    const std::string label = "[" + std::to_string(++count_) + "]";
    out_.flow(label);
    owed_.emplace_back(label, found->second);
  }

  void table(const pugi::xml_node& node) {
    const bool nested = out_.in_cell();
    const std::size_t owed = owed_.size();
    out_.begin_table();
    rows(node, nested);
    out_.end_table();
    if (!nested) write_owed(owed);
  }

  void rows(const pugi::xml_node& parent, bool nested) {
    for (const pugi::xml_node& row : parent.children()) {
      const std::string_view kind = local_name(row);
      if (kind == "sdt" || kind == "sdtContent" || kind == "ins") rows(row, nested);
      if (kind != "tr" || child(child(row, "trPr"), "del")) continue;
      if (!nested && child(child(row, "trPr"), "tblHeader")) out_.mark_header();
      out_.begin_row();
      cells(row);
      out_.end_row();
    }
  }

  void cells(const pugi::xml_node& row) {
    for (const pugi::xml_node& cell : row.children()) {
      const std::string_view kind = local_name(cell);
      if (kind == "sdt" || kind == "sdtContent" || kind == "ins") cells(cell);
      if (kind != "tc") continue;
      out_.begin_cell();
      ++depth_;
      // A cell that continues the one above it stays an empty cell.
      const pugi::xml_node merge = child(child(cell, "tcPr"), "vMerge");
      if (!merge || attribute(merge, "val") == "restart") blocks(cell);
      --depth_;
      // A cell over several columns takes their places.
      int span = 1;
      const std::string_view wide = attribute(child(child(cell, "tcPr"), "gridSpan"), "val");
      std::from_chars(wide.data(), wide.data() + wide.size(), span);
      for (int i = 1; i < std::min(span, 64); ++i) out_.begin_cell();
    }
  }

  const DocxStyles& styles_;
  const Notes& footnotes_;
  const Notes& endnotes_;
  TextWriter& out_;
  DocxNumbering numbering_;
  std::vector<std::pair<std::string, pugi::xml_node>> owed_;
  int count_ = 0;
  int depth_ = 0;  // of cells and notes: what they owe is written behind them
};

}  // namespace

Status read_docx(ZipReader& zip, std::string_view main_part, TextWriter& out) {
  TRY_ASSIGN(const auto related, relations(zip, main_part));
  TRY_ASSIGN(const Xml document, read_part_xml(zip, main_part));
  Xml styles;
  Xml numbering;
  Xml footnotes;
  Xml endnotes;
  std::vector<Xml> headers;
  std::vector<Xml> footers;
  for (const auto& [id, relation] : related) {
    const bool header = relation.type == "header";
    const bool footer = relation.type == "footer";
    Xml* into = relation.type == "styles"      ? &styles
                : relation.type == "numbering" ? &numbering
                : relation.type == "footnotes" ? &footnotes
                : relation.type == "endnotes"  ? &endnotes
                                               : nullptr;
    if (into == nullptr && !header && !footer) continue;
    TRY_ASSIGN(Xml xml, read_optional_xml(zip, relation.target));
    if (into != nullptr)
      *into = std::move(xml);
    else
      (header ? headers : footers).push_back(std::move(xml));
  }
  TRY(read_core_title(zip, out));
  const DocxStyles known(styles.root(), numbering.root());
  const Notes foot = notes_of(footnotes);
  const Notes end = notes_of(endnotes);
  Body body(known, foot, end, out);
  for (const Xml& xml : headers) body.blocks(xml.root());
  body.blocks(document.root());
  for (const Xml& xml : footers) body.blocks(xml.root());
  return {};
}

}  // namespace maester::extract
