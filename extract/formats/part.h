// A document within a document: an attachment, an archive's member.
#pragma once

#include <string_view>

#include "base/result.h"
#include "extract/formats/readers.h"
#include "extract/formats/text_writer.h"
#include "ingest/extraction.h"

namespace maester::extract {

// Writes a line "<label>: <name>" and the part's text behind it, as a Part of the whole. A part
// that cannot be read is a warning ("part_skipped"), except where it must stop the whole: a bomb,
// or an archive within an archive ("nesting"). `depth` is the depth of what holds it.
Status read_part(const ingest::Source& part, std::string_view label, Depth depth, TextWriter& out);

}  // namespace maester::extract
