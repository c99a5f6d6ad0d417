#include "extract/formats/charset.h"
#include "extract/formats/detect.h"
#include "extract/formats/mime.h"
#include "extract/formats/readers.h"
#include "extract/formats/refusal.h"

namespace maester::extract {
namespace {

constexpr std::string_view kParser = "maester-extract 1";

Status read_as(const Detected& what, const ingest::Source& source, Depth depth, TextWriter& out,
               std::string& content_type) {
  const std::string charset = parse_content_type(source.content_type).charset;
  const std::string_view bytes = source.bytes;
  switch (what.format) {
    case Format::markdown:
      return read_markdown(bytes, charset, out);
    case Format::html:
      return read_html(bytes, charset, out);
    case Format::csv:
      return read_csv(bytes, charset, what.delimiter, out);
    case Format::json:
      return read_json(bytes, out);
    case Format::json_lines:
      return read_json_lines(bytes, out);
    case Format::mail:
      return read_mail(bytes, depth, out);
    case Format::rtf:
      return read_rtf(bytes, out);
    case Format::xml:
      return read_xml_text(bytes, charset, out);
    case Format::archive:
      return read_archive(bytes, depth, out, content_type);
    case Format::pdf:
      return unsupported("A PDF is read by its own program.");
    case Format::text:
    case Format::code:
      break;
  }
  return read_plain(bytes, charset, out);
}

}  // namespace

Result<std::string> read_any(const ingest::Source& source, Depth depth, TextWriter& out) {
  TRY_ASSIGN(const Detected what, detect(source));
  std::string content_type = what.content_type;
  TRY(read_as(what, source, depth, out, content_type));
  return content_type;
}

Result<ingest::ChildResult> read_for_parent(const ingest::Source& source) {
  TextWriter out;
  TRY_ASSIGN(const std::string content_type, read_any(source, {}, out));
  TRY_ASSIGN(ingest::Extraction read, out.finish(content_type, kParser));
  return ingest::ChildResult{std::move(read), out.take_embedded()};
}

Result<ingest::Extraction> read_document(const ingest::Source& source) {
  TRY_ASSIGN(ingest::ChildResult result, read_for_parent(source));
  return std::move(result.extraction);
}

}  // namespace maester::extract
