#include "store/segment_reader.h"

#include <algorithm>

namespace maester::store {
namespace {
constexpr std::size_t kReadAhead = 256u << 10;
}

Result<std::string_view> SegmentReader::peek(std::size_t size) {
  const std::uint64_t left = file_size_ > offset_ ? file_size_ - offset_ : 0;
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left));
  if (offset_ < buffer_at_ || offset_ + size > buffer_at_ + buffer_.size()) {
    const auto want = std::min<std::uint64_t>(std::max(size, kReadAhead), left);
    TRY_ASSIGN(buffer_, file_.read_at(offset_, static_cast<std::size_t>(want)));
    buffer_at_ = offset_;
  }
  return std::string_view(buffer_).substr(static_cast<std::size_t>(offset_ - buffer_at_), size);
}

Result<std::optional<RecordView>> SegmentReader::record(bool verify_checksum) {
  TRY_ASSIGN(const std::string_view header, peek(kRecordHeaderBytes));
  const std::size_t size = announced_size(header);
  if (size == 0) return std::nullopt;
  TRY_ASSIGN(const std::string_view bytes, peek(size));
  return decode_record(bytes, verify_checksum);
}

}  // namespace maester::store
