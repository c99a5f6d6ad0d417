#include "store/journal_reader.h"

#include <algorithm>

#include "store/journal_scan.h"
#include "store/segment_reader.h"

namespace maester::store {
namespace {
constexpr std::size_t kMaxOpenFiles = 32;
}

Result<std::shared_ptr<File>> JournalReader::file(std::uint32_t lane, std::uint64_t segment) {
  std::lock_guard lock(mutex_);
  auto& slot = open_[{lane, segment}];
  if (slot != nullptr) return slot;
  auto opened =
      files_.open(directory_ + "/" + segment_file_name(lane, segment), FileSystem::Open::existing);
  if (!opened) {
    open_.erase({lane, segment});
    return fail(std::move(opened).error());
  }
  std::shared_ptr<File> file = std::move(*opened);
  slot = file;
  if (open_.size() > kMaxOpenFiles) {
    open_.clear();
    open_[{lane, segment}] = file;
  }
  return file;
}

Result<std::size_t> JournalReader::read(std::uint32_t lane,
                                        const std::vector<Lane::Segment>& segments,
                                        std::uint64_t after, std::uint64_t until,
                                        std::size_t max_records,
                                        const std::function<void(const Record&)>& visit) {
  if (after >= until || max_records == 0) return 0;
  TRY_ASSIGN(Cursor at, find(lane, segments, after));
  std::size_t visited = 0;
  Record out{.lane = lane, .sequence = 0, .kind = RecordKind::note, .location = {}, .payload = {}};
  while (visited < max_records && at.sequence < until) {
    TRY_ASSIGN(const auto source, file(lane, at.segment));
    TRY_ASSIGN(const std::uint64_t size, source->size());
    SegmentReader reader(*source, at.offset, size);
    while (visited < max_records && at.sequence < until) {
      TRY_ASSIGN(const auto record, reader.record());
      if (!record || record->sequence != at.sequence + 1) break;
      at.sequence = record->sequence;
      if (record->sequence > after) {
        out.sequence = record->sequence;
        out.kind = record->kind;
        out.location = {lane, at.segment, reader.offset()};
        out.payload = record->payload;
        visit(out);
        ++visited;
      }
      reader.skip(record->size);
      at.offset = reader.offset();
    }
    if (visited == max_records || at.sequence >= until) break;
    const auto next = std::ranges::upper_bound(segments, at.segment, {}, &Lane::Segment::number);
    if (next == segments.end() || next->first_sequence != at.sequence + 1) {
      return corrupt_at({lane, at.segment, at.offset}, "a record is missing");
    }
    at.segment = next->number;
    at.offset = kSegmentHeaderBytes;
  }
  std::lock_guard lock(mutex_);
  cursors_[lane] = at;
  return visited;
}

// Where to begin so as to pass `after`: the cursor, or the start of its segment.
Result<JournalReader::Cursor> JournalReader::find(std::uint32_t lane,
                                                  const std::vector<Lane::Segment>& segments,
                                                  std::uint64_t after) {
  auto segment = std::ranges::upper_bound(segments, after + 1, {}, &Lane::Segment::first_sequence);
  if (segment == segments.begin()) {
    return fail(Code::not_found, "These journal records have been removed.");
  }
  --segment;
  std::lock_guard lock(mutex_);
  const Cursor& cursor = cursors_[lane];
  if (cursor.segment == segment->number && cursor.sequence <= after) return cursor;
  if (cursor.segment != 0 && cursor.sequence == after) return cursor;
  return Cursor{segment->first_sequence - 1, segment->number, kSegmentHeaderBytes};
}

Result<Record> JournalReader::read_at(const Location& where) {
  TRY_ASSIGN(const auto source, file(where.lane, where.segment));
  TRY_ASSIGN(const std::uint64_t size, source->size());
  if (where.offset < kSegmentHeaderBytes || where.offset >= size) {
    return fail(Code::not_found, "There is no record at this place.");
  }
  TRY_ASSIGN(const std::string header, source->read_at(where.offset, kRecordHeaderBytes));
  const std::size_t need = announced_size(header);
  if (need == 0 || need > size - where.offset) return corrupt_at(where, "no record starts here");
  TRY_ASSIGN(const std::string bytes, source->read_at(where.offset, need));
  const auto record = decode_record(bytes);
  if (!record) return corrupt_at(where, "the checksum does not match");
  return Record{.lane = where.lane,
                .sequence = record->sequence,
                .kind = record->kind,
                .location = where,
                .payload = std::string(record->payload)};
}

Result<std::uint64_t> JournalReader::verify(std::uint32_t lane,
                                            const std::vector<Lane::Segment>& segments,
                                            std::uint64_t until) {
  std::uint64_t records = 0;
  std::optional<ChainEnd> end;
  for (const Lane::Segment& segment : segments) {
    if (end && end->sequence >= until) break;
    TRY_ASSIGN(const auto source, file(lane, segment.number));
    TRY_ASSIGN(const std::uint64_t size, source->size());
    TRY_ASSIGN(const std::string bytes, source->read_at(0, kSegmentHeaderBytes));
    const auto header = decode_segment_header(bytes);
    if (!header || header->lane != lane || header->segment != segment.number) {
      return corrupt_at({lane, segment.number, 0}, "the segment header does not check");
    }
    const ChainEnd start{header->first_sequence - 1, header->chain};
    if (end && *end != start) {
      return corrupt_at({lane, segment.number, 0}, "it does not continue the segment before");
    }
    end = start;
    SegmentReader reader(*source, kSegmentHeaderBytes, size);
    while (end->sequence < until) {
      TRY_ASSIGN(const auto record, reader.record());
      if (!record) break;  // the segment ends here; the next one must go on from it
      if (!follows(*record, *end)) {
        return corrupt_at({lane, segment.number, reader.offset()}, "the chain is broken");
      }
      end = chain_after(*record, reader.record_bytes(*record));
      reader.skip(record->size);
      ++records;
    }
  }
  if (end && end->sequence < until) {
    return corrupt_at({lane, segments.back().number, 0}, "records are missing at the end");
  }
  return records;
}

}  // namespace maester::store
