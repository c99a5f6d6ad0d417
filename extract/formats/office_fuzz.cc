// Oracle: fuzz_oracle.h. The input is the XML of an office file's main part; its first byte says of
// which kind, and the archive around it is made here.
#include <zip.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "extract/formats/fuzz_oracle.h"
#include "extract/formats/readers.h"

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

std::string archive_of(const Members& members) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  for (const auto& [name, bytes] : members) {
    const zip_int64_t index =
        zip_file_add(zip, name.c_str(), zip_source_buffer(zip, bytes.data(), bytes.size(), 0), 0);
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
  }
  zip_close(zip);
  zip_source_open(target);
  zip_source_seek(target, 0, SEEK_END);
  std::string out(static_cast<std::size_t>(zip_source_tell(target)), '\0');
  zip_source_seek(target, 0, SEEK_SET);
  zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  zip_source_free(target);
  return out;
}

std::string relation(const char* id, const std::string& target, const char* type) {
  return std::string("<Relationship Id=\"") + id + "\" Target=\"" + target + "\" Type=\"x/" + type +
         "\"/>";
}

std::string relations(const std::string& all) {
  return "<R>" + all + "</R>";
}

std::string file_of(unsigned kind, const std::string& xml) {
  const std::pair<std::string, std::string> types{"[Content_Types].xml", "<Types/>"};
  switch (kind) {
    case 0:
      return archive_of({types,
                         {"word/document.xml", xml},
                         {"word/_rels/document.xml.rels",
                          relations(relation("a", "document.xml", "styles") +
                                    relation("b", "document.xml", "numbering") +
                                    relation("c", "document.xml", "footnotes"))}});
    case 1:
      return archive_of(
          {types,
           {"ppt/presentation.xml", "<p><p:sldIdLst><p:sldId r:id=\"a\"/></p:sldIdLst></p>"},
           {"ppt/_rels/presentation.xml.rels", relations(relation("a", "slide.xml", "slide"))},
           {"ppt/slide.xml", xml}});
    case 2:
      return archive_of(
          {types,
           {"xl/workbook.xml", "<w><sheets><sheet name=\"S\" r:id=\"a\"/></sheets></w>"},
           {"xl/_rels/workbook.xml.rels", relations(relation("a", "sheet.xml", "worksheet") +
                                                    relation("b", "sheet.xml", "sharedStrings") +
                                                    relation("c", "sheet.xml", "styles"))},
           {"xl/sheet.xml", xml}});
    default:
      return archive_of(
          {{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", xml}});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::extract;
  if (size == 0) return 0;
  const std::string file = file_of(data[0] % 4U, std::string(input(data + 1, size - 1)));
  TextWriter out;
  std::string type;
  require_promise(read_archive(file, {}, out, type), out);
  return 0;
}
