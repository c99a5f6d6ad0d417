// Slides (ECMA-376, PresentationML): one page each, in the order they are shown, with their notes.
#include <cstdint>
#include <string>

#include "extract/formats/office.h"

namespace maester::extract {
namespace {

bool is_title(const pugi::xml_node& shape) {
  const pugi::xml_node place = child(child(child(shape, "nvSpPr"), "nvPr"), "ph");
  const std::string_view type = attribute(place, "type");
  return place && (type == "title" || type == "ctrTitle");
}

// Slide numbers, dates and footers: the same on each slide.
bool is_furniture(const pugi::xml_node& shape) {
  const std::string_view type =
      attribute(child(child(child(shape, "nvSpPr"), "nvPr"), "ph"), "type");
  return type == "sldNum" || type == "dt" || type == "ftr" || type == "hdr" || type == "sldImg";
}

void table(const pugi::xml_node& node, TextWriter& out) {
  const std::string_view first = attribute(child(node, "tblPr"), "firstRow");
  out.begin_table(first == "1" || first == "true");
  for (const pugi::xml_node& row : node.children()) {
    if (local_name(row) != "tr") continue;
    out.begin_row();
    for (const pugi::xml_node& cell : row.children()) {
      if (local_name(cell) != "tc") continue;
      out.begin_cell();
      write_drawing_paragraphs(child(cell, "txBody"), out);
    }
    out.end_row();
  }
  out.end_table();
}

// Recursion is bounded by the XML's depth.
void shapes(const pugi::xml_node& tree, bool titles, TextWriter& out) {
  for (const pugi::xml_node& node : tree.children()) {
    const std::string_view kind = local_name(node);
    if (kind == "sp") {
      if (is_furniture(node) || is_title(node) != titles) continue;
      if (titles) out.begin_heading(1);
      out.paragraph();
      write_drawing_paragraphs(child(node, "txBody"), out);
      if (titles) out.end_heading();
      out.paragraph();
    } else if (kind == "tbl") {
      if (!titles) table(node, out);
    } else if (kind == "AlternateContent") {
      shapes(child(node, "Choice"), titles, out);
    } else {
      shapes(node, titles, out);
    }
  }
}

Status notes(ZipReader& zip, std::string_view slide, TextWriter& out) {
  TRY_ASSIGN(const auto related, relations(zip, slide));
  for (const auto& [id, relation] : related) {
    if (relation.type != "notesSlide") continue;
    TRY_ASSIGN(const Xml xml, read_optional_xml(zip, relation.target));
    shapes(xml.root(), false, out);
  }
  return {};
}

}  // namespace

Status read_pptx(ZipReader& zip, std::string_view main_part, TextWriter& out) {
  TRY_ASSIGN(const Xml presentation, read_part_xml(zip, main_part));
  TRY_ASSIGN(const auto related, relations(zip, main_part));
  TRY(read_core_title(zip, out));
  std::uint32_t number = 0;
  for (const pugi::xml_node& slide : child(presentation.root(), "sldIdLst").children()) {
    // Both are named "id"; the relation's has a prefix.
    std::string_view id;
    for (const pugi::xml_attribute& a : slide.attributes())
      if (std::string_view(a.name()).ends_with(":id")) id = a.value();
    const auto found = related.find(id);
    if (found == related.end() || out.full()) continue;
    auto xml = read_part_xml(zip, found->second.target);
    out.begin_page(++number);
    if (!xml) {
      if (xml.error().param != "corrupt") return fail(xml.error());
      out.warn("page_damaged", "Slide " + std::to_string(number) + " could not be read.");
      continue;
    }
    shapes(xml->root(), true, out);
    shapes(xml->root(), false, out);
    TRY(notes(zip, found->second.target, out));
  }
  out.end_page();
  return {};
}

}  // namespace maester::extract
