// Finds where a lane's log ends, and tells a torn tail from corruption (docs/formats/journal.md,
// "Opening").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/file_system.h"
#include "store/journal_lane.h"
#include "store/journal_mutant.h"

namespace maester::store {

struct LaneScan {
  std::vector<Lane::Segment> segments;  // that hold the log
  LaneTail tail;
  std::uint64_t records = 0;  // read on the way
  std::uint64_t torn_bytes = 0;
};

// All segment numbers of each lane that has files: index = lane.
Result<std::vector<std::vector<std::uint64_t>>> list_segments(FileSystem& files,
                                                              const std::string& directory);

// `clean_end`: where the state file says that the lane ended. Cuts what stands behind the end of
// the log, durably. Fails with Code::corrupt when a synced record is missing.
Result<LaneScan> scan_lane(FileSystem& files, const std::string& directory, std::uint32_t lane,
                           const std::vector<std::uint64_t>& numbers,
                           const std::optional<ChainEnd>& clean_end, Mutant mutant);

// Code::corrupt, naming the place in `detail`.
std::unexpected<Error> corrupt_at(const Location& where, const std::string& what);

}  // namespace maester::store
