// Text as it is: only its encoding and its line ends change.
#include "extract/formats/charset.h"
#include "extract/formats/decode_text.h"
#include "extract/formats/readers.h"
#include "extract/formats/refusal.h"
#include "extract/formats/xml.h"

namespace maester::extract {

Result<std::string> decode_text(std::string_view bytes, std::string_view charset, TextWriter& out) {
  auto decoded = decode(bytes, charset);
  if (!decoded)
    return unsupported(
        "The file is no text in any known encoding and of no known format "
        "(docs/reference/documents.md).");
  if (decoded->guessed)
    out.warn("encoding_guessed",
             "The encoding is not declared; it was read as " + decoded->charset + ".");
  return std::move(decoded->text);
}

Status read_plain(std::string_view bytes, std::string_view charset, TextWriter& out) {
  TRY_ASSIGN(const std::string text, decode_text(bytes, charset, out));
  out.verbatim(text);
  return {};
}

Status read_xml_text(std::string_view bytes, std::string_view charset, TextWriter& out) {
  TRY_ASSIGN(const std::string text, decode_text(bytes, charset, out));
  TRY(refuse_entities(text));
  out.verbatim(text);
  return {};
}

}  // namespace maester::extract
