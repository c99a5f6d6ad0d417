// Whether each file that work.db has a row of has its body: for a restored backup, before it is
// served. Sizes only; what is in a body is proved by its seals when it is read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/sqlite.h"

namespace maester::batches {

// What a body of that many plain bytes takes on disk.
std::uint64_t sealed_size(std::uint64_t bytes);

// What is wrong, a line for each file, at most `most`; `directory` holds the bodies. A database
// without the table has no files. Blocking.
Result<std::vector<std::string>> check_bodies(store::Database& work, const std::string& directory,
                                              std::size_t most);

}  // namespace maester::batches
