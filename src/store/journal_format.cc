#include "store/journal_format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "base/hash.h"

namespace maester::store {
namespace {

constexpr std::string_view kMagic = "MAESTRJ1";
constexpr std::uint32_t kVersion = 1;
static_assert(std::endian::native == std::endian::little, "the format is little-endian");

template <class T>
void put(std::string& out, std::size_t at, T value) {
  std::memcpy(out.data() + at, &value, sizeof value);
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// Over everything but the checksum itself.
std::uint32_t record_checksum(std::string_view record, std::size_t payload) {
  return crc32c(record.substr(8, kRecordHeaderBytes - 8 + payload), crc32c(record.substr(0, 4)));
}

std::uint64_t chain_value(std::string_view record, std::size_t payload) {
  return XXH3_64bits(record.data(), kRecordHeaderBytes + payload);
}

}  // namespace

std::string encode_segment_header(const SegmentHeader& header) {
  std::string out(kSegmentHeaderBytes, '\0');
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  put(out, 8, kVersion);
  put(out, 12, header.lane);
  put(out, 16, header.segment);
  put(out, 24, header.first_sequence);
  put(out, 32, header.chain);
  put(out, 40, header.durable);
  put(out, 48, header.created_ns);
  put(out, 60, crc32c(std::string_view(out).substr(0, 60)));
  return out;
}

std::optional<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  if (get<std::uint32_t>(bytes, 60) != crc32c(bytes.substr(0, 60))) return std::nullopt;
  if (get<std::uint32_t>(bytes, 8) != kVersion) return std::nullopt;
  return SegmentHeader{.lane = get<std::uint32_t>(bytes, 12),
                       .segment = get<std::uint64_t>(bytes, 16),
                       .first_sequence = get<std::uint64_t>(bytes, 24),
                       .chain = get<std::uint64_t>(bytes, 32),
                       .durable = get<std::uint64_t>(bytes, 40),
                       .created_ns = get<std::int64_t>(bytes, 48)};
}

ChainEnd encode_record(std::string& out, const ChainEnd& before, std::uint64_t durable,
                       RecordKind kind, std::string_view payload) {
  const std::size_t at = out.size();
  out.resize(at + kRecordHeaderBytes);
  put(out, at, static_cast<std::uint32_t>(payload.size()));
  put(out, at + 8, before.sequence + 1);
  put(out, at + 16, before.chain);
  put(out, at + 24, durable);
  put(out, at + 32, static_cast<std::uint64_t>(kind));
  out.append(payload);
  out.resize(at + encoded_size(payload.size()));
  const std::string_view record = std::string_view(out).substr(at);
  put(out, at + 4, record_checksum(record, payload.size()));
  return {before.sequence + 1, chain_value(record, payload.size())};
}

std::size_t announced_size(std::string_view header) {
  if (header.size() < kRecordHeaderBytes) return 0;
  const auto kind = get<std::uint64_t>(header, 32);
  if (kind < 1 || kind > static_cast<std::uint64_t>(RecordKind::note)) return 0;
  return encoded_size(get<std::uint32_t>(header, 0));
}

std::optional<RecordView> decode_record(std::string_view bytes, bool verify_checksum) {
  const std::size_t size = announced_size(bytes);
  if (size == 0 || size > bytes.size()) return std::nullopt;
  const std::size_t payload = get<std::uint32_t>(bytes, 0);
  if (verify_checksum && get<std::uint32_t>(bytes, 4) != record_checksum(bytes, payload)) {
    return std::nullopt;
  }
  return RecordView{.sequence = get<std::uint64_t>(bytes, 8),
                    .link = get<std::uint64_t>(bytes, 16),
                    .durable = get<std::uint64_t>(bytes, 24),
                    .kind = static_cast<RecordKind>(get<std::uint64_t>(bytes, 32)),
                    .payload = bytes.substr(kRecordHeaderBytes, payload),
                    .size = size};
}

bool follows(const RecordView& record, const ChainEnd& before) {
  return record.sequence == before.sequence + 1 && record.link == before.chain;
}

ChainEnd chain_after(const RecordView& record, std::string_view bytes) {
  return {record.sequence, chain_value(bytes, record.payload.size())};
}

std::string segment_file_name(std::uint32_t lane, std::uint64_t segment) {
  char name[48];
  const int n = std::snprintf(name, sizeof name, "%03u-%010llu.seg", lane,
                              static_cast<unsigned long long>(segment));
  return std::string(name, static_cast<std::size_t>(n));
}

std::optional<SegmentName> parse_segment_file_name(std::string_view name) {
  SegmentName out{};
  const char* end = name.data() + name.size();
  const auto lane = std::from_chars(name.data(), end, out.lane);
  if (lane.ec != std::errc() || lane.ptr == end || *lane.ptr != '-') return std::nullopt;
  const auto segment = std::from_chars(lane.ptr + 1, end, out.segment);
  if (segment.ec != std::errc() || name != segment_file_name(out.lane, out.segment)) {
    return std::nullopt;
  }
  return out;
}

}  // namespace maester::store
