// Writes a page's blocks: lines of a paragraph joined, words parted at a line's end rejoined,
// large print as headings.
#pragma once

#include <vector>

#include "extract/formats/text_writer.h"
#include "extract/pdf/page_layout.h"

namespace maester::extract {

// body: the size of most of the document's print, in points.
void write_page(const std::vector<Block>& blocks, double body, TextWriter& out);

}  // namespace maester::extract
