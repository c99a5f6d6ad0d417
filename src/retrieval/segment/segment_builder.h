// A segment file of new documents.
#pragma once

#include <span>
#include <string>

#include "retrieval/index.h"
#include "retrieval/segment/format.h"
#include "store/file_system.h"

namespace maester::retrieval {

// Writes and syncs the file; its directory is the caller's to sync. Code::invalid_request for a
// document that cannot be: a chunk beyond the text, a vector of other dimensions, a text of 4 GiB.
// No graph is built: that is a merge's work.
Status build_segment(store::FileSystem& files, const std::string& path,
                     const IndexSettings& settings,
                     std::span<const IndexDocument* const> documents);

}  // namespace maester::retrieval
