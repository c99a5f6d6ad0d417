// maester-extract: every format but PDF. Started by the server, never by hand.
#include "extract/child/child_main.h"
#include "extract/formats/readers.h"
#include "extract/formats/warm.h"

int main() {
  maester::extract::run_child({maester::extract::warm, maester::extract::read_for_parent});
}
