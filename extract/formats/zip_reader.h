// A ZIP archive in memory (libzip), with what is inflated counted as it comes: sizes that an
// archive declares are not believed (RULES.md §14: at most 10,000 entries, 256 MiB in all, 100
// times what it was). Names are names, never paths.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct zip;

namespace maester::extract {

class ZipReader {
 public:
  struct Entry {
    std::string name;  // UTF-8
    std::uint64_t index = 0;
    std::uint64_t compressed = 0;
    bool folder = false;
    bool link = false;  // a symbolic link: its content is a path and no document
  };

  // "corrupt", "bomb" past the number of entries, "encrypted" when an entry is. REQUIRES: `bytes`
  // outlives this.
  static Result<ZipReader> open(std::string_view bytes);

  const std::vector<Entry>& entries() const { return entries_; }
  const Entry* find(std::string_view name) const;
  // "bomb" past a limit, "corrupt" when it does not inflate or its checksum is wrong.
  Result<std::string> read(const Entry& entry);

 private:
  struct Close {
    void operator()(::zip* archive) const;
  };
  std::unique_ptr<::zip, Close> archive_;
  std::vector<Entry> entries_;
  std::uint64_t size_ = 0;
  std::uint64_t inflated_ = 0;
};

}  // namespace maester::extract
