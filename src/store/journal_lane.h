// One lane of the journal: the segment that is being written, the spare behind it, and what of it
// is synced.
//
// Threads: stage() and flush() on the lane's own thread only; sync() by one thread at a time;
// keep_spare() on the maintenance thread; everything else from anywhere. stage() takes no lock but
// where it rolls to a new segment.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/file_system.h"
#include "store/journal.h"
#include "store/journal_format.h"
#include "store/journal_mutant.h"

namespace maester::store {

// Where a lane's log ends, as found at open.
struct LaneTail {
  std::uint64_t segment = 0;  // 0: the lane has none yet
  std::uint64_t offset = 0;
  ChainEnd end;
};

class Lane {
 public:
  struct Config {
    std::string directory;
    std::uint32_t lane;
    std::uint64_t segment_bytes;
    const Clock* clock;
    Mutant mutant;
  };
  // A segment that has a header, for readers.
  struct Segment {
    std::uint64_t number;
    std::uint64_t first_sequence;
  };

  // Opens the last segment, or starts the first one.
  static Result<std::unique_ptr<Lane>> open(FileSystem& files, Config config, const LaneTail& tail,
                                            std::vector<Segment> segments);

  // A record takes its place behind those that are staged; flush() writes them all by one write and
  // publishes them. When that fails none of them is there. REQUIRES: fits(), or nothing is staged.
  Result<Journal::Appended> stage(RecordKind kind, std::string_view payload);
  Status flush();
  bool fits(std::size_t payload) const {
    return offset_ + buffer_.size() + encoded_size(payload) <= capacity_;
  }
  std::size_t staged_bytes() const { return buffer_.size(); }

  // Makes durable what was written before the call. A failure is final: the caller must not go on.
  Status sync();
  // Creates the next segment ahead of need, and watches the free space: sets or clears
  // storage_full().
  Status keep_spare();

  std::uint64_t written() const { return written_.load(std::memory_order_acquire); }
  std::uint64_t durable() const { return durable_.load(std::memory_order_acquire); }
  bool storage_full() const { return storage_full_.load(std::memory_order_relaxed); }
  bool wants_spare() const { return wants_spare_.load(std::memory_order_relaxed); }
  // REQUIRES: on the lane's thread, or no append runs.
  ChainEnd written_end() const { return written_end_; }
  std::vector<Segment> segments() const;

 private:
  Lane(FileSystem& files, Config config) : files_(files), config_(std::move(config)) {}
  Status roll(std::size_t record_bytes);
  Result<std::shared_ptr<File>> create_segment(std::uint64_t number, std::uint64_t bytes);
  std::string path(std::uint64_t number) const;

  FileSystem& files_;
  const Config config_;

  // The lane's thread.
  ChainEnd end_;              // with what is staged
  ChainEnd written_end_;      // without
  std::uint64_t offset_ = 0;  // of the next write
  std::uint64_t capacity_ = 0;
  std::string buffer_;    // staged
  File* file_ = nullptr;  // == current_.get()

  std::atomic<std::uint64_t> segment_{0};  // changes under spare_mutex_
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<bool> storage_full_{false};
  std::atomic<bool> wants_spare_{true};

  mutable std::mutex files_mutex_;  // the next three
  std::shared_ptr<File> current_;
  std::vector<std::shared_ptr<File>> unsynced_;  // rolled over, not synced since
  std::vector<Segment> segments_;

  std::mutex spare_mutex_;       // held while a segment is created and while the lane rolls over
  std::shared_ptr<File> spare_;  // of number segment_ + 1
};

}  // namespace maester::store
