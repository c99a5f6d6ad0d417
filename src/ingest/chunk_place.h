// Where in a document an offset is: its page and the headings above it. Asked front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/extraction.h"

namespace maester::ingest {

class ChunkPlace {
 public:
  // REQUIRES: `document` outlives this; its pages and headings are in order.
  explicit ChunkPlace(const Extraction& document) : document_(document) {}
  // REQUIRES of both: offsets never decrease from call to call.
  std::uint32_t page(std::uint64_t offset);
  // "Title > A > B": of the headings that begin before `offset`, those whose section it is in. The
  // title once, though it is often the first heading too. At most about 1 KiB.
  std::string context(std::uint64_t offset);

 private:
  const Extraction& document_;
  std::size_t next_page_ = 0;
  std::size_t next_heading_ = 0;
  std::vector<const Heading*> path_;
};

}  // namespace maester::ingest
