#include "extract/formats/warm.h"

#include "extract/formats/charset.h"
#include "extract/formats/readers.h"

namespace maester::extract {

void warm() {
  warm_charsets();
  // The first use of a library's lazy parts: tables, locales, symbols.
  (void)read_document(
      {.bytes = "<p>warm &amp; w\xe4rm", .file_name = "a.html", .content_type = ""});
  (void)read_document({.bytes = "# warm &amp;", .file_name = "a.md", .content_type = ""});
}

}  // namespace maester::extract
