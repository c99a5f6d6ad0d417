// Office files made by hand: what no shared document has.
#include <gtest/gtest.h>
#include <zip.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "extract/formats/readers.h"
#include "ingest/extraction_check.h"

namespace maester::extract {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

std::string archive_of(const Members& members) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  for (const auto& [name, bytes] : members)
    zip_file_add(zip, name.c_str(), zip_source_buffer(zip, bytes.data(), bytes.size(), 0), 0);
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

std::string relations(const std::vector<std::array<const char*, 3>>& all) {
  std::string out = "<Relationships>";
  for (const auto& [id, target, type] : all)
    out += "<Relationship Id='" + std::string(id) + "' Target='" + target + "' Type='http://x/" +
           type + "'/>";
  return out + "</Relationships>";
}

ingest::Extraction read(const Members& members) {
  const std::string bytes = archive_of(members);
  auto result = read_document({bytes, "a", ""});
  EXPECT_TRUE(result.has_value()) << result.error().message;
  if (!result) return {};
  EXPECT_TRUE(ingest::check(*result).has_value());
  return *result;
}

ingest::Extraction workbook(const std::string& sheet) {
  return read({
      {"[Content_Types].xml", "<Types/>"},
      {"_rels/.rels", relations({{"r", "xl/workbook.xml", "officeDocument"}})},
      {"xl/workbook.xml",
       "<workbook><sheets><sheet name='Prices &amp; dates' r:id='a'/></sheets></workbook>"},
      {"xl/_rels/workbook.xml.rels", relations({{"a", "worksheets/sheet1.xml", "worksheet"},
                                                {"b", "sharedStrings.xml", "sharedStrings"},
                                                {"c", "styles.xml", "styles"}})},
      {"xl/sharedStrings.xml",
       "<sst><si><t>Name</t></si><si><r><t>Two </t></r><r><t>runs</t></r></si></sst>"},
      {"xl/styles.xml",
       "<styleSheet><numFmts><numFmt numFmtId='164' "
       "formatCode='dd\\.mm\\.yyyy'/></numFmts><cellXfs><xf numFmtId='0'/>"
       "<xf numFmtId='164'/><xf numFmtId='22'/><xf numFmtId='9'/></cellXfs></styleSheet>"},
      {"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + sheet + "</sheetData></worksheet>"},
  });
}

TEST(Xlsx, SharedStringsDatesNumbersAndGaps) {
  const auto x = workbook(
      "<row><c r='A1' t='s'><v>0</v></c><c r='C1' t='s'><v>1</v></c></row>"
      "<row><c r='A2' s='1'><v>45292</v></c><c r='B2' s='2'><v>45292.75</v></c><c r='C2' "
      "s='3'><v>0.25</v></c></row>"
      "<row><c r='A3'><v>0.10000000000000001</v></c><c r='B3' t='b'><v>1</v></c><c r='C3' "
      "t='inlineStr'><is><t>in</t>"
      "</is></c><c r='D3' t='str'><f>A1</f><v>formula</v></c></row>");
  EXPECT_EQ(x.text,
            "Prices & dates\n\nName\t\tTwo runs\n2024-01-01\t2024-01-01 "
            "18:00:00\t25%\n0.1\tTRUE\tin\tformula");
  ASSERT_EQ(x.pages.size(), 1U);
  EXPECT_EQ(x.tables.at(0).rows.size(), 3U);
  EXPECT_EQ(x.content_type, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
}

TEST(Docx, HeadingsListsDeletionsAndTextBoxes) {
  const auto x = read({
      {"[Content_Types].xml", "<Types/>"},
      {"_rels/.rels", relations({{"r", "word/document.xml", "officeDocument"}})},
      {"word/_rels/document.xml.rels",
       relations({{"a", "styles.xml", "styles"}, {"b", "numbering.xml", "numbering"}})},
      {"docProps/core.xml", "<cp><dc:title>Title</dc:title></cp>"},
      {"word/styles.xml",
       "<w:styles><w:style w:styleId='H'><w:name w:val='heading 2'/></w:style><w:style "
       "w:styleId='Mine'><w:basedOn "
       "w:val='H'/></w:style></w:styles>"},
      {"word/numbering.xml",
       "<w:numbering><w:abstractNum w:abstractNumId='5'><w:lvl w:ilvl='0'><w:numFmt "
       "w:val='decimal'/><w:lvlText "
       "w:val='%1.'/></w:lvl><w:lvl w:ilvl='1'><w:numFmt w:val='lowerLetter'/><w:lvlText "
       "w:val='%2)'/></w:lvl>"
       "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='5'/></w:num></w:numbering>"},
      {"word/document.xml",
       "<w:document><w:body><w:p><w:pPr><w:pStyle "
       "w:val='Mine'/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p>"
       "<w:p><w:r><w:t>kept "
       "</w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins><w:r><w:t>added"
       "</w:t></w:r></w:ins></w:p>"
       "<w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId "
       "w:val='1'/></w:numPr></w:pPr><w:r><w:t>one</w:t></w:r></w:p>"
       "<w:p><w:pPr><w:numPr><w:ilvl w:val='1'/><w:numId "
       "w:val='1'/></w:numPr></w:pPr><w:r><w:t>inner</w:t></w:r></w:p>"
       "<w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId "
       "w:val='1'/></w:numPr></w:pPr><w:r><w:t>two</w:t></w:r></w:p>"
       "<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></"
       "w:p></w:txbxContent>"
       "</mc:Choice><mc:Fallback><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></"
       "w:txbxContent></mc:Fallback>"
       "</mc:AlternateContent></w:r></w:p></w:body></w:document>"},
  });
  EXPECT_EQ(x.title, "Title");
  EXPECT_EQ(x.text, "Head\n\nkept added\n\n1. one\n  a) inner\n2. two\n\nbox");
  EXPECT_EQ(x.headings.at(0).level, 2U);
}

TEST(OpenDocument, TextAndSheets) {
  const auto text =
      read({{"mimetype", "application/vnd.oasis.opendocument.text"},
            {"meta.xml", "<m><office:meta><dc:title>T</dc:title></office:meta></m>"},
            {"content.xml",
             "<d><office:body><office:text><text:h "
             "text:outline-level='1'>Head</text:h><text:p>a<text:s/>b"
             "</text:p><text:list><text:list-item><text:p>i</text:p></text:list-item></text:list>"
             "</office:text></office:body></d>"}});
  EXPECT_EQ(text.text, "Head\n\na b\n\n- i");
  EXPECT_EQ(text.title, "T");
  const auto sheet = read(
      {{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
       {"content.xml",
        "<d><office:body><office:spreadsheet><table:table table:name='S'><table:table-row>"
        "<table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell "
        "table:number-columns-repeated='2'><text:p>b</text:p></table:table-cell></table:table-row>"
        "<table:table-row table:number-rows-repeated='1048575'><table:table-cell "
        "table:number-columns-repeated='16384'/></table:table-row>"
        "</table:table></office:spreadsheet></office:body></d>"}});
  EXPECT_EQ(sheet.text, "S\n\na\tb\tb");
  EXPECT_EQ(sheet.pages.size(), 1U);
}

TEST(Archive, MembersArePartsAndOfficeFilesMayBeAmongThem) {
  const std::string inner = archive_of(
      {{"mimetype", "application/vnd.oasis.opendocument.text"},
       {"content.xml", "<d><office:body><text:p>inner text</text:p></office:body></d>"}});
  const auto x =
      read({{"folder/a.md", "# Head\n\ntext"}, {"b.odt", inner}, {"c.png", "\x89PNG rubbish"}});
  ASSERT_EQ(x.parts.size(), 3U);
  EXPECT_EQ(x.parts[0].name, "folder/a.md");
  EXPECT_TRUE(x.text.contains("inner text"));
  EXPECT_EQ(x.warnings.at(0).code, "part_skipped");
}

TEST(Office, APartThatIsMissingIsCorrupt) {
  const std::string bytes =
      archive_of({{"[Content_Types].xml", "<Types/>"},
                  {"_rels/.rels", relations({{"r", "word/gone.xml", "officeDocument"}})}});
  EXPECT_EQ(read_document({bytes, "a.docx", ""}).error().param, "corrupt");
}

}  // namespace
}  // namespace maester::extract
