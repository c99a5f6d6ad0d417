// maester-extract-pdf: PDF, with poppler (GPL: see README.md). Started by the server, never by
// hand.
#include "extract/child/child_main.h"
#include "extract/pdf/pdf_reader.h"

int main() {
  maester::extract::run_child({maester::extract::warm_pdf, maester::extract::read_pdf});
}
