// Workbooks (ECMA-376, SpreadsheetML): one page a sheet, under its name, each row a table's row.
#include <string>

#include "extract/formats/office.h"
#include "extract/formats/xlsx_values.h"

namespace maester::extract {
namespace {

// Empty cells to the left keep their place, those to the right of the last are left out.
void row(const pugi::xml_node& node, const XlsxValues& values, TextWriter& out) {
  out.begin_row();
  int next = 0;
  for (const pugi::xml_node& cell : node.children()) {
    if (local_name(cell) != "c") continue;
    const int column = column_of(attribute(cell, "r"));
    for (; next < column; ++next) out.begin_cell();
    out.begin_cell();
    ++next;
    out.flow(values.text(cell));
  }
  out.end_row();
}

void sheet(const pugi::xml_node& root, const XlsxValues& values, TextWriter& out) {
  out.begin_table();
  for (const pugi::xml_node& node : child(root, "sheetData").children()) {
    if (out.full()) break;
    if (local_name(node) == "row") row(node, values, out);
  }
  out.end_table();
}

bool from_1904(const pugi::xml_node& workbook) {
  const std::string_view value = attribute(child(workbook, "workbookPr"), "date1904");
  return value == "1" || value == "true";
}

}  // namespace

Status read_xlsx(ZipReader& zip, std::string_view main_part, TextWriter& out) {
  TRY_ASSIGN(const Xml workbook, read_part_xml(zip, main_part));
  TRY_ASSIGN(const auto related, relations(zip, main_part));
  Xml strings;
  Xml styles;
  for (const auto& [id, relation] : related) {
    if (relation.type != "sharedStrings" && relation.type != "styles") continue;
    TRY_ASSIGN((relation.type == "styles" ? styles : strings),
               read_optional_xml(zip, relation.target));
  }
  TRY(read_core_title(zip, out));
  const XlsxValues values(strings.root(), styles.root(), from_1904(workbook.root()));
  std::uint32_t number = 0;
  for (const pugi::xml_node& entry : child(workbook.root(), "sheets").children()) {
    if (out.full() || local_name(entry) != "sheet") continue;
    std::string_view id;
    for (const pugi::xml_attribute& a : entry.attributes())
      if (std::string_view(a.name()).ends_with(":id")) id = a.value();
    const auto found = related.find(id);
    if (found == related.end() || found->second.type != "worksheet") continue;
    out.begin_page(++number);
    out.begin_heading(1);
    out.flow(attribute(entry, "name"));
    out.end_heading();
    auto xml = read_part_xml(zip, found->second.target);
    if (xml)
      sheet(xml->root(), values, out);
    else if (xml.error().param != "corrupt")
      return fail(xml.error());
    else
      out.warn("page_damaged", "Sheet " + std::to_string(number) + " could not be read.");
  }
  out.end_page();
  return {};
}

}  // namespace maester::extract
