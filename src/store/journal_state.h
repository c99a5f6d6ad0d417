// The journal's state file: how the last process left it (docs/formats/journal.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/file_system.h"
#include "store/journal.h"
#include "store/journal_format.h"

namespace maester::store {

struct JournalState {
  Durability durability = Durability::process;
  std::string boot_id;
  bool clean = false;
  bool may_have_lost_tail =
      false;  // said at the last start, and to be said again until there was a clean end
  std::vector<ChainEnd> lanes;  // where each ended; only when clean
  bool operator==(const JournalState&) const = default;
};

std::string encode_state(const JournalState& state);
std::optional<JournalState> decode_state(std::string_view text);

// Nothing when it is missing or does not check.
Result<std::optional<JournalState>> read_state(FileSystem& files, const std::string& directory);
// Replaces it atomically and durably. On a full disk it is removed instead: a missing state
// promises nothing.
Status write_state(FileSystem& files, const std::string& directory, const JournalState& state);

// The kernel's id of this boot; "" when it cannot be read.
std::string kernel_boot_id();

}  // namespace maester::store
