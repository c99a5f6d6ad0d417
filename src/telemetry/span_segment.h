// One segment file of spans and its index (docs/formats/spans.md).
//
// A segment is open (its index in memory, one writer appends) until seal() writes the index to
// disk; then it is immutable. Look-ups are thread-safe beside the writer. Everything here blocks on
// files: never on a core.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/span_record.h"

namespace maester::telemetry {

// A descriptor that closes itself.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  ~OwnedFd();
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// "0000000042-2026112023"
struct SegmentName {
  std::uint64_t number = 0;
  std::int64_t hour = 0;  // since the epoch
  std::string to_string() const;
  static std::optional<SegmentName> parse(std::string_view stem);
};

// What the index holds of a record.
struct SpanEntry {
  TraceId trace_id;
  Uuid request_id;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;  // of the payload
  std::uint32_t tenant = 0;  // crc32c of its name
};

class SpanSegment {
 public:
  // A new, open one. Code::io_error when the file is there or cannot be made.
  static Result<std::shared_ptr<SpanSegment>> create(const std::string& directory,
                                                     SegmentName name);
  // One that is on disk; seals it first if need be (cutting what follows the last whole record).
  static Result<std::shared_ptr<SpanSegment>> load(const std::string& directory, SegmentName name);

  const SegmentName& name() const { return name_; }
  std::uint64_t bytes() const;  // of both files
  std::size_t records() const;

  // Appends whole records in one write; `entries` describe them, offsets relative to `bytes`. On an
  // error nothing is taken in (the tail is cut). REQUIRES: open, one writer.
  Status append(std::string_view bytes, std::vector<SpanEntry> entries);
  Status seal();
  void remove_files();  // readers that hold the segment go on reading

  // Offsets of the records with this id, in order of writing.
  std::vector<std::uint64_t> find(const TraceId& id) const;
  std::vector<std::uint64_t> find(const Uuid& request_id) const;
  // The newest records before position `before` (a count of records from the start) whose tenant
  // may be this one, newest first, at most `limit`.
  struct Listed {
    std::size_t position;
    std::uint64_t offset;
  };
  std::vector<Listed> list(std::uint32_t tenant, std::size_t before, std::size_t limit) const;
  Result<SpanRecord> read(std::uint64_t offset) const;

 private:
  SpanSegment(std::string path, SegmentName name, OwnedFd file);
  Status scan();
  Status open_index();
  Status write_index(const std::vector<SpanEntry>& entries);
  template <std::size_t N>
  std::vector<std::uint64_t> search(const std::array<std::uint8_t, N>& key, unsigned run) const;
  std::string read_file(const OwnedFd& file, std::uint64_t offset, std::size_t size) const;

  const std::string path_;  // without the suffix
  const SegmentName name_;
  const OwnedFd file_;
  mutable std::mutex mutex_;  // guards all below
  std::uint64_t size_ = 0;
  std::size_t count_ = 0;
  std::vector<SpanEntry> entries_;  // while open
  OwnedFd index_;                   // once sealed
};

}  // namespace maester::telemetry
