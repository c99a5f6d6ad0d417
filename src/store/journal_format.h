// The bytes of a journal segment (docs/formats/journal.md): encoding and checking, no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/journal.h"

namespace maester::store {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kRecordHeaderBytes = 40;

struct SegmentHeader {
  std::uint32_t lane = 0;
  std::uint64_t segment = 0;
  std::uint64_t first_sequence = 1;
  std::uint64_t chain = 0;    // of the record before the first
  std::uint64_t durable = 0;  // known to be synced when the header was written
  std::int64_t created_ns = 0;
  bool operator==(const SegmentHeader&) const = default;
};
std::string encode_segment_header(const SegmentHeader& header);
// Nothing when the magic, the version or the checksum is wrong: a spare, or a torn write.
std::optional<SegmentHeader> decode_segment_header(std::string_view bytes);

// A record's place in the chain: what must precede the next one.
struct ChainEnd {
  std::uint64_t sequence = 0;
  std::uint64_t chain = 0;
  bool operator==(const ChainEnd&) const = default;
};

// Header and padding included.
constexpr std::size_t encoded_size(std::size_t payload) {
  return (kRecordHeaderBytes + payload + 7) / 8 * 8;
}
// Appends the record that follows `before`; answers the end of the chain with it.
ChainEnd encode_record(std::string& out, const ChainEnd& before, std::uint64_t durable,
                       RecordKind kind, std::string_view payload);

struct RecordView {
  std::uint64_t sequence = 0;
  std::uint64_t link = 0;
  std::uint64_t durable = 0;
  RecordKind kind = RecordKind::note;
  std::string_view payload;
  std::size_t size = 0;  // encoded, with padding
};
// Bytes that a record which begins with these 40 needs, by its length field alone; 0 when they
// cannot begin a record.
std::size_t announced_size(std::string_view header);
// The record at the start of `bytes`, its checksum verified; nothing when it is incomplete or does
// not check.
std::optional<RecordView> decode_record(std::string_view bytes, bool verify_checksum = true);
bool follows(const RecordView& record, const ChainEnd& before);
ChainEnd chain_after(const RecordView& record, std::string_view bytes);

// "003-0000000042.seg", and back.
std::string segment_file_name(std::uint32_t lane, std::uint64_t segment);
struct SegmentName {
  std::uint32_t lane;
  std::uint64_t segment;
};
std::optional<SegmentName> parse_segment_file_name(std::string_view name);

}  // namespace maester::store
