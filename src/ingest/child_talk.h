// The conversation with one child: the request goes in while the result comes out.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "ingest/child_format.h"
#include "ingest/child_process.h"
#include "ingest/extraction.h"

namespace maester::ingest {

// Blocks until the child has answered, died or used up its time; the child is gone afterwards.
// Errors as ChildExtractor::extract().
Result<ChildResult> talk(ChildProcess child, const Source& source, const Clock& clock,
                         nanoseconds wall);

}  // namespace maester::ingest
