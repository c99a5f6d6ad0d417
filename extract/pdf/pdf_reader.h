// PDF by poppler: the text of each page in reading order.
#pragma once

#include "base/result.h"
#include "ingest/extraction.h"

namespace maester::extract {

// Loads what poppler loads lazily. Call before the sandbox is entered.
void warm_pdf();
Result<ingest::Extraction> read_pdf(const ingest::Source& source);

}  // namespace maester::extract
