// What makes a directory a backup: the list of its files (docs/formats/backup.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/journal.h"

namespace maester::app {

inline constexpr std::string_view kBackupManifest = "backup.manifest";

struct BackupFile {
  std::string name;  // "journal/000-0000000001.seg"
  std::uint64_t size = 0;
  std::string sha256;  // hexadecimal
  bool operator==(const BackupFile&) const = default;
};

struct BackupManifest {
  std::string id;
  WallTime created_at{};  // milliseconds
  std::string program;    // version
  store::Positions journal;
  std::vector<BackupFile> files;  // by name
  bool operator==(const BackupManifest&) const = default;
  std::uint64_t bytes() const;
};

std::string encode_backup_manifest(const BackupManifest& manifest);
Result<BackupManifest> decode_backup_manifest(std::string_view text);  // Code::corrupt
std::string backup_digest(const BackupManifest& manifest);             // its `end`

// Of a backup's directory. Code::not_found when it is none, Code::corrupt when it does not check.
Result<BackupManifest> read_backup_manifest(const std::string& directory);

}  // namespace maester::app
