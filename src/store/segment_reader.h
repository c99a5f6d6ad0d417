// Reads a journal segment front to back in large pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/file_system.h"
#include "store/journal_format.h"

namespace maester::store {

// Not thread-safe; borrows the file. Views are valid until the next call.
class SegmentReader {
 public:
  SegmentReader(File& file, std::uint64_t offset, std::uint64_t file_size)
      : file_(file), file_size_(file_size), offset_(offset) {}

  // `size` bytes at offset(), fewer only at the end of the file. Never allocates more than the file
  // holds.
  Result<std::string_view> peek(std::size_t size);
  void skip(std::size_t size) { offset_ += size; }
  std::uint64_t offset() const { return offset_; }

  // The record at offset(), or nothing when none stands there. Does not move.
  Result<std::optional<RecordView>> record(bool verify_checksum = true);
  // The bytes of the record that record() answered, padding included.
  std::string_view record_bytes(const RecordView& record) const {
    return std::string_view(buffer_).substr(static_cast<std::size_t>(offset_ - buffer_at_),
                                            record.size);
  }

 private:
  File& file_;
  std::uint64_t file_size_;
  std::uint64_t offset_;
  std::uint64_t buffer_at_ = 0;
  std::size_t piece_ = 0;  // read last
  std::string buffer_;
};

}  // namespace maester::store
