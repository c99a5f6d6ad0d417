#include "retrieval/segment/segment_file.h"

#include "base/hash.h"

namespace maester::retrieval {
namespace {
constexpr std::size_t kBuffer = 1 << 20;
}

Result<SegmentFile> SegmentFile::create(store::FileSystem& files, const std::string& path) {
  SegmentFile made;
  TRY_ASSIGN(made.file_, files.open(path, store::FileSystem::Open::create_new));
  made.buffer_.resize(kHeadBytes, '\0');
  return made;
}

void SegmentFile::begin(Section section) {
  const std::uint64_t end = flushed_ + buffer_.size();
  buffer_.append((kSectionAlignment - end % kSectionAlignment) % kSectionAlignment, '\0');
  open_ = &head_.sections[static_cast<std::size_t>(section)];
  open_->offset = flushed_ + buffer_.size();
}

Status SegmentFile::write(std::string_view bytes) {
  open_->crc = crc32c(bytes, open_->crc);
  open_->size += bytes.size();
  if (buffer_.size() + bytes.size() > kBuffer) TRY(flush());
  if (bytes.size() > kBuffer) {
    TRY(file_->write_at(flushed_, bytes));
    flushed_ += bytes.size();
  } else {
    buffer_ += bytes;
  }
  return {};
}

Status SegmentFile::flush() {
  TRY(file_->write_at(flushed_, buffer_));
  flushed_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<std::uint64_t> SegmentFile::finish(const Counts& counts) {
  head_.counts = counts;
  head_.file_size = flushed_ + buffer_.size();
  const std::string head = encode_head(head_);
  if (flushed_ == 0) {
    buffer_.replace(0, head.size(), head);  // a small segment is one write
    TRY(flush());
  } else {
    TRY(flush());
    TRY(file_->write_at(0, head));
  }
  TRY(file_->sync());
  return head_.file_size;
}

}  // namespace maester::retrieval
