// The parts of office files: ZIP archives of XML. Each reader is given the open archive.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "extract/formats/text_writer.h"
#include "extract/formats/xml.h"
#include "extract/formats/zip_reader.h"

namespace maester::extract {

Status read_docx(ZipReader& zip, std::string_view main_part, TextWriter& out);
Status read_pptx(ZipReader& zip, std::string_view main_part, TextWriter& out);
Status read_xlsx(ZipReader& zip, std::string_view main_part, TextWriter& out);
Status read_open_document(ZipReader& zip, TextWriter& out);

// A part that must be there; "corrupt" when it is not or is no XML.
Result<Xml> read_part_xml(ZipReader& zip, std::string_view name);
// A part that may be missing or damaged: an empty document then, but a bomb stays an error.
Result<Xml> read_optional_xml(ZipReader& zip, std::string_view name);

struct Relation {
  std::string target;  // the part's name within the archive
  std::string type;    // the last word of its URI: "slide", "footnotes", ...
};
// Of a part, by id. Targets that lead out of the archive are left out.
Result<std::map<std::string, Relation, std::less<>>> relations(ZipReader& zip,
                                                               std::string_view part);
// docProps/core.xml.
Status read_core_title(ZipReader& zip, TextWriter& out);

// DrawingML (slides, and shapes in documents): paragraphs of runs.
void write_drawing_paragraphs(const pugi::xml_node& body, TextWriter& out);

}  // namespace maester::extract
