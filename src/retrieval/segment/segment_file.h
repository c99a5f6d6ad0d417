// Writes a segment file: section after section, the head last. Nothing counts until finish()
// returned.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "retrieval/segment/format.h"
#include "store/file_system.h"

namespace maester::retrieval {

class SegmentFile {
 public:
  static Result<SegmentFile> create(store::FileSystem& files, const std::string& path);

  // Ends the section before. Sections may be left out, which makes them empty.
  void begin(Section section);
  Status write(std::string_view bytes);  // of the section that was begun
  Status write(Section section, std::string_view bytes) {
    begin(section);
    return write(bytes);
  }
  // Writes the head and syncs; the size of the file.
  Result<std::uint64_t> finish(const Counts& counts);

 private:
  Status flush();
  std::unique_ptr<store::File> file_;
  std::string buffer_;
  std::uint64_t flushed_ = 0;  // bytes that the file has
  Head head_;
  Head::Range* open_ = nullptr;
};

}  // namespace maester::retrieval
