#include "store/journal_copy.h"

#include "store/file_copy.h"
#include "store/journal_format.h"
#include "store/journal_scan.h"
#include "store/journal_state.h"

namespace maester::store {
namespace {

// A record's place, its size there, and the chain up to it.
struct LastRecord {
  Location where;
  std::uint64_t end = 0;  // offset behind it
  ChainEnd chain;
};

Result<LastRecord> find_last(FileSystem& files, Journal& journal, const std::string& from,
                             std::uint32_t lane, std::uint64_t sequence) {
  LastRecord out;
  std::size_t size = 0;
  const auto visit = [&](const Record& record) {
    if (record.sequence != sequence) return;
    out.where = record.location;
    size = encoded_size(record.payload.size());
  };
  TRY(journal.read(lane, sequence - 1, 1, visit));
  const std::string path = from + "/" + segment_file_name(lane, out.where.segment);
  TRY_ASSIGN(const auto file, files.open(path, FileSystem::Open::existing));
  TRY_ASSIGN(const std::string bytes, file->read_at(out.where.offset, size));
  const auto record = decode_record(bytes);
  if (!record || record->sequence != sequence)
    return corrupt_at(out.where, "the record that was acknowledged last is not there");
  out.end = out.where.offset + size;
  out.chain = chain_after(*record, bytes);
  return out;
}

}  // namespace

Status copy_journal(FileSystem& files, Journal& journal, const std::string& from,
                    const Positions& until, const std::string& to) {
  TRY_ASSIGN(const auto segments, list_segments(files, from));
  JournalState state;
  state.durability = journal.durability();
  state.boot_id = kernel_boot_id();
  state.clean = true;
  for (std::uint32_t lane = 0; lane < until.size(); ++lane) {
    if (until[lane] == 0) {
      state.lanes.emplace_back();
      continue;
    }
    TRY_ASSIGN(const LastRecord last, find_last(files, journal, from, lane, until[lane]));
    for (const std::uint64_t number : segments[lane]) {
      const std::string name = "/" + segment_file_name(lane, number);
      if (number < last.where.segment) TRY(link_file(from + name, to + name));
      if (number == last.where.segment) TRY(copy_file(from + name, to + name, last.end));
    }
    state.lanes.push_back(last.chain);
  }
  return write_state(files, to, state);
}

}  // namespace maester::store
