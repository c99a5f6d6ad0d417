// The data directory: one process owns it. What is in it: docs/formats/data-directory.md.
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"

namespace maester::app {

// Made if missing, with mode 0700, and locked until the object dies; Code::conflict when another
// process holds it.
class DataDirectory {
 public:
  static Result<DataDirectory> open(const std::string& path);
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory(const DataDirectory&) = delete;
  ~DataDirectory();

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

  // The admin key in `admin.key`. The first call makes one (mode 0600) when `create`; "" when there
  // is none.
  Result<std::string> admin_key(Random& random, bool create) const;

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

}  // namespace maester::app
