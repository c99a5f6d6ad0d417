// Copies of a backup that are whole or not there at all, and a data directory made of one.
#pragma once

#include <string>
#include <vector>

#include "app/backup/manifest.h"
#include "app/verify.h"
#include "retrieval/index_check.h"

namespace maester::app {

// Code::conflict unless there is nothing at `directory`, or an empty directory.
Status require_empty(const std::string& directory);

// Makes `to` a copy of the backup in `from`, proved by every file's SHA-256, at once: until then
// it is as it was. Code::corrupt, naming each file that is not the one that was backed up, is
// missing or too much. REQUIRES: require_empty(to). Blocking, long.
Result<BackupManifest> copy_backup(const std::string& from, const std::string& to);

struct RestoredIndex {
  std::string name;  // "knowledge/ID/v1"
  retrieval::IndexCheck check;
};
struct RestoreReport {
  BackupManifest backup;
  VerifyReport data;
  std::vector<RestoredIndex> indexes;
};

// The same as a data directory, which is verified before it is in its place: the journal, the audit
// log, the databases, the files' bodies, every index's checksums, its recall and its terms.
Result<RestoreReport> restore_backup(const std::string& from, const std::string& to);

}  // namespace maester::app
