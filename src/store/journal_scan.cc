#include "store/journal_scan.h"

#include <algorithm>

#include "store/segment_reader.h"

namespace maester::store {
namespace {

struct Found {
  std::uint64_t number;
  std::uint64_t size;
  std::optional<SegmentHeader> header;
};

class LaneScanner {
 public:
  LaneScanner(FileSystem& files, const std::string& directory, std::uint32_t lane, Mutant mutant)
      : files_(files), directory_(directory), lane_(lane), mutant_(mutant) {}

  Result<LaneScan> run(const std::vector<std::uint64_t>& numbers,
                       const std::optional<ChainEnd>& clean_end) {
    TRY(open_all(numbers));
    TRY_ASSIGN(const std::size_t start, find_start());
    TRY_ASSIGN(const std::size_t last, follow(start));
    TRY(refuse_lost(last, clean_end));
    TRY(cut(last));
    for (std::size_t i = start; i < segments_.size(); ++i) TRY(make_durable(segments_[i]));
    return std::move(out_);
  }

 private:
  std::string path(std::uint64_t number) const {
    return directory_ + "/" + segment_file_name(lane_, number);
  }
  Result<std::unique_ptr<File>> open(std::uint64_t number) const {
    return files_.open(path(number), FileSystem::Open::existing);
  }

  Status open_all(const std::vector<std::uint64_t>& numbers) {
    for (const std::uint64_t number : numbers) {
      TRY_ASSIGN(const auto file, open(number));
      TRY_ASSIGN(const std::uint64_t size, file->size());
      TRY_ASSIGN(const std::string bytes, file->read_at(0, kSegmentHeaderBytes));
      auto header = decode_segment_header(bytes);
      if (header && (header->lane != lane_ || header->segment != number)) {
        return corrupt_at({lane_, number, 0}, "the segment is another one's");
      }
      segments_.push_back({number, size, header});
    }
    // Spares at the end are no part of the log.
    while (!segments_.empty() && !segments_.back().header) segments_.pop_back();
    return {};
  }

  // Reads a segment's records; answers where they end. `durable` grows to the highest mark seen.
  struct End {
    std::uint64_t offset;
    ChainEnd chain;
    std::uint64_t records;
  };
  Result<End> read_segment(const Found& segment, std::uint64_t& durable) const {
    const SegmentHeader& header = *segment.header;
    durable = std::max(durable, header.durable);
    End end{kSegmentHeaderBytes, {header.first_sequence - 1, header.chain}, 0};
    TRY_ASSIGN(const auto file, open(segment.number));
    SegmentReader reader(*file, end.offset, segment.size);
    while (true) {
      TRY_ASSIGN(const auto record, reader.record(mutant_ != Mutant::accept_bad_checksum));
      if (!record) break;
      if (!follows(*record, end.chain)) {
        const bool sequence_fits = record->sequence == end.chain.sequence + 1;
        if (mutant_ != Mutant::ignore_chain || !sequence_fits) break;
      }
      durable = std::max(durable, record->durable);
      end.chain = chain_after(*record, reader.record_bytes(*record));
      ++end.records;
      reader.skip(record->size);
      end.offset = reader.offset();
    }
    return end;
  }

  // The latest segment before which everything is known to be synced.
  Result<std::size_t> find_start() const {
    std::uint64_t durable = 0;
    for (std::size_t i = segments_.size(); i-- > 0;) {
      if (!segments_[i].header) continue;
      TRY(read_segment(segments_[i], durable));
      if (durable + 1 >= segments_[i].header->first_sequence) return i;
    }
    return 0;
  }

  // Goes forward from the start; answers the index of the segment where the log ends.
  Result<std::size_t> follow(std::size_t start) {
    for (std::size_t i = 0; i < start; ++i) {
      const bool gap = i > 0 && segments_[i].number != segments_[i - 1].number + 1;
      if (!segments_[i].header || gap) {
        return corrupt_at({lane_, segments_[i].number, 0}, "a synced segment is missing");
      }
      keep(segments_[i]);
    }
    if (segments_.empty() || !segments_[start].header) return 0;
    for (std::size_t i = start;; ++i) {
      std::uint64_t durable = 0;
      TRY_ASSIGN(const End end, read_segment(segments_[i], durable));
      keep(segments_[i]);
      out_.records += end.records;
      out_.tail = {segments_[i].number, end.offset, end.chain};
      if (i + 1 == segments_.size() || !continues(segments_[i + 1], segments_[i], end.chain)) {
        return i;
      }
    }
  }

  void keep(const Found& segment) {
    out_.segments.push_back({segment.number, segment.header->first_sequence});
  }

  static bool continues(const Found& next, const Found& before, const ChainEnd& end) {
    return next.header && next.number == before.number + 1 &&
           next.header->first_sequence == end.sequence + 1 && next.header->chain == end.chain;
  }

