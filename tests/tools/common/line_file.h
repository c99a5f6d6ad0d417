// A file of JSON lines that other programs read after a crash of something else. Lines are
// collected and written by flush(); with `sync`, flush() returns only after fdatasync. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "common/net.h"

namespace maester::rig {

class LineFile {
 public:
  // Appends to `path` (created); "" makes a file that drops everything.
  LineFile(const std::string& path, bool sync);
  bool enabled() const { return fd_.valid(); }
  void add(std::string_view line);  // without the line feed
  void flush();

 private:
  std::mutex mutex_;
  std::string pending_;
  Fd fd_;
  bool sync_;
};

}  // namespace maester::rig
