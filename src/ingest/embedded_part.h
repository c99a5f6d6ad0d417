// A document that was read apart from the one that holds it, joined to it: its text and its maps
// behind the whole. Pure.
#pragma once

#include "base/result.h"
#include "ingest/child_format.h"
#include "ingest/extraction.h"

namespace maester::ingest {

// REQUIRES: both hold together (extraction_check.h). The whole does afterwards. A part without text
// or for which there is no room within kMaxText becomes a warning.
void append_part(const EmbeddedFile& file, Extraction part, Extraction& whole);
// The warning "part_skipped" with why.
void warn_of_part(const EmbeddedFile& file, const Error& why, Extraction& whole);

}  // namespace maester::ingest
