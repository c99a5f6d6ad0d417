// The files of an index: which there are, and the step from one manifest to the next
// (docs/formats/manifest.md, A commit).
#pragma once

#include <optional>
#include <string>

#include "retrieval/index/manifest.h"
#include "store/file_system.h"

namespace maester::retrieval {

// Not thread-safe.
class Directory {
 public:
  Directory(store::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  store::FileSystem& files() const { return files_; }
  const std::string& path() const { return path_; }
  std::string segment_path(std::uint64_t number) const;

  // Nothing when the directory holds no index. Code::corrupt when its manifest is damaged or gone.
  Result<std::optional<Manifest>> read() const;
  // Removes what the manifest does not name.
  Status clean(const Manifest& manifest) const;

  // Makes the manifest the index's. When it fails before the rename nothing happened; after that
  // broken() is true and nobody can say.
  Status commit(const Manifest& manifest);
  bool broken() const { return broken_; }

 private:
  store::FileSystem& files_;
  std::string path_;
  bool broken_ = false;
};

}  // namespace maester::retrieval
