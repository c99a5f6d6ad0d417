// Copies of whole files and what proves them: for backups. Paths are the program's own. Blocking;
// thread-safe. Errors as of FileSystem, the path in `detail`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace maester::store {

// A second name for the file, or a copy where the file system has none to give. REQUIRES: nobody
// writes to the file any more; its name may be removed.
Status link_file(const std::string& from, const std::string& to);

// A new file (mode 0600) with the first `limit` bytes of `from`, or all of it. Not synced.
Status copy_file(const std::string& from, const std::string& to, std::uint64_t limit = UINT64_MAX);
Status write_file(const std::string& path, std::string_view bytes);  // the same, of these

struct FileDigest {
  std::uint64_t size = 0;
  std::string sha256;  // hexadecimal
};
Result<FileDigest> digest_file(const std::string& path);
Result<std::string> read_whole_file(const std::string& path);

// The names of all files below `directory`, with "/" between folders, sorted.
Result<std::vector<std::string>> list_tree(const std::string& directory);

// Makes the files and folders below `directory`, itself included, survive a power cut.
Status sync_tree(const std::string& directory);

}  // namespace maester::store
