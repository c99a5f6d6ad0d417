// One segment file of the living documents of several.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "retrieval/index.h"
#include "retrieval/segment/segment.h"

namespace maester::retrieval {

struct MergeSource {
  std::shared_ptr<const Segment> segment;
  std::vector<std::uint32_t> dead;  // documents, rising
};

// Asks whether to give up.
struct Stop {
  bool (*stopped)(void*) = nullptr;
  void* context = nullptr;
  bool operator()() const { return stopped != nullptr && stopped(context); }
};

// Writes and syncs the file, with the vectors' graph when the settings ask for one. Documents keep
// their order. Code::cancelled when stopped; Code::corrupt when a source does not hold together:
// nothing is lost silently.
Status merge_segments(store::FileSystem& files, const std::string& path,
                      const IndexSettings& settings, std::span<const MergeSource> sources,
                      const Stop& stop);

}  // namespace maester::retrieval
