// Fills a directory with a backup of a data directory as it is at one moment, whether a server
// works on it or not (docs/formats/backup.md, The moment).
#pragma once

#include <functional>
#include <string>

#include "app/backup/manifest.h"
#include "knowledge/library.h"
#include "store/file_system.h"
#include "store/journal.h"

namespace maester::app {

// What is copied, and how its parts are held still. The functions run on the caller's thread or
// wait for another.
struct BackupSource {
  std::string data;  // the data directory
  store::FileSystem& files;
  store::Journal& journal;
  // As Library::at_rest.
  std::function<Status(const std::function<Status()>&, const knowledge::Library::Show&)> indexes;
  // As FileStore::at_rest, around the indexes.
  std::function<Status(const std::function<Status()>&,
                       const std::function<Status(const std::string& name)>&)>
      bodies;
  // Runs it while nobody writes to control.db.
  std::function<Status(const std::function<Status()>&)> control;
  std::function<bool()> stopped;  // asked now and then; true makes it give up
};

// Free space that a backup leaves to the server.
inline constexpr std::uint64_t kSpaceLeftAlone = 64u << 20;

// Fills `into`, an empty directory, and writes its manifest last; everything is synced. Answers
// `manifest` (id, time, program) with the rest. Code::storage_full when there is not the space,
// Code::cancelled when it was stopped. Blocking; long.
Result<BackupManifest> fill_backup(const BackupSource& source, BackupManifest manifest,
                                   const std::string& into);

// A new backup of that moment, without files.
BackupManifest name_backup(const Clock& clock, Random& random);

}  // namespace maester::app
