// Backups of the data directory, as the routes see them. Implemented in app/, which knows what a
// data directory holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "access/audit.h"
#include "base/clock.h"
#include "base/result.h"

namespace maester::api {

// One that is whole.
struct Backup {
  std::string id;
  std::string path;      // its directory, on the server
  std::string manifest;  // SHA-256 of its list of files, hexadecimal
  WallTime created_at{};
  std::uint64_t bytes = 0, files = 0;
  std::vector<std::uint64_t> journal;  // the last record of each lane
};

// Thread-safe; blocking but for last().
class BackupService {
 public:
  static constexpr std::int64_t kKeep = 3, kMostKept = 1000;
  virtual ~BackupService() = default;
  // Then removes all but the `keep` newest. Code::conflict while another is being made.
  virtual Result<Backup> make(std::int64_t keep, const access::Actor& actor) = 0;
  virtual Result<std::vector<Backup>> list() = 0;  // the newest first
  virtual std::optional<WallTime> last() const = 0;
};

}  // namespace maester::api
