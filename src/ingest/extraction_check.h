// Whether an extraction holds together: what comes from a child is checked before it is used.
#pragma once

#include "base/result.h"
#include "ingest/extraction.h"

namespace maester::ingest {

// Code::corrupt naming the first fault: text that is not canonical (UTF-8, no control character
// but LF and TAB), a map that does not fit the text, pages or rows out of order. Pure, linear.
Status check(const Extraction& extraction);

}  // namespace maester::ingest
