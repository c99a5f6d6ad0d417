// A backup of a data directory that no process works on.
#pragma once

#include <string>

#include "app/backup/manifest.h"

namespace maester::app {

// Makes `to` a backup of `data`, at once. Code::conflict when a process holds the directory.
// REQUIRES: require_empty(to). Blocking, long.
Result<BackupManifest> back_up_offline(const std::string& data, const std::string& to);

}  // namespace maester::app