  // Looks behind the end of the log for proof that a record which is missing had been synced.
  Status refuse_lost(std::size_t last, const std::optional<ChainEnd>& clean_end) {
    const ChainEnd& end = out_.tail.end;
    const Location where{lane_, out_.tail.segment, out_.tail.offset};
    if (clean_end && (clean_end->sequence > end.sequence ||
                      (clean_end->sequence == end.sequence && clean_end->chain != end.chain))) {
      return corrupt_at(where, "the lane ended cleanly further on");
    }
    for (std::size_t i = last; i < segments_.size(); ++i) {
      const Found& segment = segments_[i];
      const bool behind = i > last || out_.tail.segment == 0;
      if (behind && segment.header && segment.header->durable > end.sequence) {
        return corrupt_at(where, "a later segment says that this record was synced");
      }
      const std::uint64_t from =
          behind ? std::min(segment.size, std::uint64_t{kSegmentHeaderBytes}) : out_.tail.offset;
      TRY(refuse_lost_in(segment, from, where));
    }
    return {};
  }

  Status refuse_lost_in(const Found& segment, std::uint64_t from, const Location& where) {
    TRY_ASSIGN(const auto file, open(segment.number));
    TRY_ASSIGN(const std::string rest,
               file->read_at(from, static_cast<std::size_t>(segment.size - from)));
    const std::size_t used = rest.find_last_not_of('\0') + 1;  // npos + 1 == 0
    out_.torn_bytes += used;
    const std::string_view bytes(rest);
    for (std::size_t at = 0; at < used; at += 8) {
      if (announced_size(bytes.substr(at)) == 0) continue;
      const auto record = decode_record(bytes.substr(at));
      if (record && record->sequence > out_.tail.end.sequence &&
          record->durable > out_.tail.end.sequence) {
        return corrupt_at(where, "a later record says that this one was synced");
      }
    }
    return {};
  }

  // Zeros, not truncation: that needs no space and keeps what is reserved.
  Status cut(std::size_t last) {
    const std::size_t first_behind = out_.tail.segment == 0 ? 0 : last + 1;
    const bool later = first_behind < segments_.size();
    for (std::size_t i = segments_.size(); i-- > first_behind;) {
      TRY(files_.remove(path(segments_[i].number)));
    }
    if (later) TRY(files_.sync_directory(directory_));
    segments_.resize(std::min(first_behind, segments_.size()));
    if (segments_.empty()) return {};
    TRY_ASSIGN(const auto file, open(segments_.back().number));
    const auto size = static_cast<std::size_t>(segments_.back().size - out_.tail.offset);
    TRY_ASSIGN(const std::string rest, file->read_at(out_.tail.offset, size));
    const std::size_t used = rest.find_last_not_of('\0') + 1;
    return used == 0 ? Status() : file->write_at(out_.tail.offset, std::string(used, '\0'));
  }

  // From now on the tail counts as durable, but after kill -9 it may be in the page cache only; and
  // after a failed fdatasync the kernel takes pages for clean that never reached the disk. So it is
  // written again, then synced.
  Status make_durable(const Found& segment) const {
    if (mutant_ == Mutant::trust_page_cache) return {};
    TRY_ASSIGN(const auto file, open(segment.number));
    const bool last = segment.number == out_.tail.segment;
    const std::uint64_t bytes = last ? out_.tail.offset : segment.size;
    TRY_ASSIGN(const std::string content, file->read_at(0, static_cast<std::size_t>(bytes)));
    TRY(file->write_at(0, content));
    return file->sync();
  }

  FileSystem& files_;
  const std::string& directory_;
  const std::uint32_t lane_;
  const Mutant mutant_;
  std::vector<Found> segments_;
  LaneScan out_;
};

}  // namespace

Result<std::vector<std::vector<std::uint64_t>>> list_segments(FileSystem& files,
                                                              const std::string& directory) {
  std::vector<std::vector<std::uint64_t>> lanes;
  TRY_ASSIGN(const auto names, files.list(directory));
  for (const std::string& text : names) {
    const auto name = parse_segment_file_name(text);
    if (!name || name->lane >= 4096) continue;
    if (name->lane >= lanes.size()) lanes.resize(name->lane + 1);
    lanes[name->lane].push_back(name->segment);
  }
  for (auto& numbers : lanes) std::sort(numbers.begin(), numbers.end());
  return lanes;
}

Result<LaneScan> scan_lane(FileSystem& files, const std::string& directory, std::uint32_t lane,
                           const std::vector<std::uint64_t>& numbers,
                           const std::optional<ChainEnd>& clean_end, Mutant mutant) {
  return LaneScanner(files, directory, lane, mutant).run(numbers, clean_end);
}

std::unexpected<Error> corrupt_at(const Location& where, const std::string& what) {
  return fail(Code::corrupt, "The usage journal is damaged; restore it from a backup.", {},
              "lane " + std::to_string(where.lane) + ", segment " + std::to_string(where.segment) +
                  ", offset " + std::to_string(where.offset) + ": " + what);
}

}  // namespace maester::store
