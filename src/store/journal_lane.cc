#include "store/journal_lane.h"

#include <algorithm>

namespace maester::store {
namespace {

constexpr std::uint64_t kLeastFree = 1u << 20;
constexpr std::size_t kLargestKeptBuffer = 1u << 20;

}  // namespace

Result<std::unique_ptr<Lane>> Lane::open(FileSystem& files, Config config, const LaneTail& tail,
                                         std::vector<Segment> segments) {
  std::unique_ptr<Lane> lane(new Lane(files, std::move(config)));
  lane->end_ = lane->written_end_ = tail.end;
  lane->written_ = tail.end.sequence;
  lane->durable_ = tail.end.sequence;
  lane->segments_ = std::move(segments);
  if (tail.segment == 0) {
    TRY(lane->roll(0));
    return lane;
  }
  lane->segment_ = tail.segment;
  lane->offset_ = tail.offset;
  TRY_ASSIGN(lane->current_, files.open(lane->path(tail.segment), FileSystem::Open::existing));
  lane->file_ = lane->current_.get();
  TRY_ASSIGN(lane->capacity_, lane->file_->size());
  return lane;
}

Result<Journal::Appended> Lane::stage(RecordKind kind, std::string_view payload) {
  if (storage_full() && kind != RecordKind::settlement) {
    return fail(Code::storage_full, "The server's disk is full; try again later.");
  }
  if (!fits(payload.size())) TRY(roll(encoded_size(payload.size())));
  const Journal::Appended done{end_.sequence + 1,
                               {config_.lane, segment_, offset_ + buffer_.size()}};
  end_ = encode_record(buffer_, end_, durable_.load(std::memory_order_relaxed), kind, payload);
  if (config_.mutant == Mutant::acknowledge_first) written_ = end_.sequence;
  return done;
}

// What could not be written was never there: the next record takes its place.
Status Lane::flush() {
  if (buffer_.empty()) return {};
  Status done = file_->write_at(offset_, buffer_);
  if (done) {
    offset_ += buffer_.size();
    written_end_ = end_;
    written_.store(end_.sequence, std::memory_order_release);
  } else {
    end_ = written_end_;
  }
  if (buffer_.capacity() > kLargestKeptBuffer) std::string().swap(buffer_);
  buffer_.clear();
  return done;
}

// The header of the new segment and the record that follows go to the kernel in this order; either
// may reach the disk first, which open() sorts out. The lock on the spare is held to the end:
// keep_spare() must see the new number.
Status Lane::roll(std::size_t record_bytes) {
  const std::uint64_t number = segment_ + 1;
  const std::uint64_t need = kSegmentHeaderBytes + record_bytes;
  std::lock_guard spare_lock(spare_mutex_);
  std::shared_ptr<File> next = std::move(spare_);
  wants_spare_ = true;
  std::uint64_t bytes = 0;
  if (next != nullptr) {
    TRY_ASSIGN(bytes, next->size());
  }
  if (bytes < need) {
    TRY_ASSIGN(next, create_segment(number, need));
    TRY_ASSIGN(bytes, next->size());
  }
  const SegmentHeader header{.lane = config_.lane,
                             .segment = number,
                             .first_sequence = end_.sequence + 1,
                             .chain = end_.chain,
                             .durable = durable_.load(std::memory_order_relaxed),
                             .created_ns = config_.clock->wall().time_since_epoch().count()};
  TRY(next->write_at(0, encode_segment_header(header)));
  std::lock_guard lock(files_mutex_);
  if (current_ != nullptr) unsynced_.push_back(std::move(current_));
  current_ = std::move(next);
  file_ = current_.get();
  segments_.push_back({number, end_.sequence + 1});
  segment_ = number;
  offset_ = kSegmentHeaderBytes;
  capacity_ = bytes;
  return {};
}

Result<std::shared_ptr<File>> Lane::create_segment(std::uint64_t number, std::uint64_t at_least) {
  TRY_ASSIGN(const std::uint64_t free, files_.free_space(config_.directory));
  std::uint64_t bytes = std::min(config_.segment_bytes, std::max(free / 16, kLeastFree));
  bytes = std::max(bytes, at_least);
  const std::string name = path(number);
  TRY_ASSIGN(std::shared_ptr<File> file, files_.open(name, FileSystem::Open::create_or_open));
  TRY(file->truncate(0));  // left over from a cut, or from an attempt that ran out of space
  Status reserved = file->preallocate(bytes);
  if (!reserved) {
    (void)files_.remove(name);
    return fail(std::move(reserved).error());
  }
  TRY(file->sync());
  TRY(files_.sync_directory(config_.directory));
  return file;
}

// The snapshot of `written` comes first: every record up to it is in a file that the lock then
// shows.
Status Lane::sync() {
  const std::uint64_t target = written();
  if (target == durable()) return {};
  std::vector<std::shared_ptr<File>> files;
  {
    std::lock_guard lock(files_mutex_);
    files = unsynced_;
    files.push_back(current_);
  }
  if (config_.mutant != Mutant::skip_sync) {
    for (const auto& file : files) {
      Status done = file->sync();
      if (!done && config_.mutant != Mutant::sync_error_ignored) return done;
    }
  }
  {
    std::lock_guard lock(files_mutex_);
    unsynced_.erase(unsynced_.begin(),
                    unsynced_.begin() + static_cast<std::ptrdiff_t>(files.size() - 1));
  }
  durable_.store(target, std::memory_order_release);
  return {};
}

Status Lane::keep_spare() {
  TRY_ASSIGN(const std::uint64_t free, files_.free_space(config_.directory));
  Status made;
  if (wants_spare()) {
    std::lock_guard lock(spare_mutex_);
    auto spare = create_segment(segment_.load() + 1, kSegmentHeaderBytes);
    if (spare) {
      spare_ = std::move(*spare);
      wants_spare_ = false;
    } else {
      made = fail(std::move(spare).error());
    }
  }
  const bool full = free < kLeastFree || (!made && made.error().code == Code::storage_full);
  storage_full_.store(full, std::memory_order_relaxed);
  if (full) return {};
  return made;
}

std::vector<Lane::Segment> Lane::segments() const {
  std::lock_guard lock(files_mutex_);
  return segments_;
}

std::string Lane::path(std::uint64_t number) const {
  return config_.directory + "/" + segment_file_name(config_.lane, number);
}

}  // namespace maester::store
