// ZIP: an office file by its members, else an archive whose members are parts.
#include <algorithm>
#include <string>

#include "extract/formats/office.h"
#include "extract/formats/part.h"
#include "extract/formats/readers.h"
#include "extract/formats/refusal.h"

namespace maester::extract {
namespace {

constexpr std::string_view kOfficePrefix = "application/vnd.openxmlformats-officedocument.";

// The main part of an OOXML package, by its first relation; "" when it is none.
Result<std::string> main_part(ZipReader& zip) {
  if (zip.find("[Content_Types].xml") == nullptr) return std::string();
  TRY_ASSIGN(const auto related, relations(zip, ""));
  for (const auto& [id, relation] : related)
    if (relation.type == "officeDocument") return relation.target;
  for (const std::string_view usual :
       {"word/document.xml", "ppt/presentation.xml", "xl/workbook.xml"})
    if (zip.find(usual) != nullptr) return std::string(usual);
  return std::string();
}

Status read_office(ZipReader& zip, const std::string& part, TextWriter& out,
                   std::string& content_type) {
  const auto is = [&](std::string_view folder) { return part.starts_with(folder); };
  if (is("word/")) {
    content_type = std::string(kOfficePrefix) + "wordprocessingml.document";
    return read_docx(zip, part, out);
  }
  if (is("ppt/")) {
    content_type = std::string(kOfficePrefix) + "presentationml.presentation";
    return read_pptx(zip, part, out);
  }
  if (is("xl/") && part.ends_with(".xml")) {
    content_type = std::string(kOfficePrefix) + "spreadsheetml.sheet";
    return read_xlsx(zip, part, out);
  }
  return unsupported("The office file is of a kind that is not read (" + part + ").");
}

Status read_members(ZipReader& zip, Depth depth, TextWriter& out) {
  std::size_t skipped = 0;
  for (const ZipReader::Entry& entry : zip.entries()) {
    if (out.full()) break;
    if (entry.folder || entry.name.starts_with("__MACOSX/")) continue;
    if (entry.link) {
      ++skipped;
      continue;
    }
    auto bytes = zip.read(entry);
    if (!bytes) {
      if (bytes.error().param != "corrupt") return fail(bytes.error());
      out.warn("part_skipped", bytes.error().message);
      continue;
    }
    TRY(read_part({.bytes = *bytes, .file_name = entry.name, .content_type = ""}, "File", depth,
                  out));
  }
  if (skipped > 0)
    out.warn("part_skipped", std::to_string(skipped) + " symbolic links were not followed.");
  return {};
}

}  // namespace

Status read_archive(std::string_view bytes, Depth depth, TextWriter& out,
                    std::string& content_type) {
  TRY_ASSIGN(ZipReader zip, ZipReader::open(bytes));
  TRY_ASSIGN(const std::string part, main_part(zip));
  if (!part.empty()) return read_office(zip, part, out, content_type);
  if (const ZipReader::Entry* kind = zip.find("mimetype");
      kind != nullptr && kind->compressed < 256) {
    TRY_ASSIGN(const std::string type, zip.read(*kind));
    if (type.starts_with("application/vnd.oasis.opendocument.")) {
      content_type = type.substr(0, type.find_first_of("\r\n"));
      return read_open_document(zip, out);
    }
    if (type.starts_with("application/epub")) content_type = "application/epub+zip";
  }
  if (depth.archives >= kMaxArchiveDepth)
    return nesting("The document holds an archive within an archive.");
  return read_members(zip, {depth.parts, depth.archives + 1}, out);
}

}  // namespace maester::extract
