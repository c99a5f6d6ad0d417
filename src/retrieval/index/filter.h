// Which chunks of a segment a query may find: alive, readable by the asker, all conditions met.
// From the columns, before either leg runs.
#pragma once

#include <memory>

#include "retrieval/bitmap.h"
#include "retrieval/index.h"
#include "retrieval/index/segment_view.h"

namespace maester::retrieval {

// Code::invalid_request for a condition that cannot be.
Status check_conditions(std::span<const Condition> conditions);

// Null when every chunk of the segment may be found. REQUIRES: check_conditions() passed.
std::shared_ptr<const Bitmap> allowed_chunks(const SegmentView& view, const Query& query);

}  // namespace maester::retrieval
