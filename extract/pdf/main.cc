// maester-extract-pdf: PDF, with poppler (GPL: see README.md). Started by the server, never by
// hand.
#include "extract/child/child_main.h"
#include "extract/pdf/pdf_reader.h"

int main() {
  using namespace maester;
  extract::run_child(
      {extract::warm_pdf, [](const ingest::Source& source) -> Result<ingest::ChildResult> {
         TRY_ASSIGN(ingest::Extraction read, extract::read_pdf(source));
         return ingest::ChildResult{std::move(read), {}};
       }});
}
