#include "store/segment_reader.h"

#include <algorithm>

namespace maester::store {
namespace {
// The first piece is small: who follows a journal that is being written finds little there, and a
// file's part that was never written costs as much to read as the rest.
constexpr std::size_t kFirstPiece = 32u << 10;
constexpr std::size_t kLargestPiece = 256u << 10;
}  // namespace

Result<std::string_view> SegmentReader::peek(std::size_t size) {
  const std::uint64_t left = file_size_ > offset_ ? file_size_ - offset_ : 0;
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left));
  if (offset_ < buffer_at_ || offset_ + size > buffer_at_ + buffer_.size()) {
    piece_ = piece_ == 0 ? kFirstPiece : std::min(2 * piece_, kLargestPiece);
    const auto want = std::min<std::uint64_t>(std::max(size, piece_), left);
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
