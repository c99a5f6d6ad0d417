#include "extract/formats/office.h"

#include "extract/formats/refusal.h"

namespace maester::extract {
namespace {

std::string folder_of(std::string_view part) {
  const std::size_t slash = part.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(part.substr(0, slash + 1));
}

// "ppt/" and "../media/x" -> "media/x". It is looked up in a list of names and opens nothing.
std::string resolve(std::string base, std::string_view target) {
  if (target.starts_with('/')) return std::string(target.substr(1));
  while (target.starts_with("../") || target.starts_with("./")) {
    if (target.starts_with("../")) {
      if (!base.empty()) base.pop_back();
      base = folder_of(base);
      target.remove_prefix(3);
    } else {
      target.remove_prefix(2);
    }
  }
  return base + std::string(target);
}

}  // namespace

Result<Xml> read_part_xml(ZipReader& zip, std::string_view name) {
  const ZipReader::Entry* entry = zip.find(name);
  if (entry == nullptr) return corrupt("The office file lacks its part " + std::string(name) + ".");
  TRY_ASSIGN(std::string text, zip.read(*entry));
  return Xml::parse(std::move(text));
}

Result<Xml> read_optional_xml(ZipReader& zip, std::string_view name) {
  auto xml = read_part_xml(zip, name);
  if (!xml && xml.error().param == "corrupt") return Xml();
  return xml;
}

Result<std::map<std::string, Relation, std::less<>>> relations(ZipReader& zip,
                                                               std::string_view part) {
  const std::string folder = folder_of(part);
  TRY_ASSIGN(const Xml xml,
             read_optional_xml(
                 zip, folder + "_rels/" + std::string(part.substr(folder.size())) + ".rels"));
  std::map<std::string, Relation, std::less<>> out;
  for (const pugi::xml_node& node : xml.root().children()) {
    if (attribute(node, "TargetMode") == "External") continue;
    const std::string_view type = attribute(node, "Type");
    out[std::string(attribute(node, "Id"))] = {resolve(folder, attribute(node, "Target")),
                                               std::string(type.substr(type.rfind('/') + 1))};
  }
  return out;
}

Status read_core_title(ZipReader& zip, TextWriter& out) {
  TRY_ASSIGN(const Xml xml, read_optional_xml(zip, "docProps/core.xml"));
  out.title(text_of(child(xml.root(), "title")));
  return {};
}

void write_drawing_paragraphs(const pugi::xml_node& body, TextWriter& out) {
  for (const pugi::xml_node& paragraph : body.children()) {
    if (local_name(paragraph) != "p") continue;
    out.line_break();
    for (const pugi::xml_node& run : paragraph.children()) {
      const std::string_view kind = local_name(run);
      if (kind == "br") out.line_break();
      if (kind == "r" || kind == "fld") out.flow(text_of(child(run, "t")));
    }
  }
}

}  // namespace maester::extract
