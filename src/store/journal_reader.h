// Reads a journal's records beside its writers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/file_system.h"
#include "store/journal.h"
#include "store/journal_lane.h"

namespace maester::store {

// Thread-safe. Reading on from where the last read of a lane ended costs no search.
class JournalReader {
 public:
  JournalReader(FileSystem& files, std::string directory, std::size_t lanes)
      : files_(files), directory_(std::move(directory)), cursors_(lanes) {}

  // Records after `after` and up to `until`, at most `max_records`. REQUIRES: `until` is written,
  // `segments` is the lane's list and not empty.
  Result<std::size_t> read(std::uint32_t lane, const std::vector<Lane::Segment>& segments,
                           std::uint64_t after, std::uint64_t until, std::size_t max_records,
                           const std::function<void(const Record&)>& visit);
  Result<Record> read_at(const Location& where);

  // Checks every record of a lane up to `until`; answers their number.
  Result<std::uint64_t> verify(std::uint32_t lane, const std::vector<Lane::Segment>& segments,
                               std::uint64_t until);

 private:
  struct Cursor {
    std::uint64_t sequence = 0;  // the record before the place; 0: unknown
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
  };
  Result<Cursor> find(std::uint32_t lane, const std::vector<Lane::Segment>& segments,
                      std::uint64_t after);
  Result<std::shared_ptr<File>> file(std::uint32_t lane, std::uint64_t segment);

  FileSystem& files_;
  const std::string directory_;
  std::mutex mutex_;  // cursors_ and open_
  std::vector<Cursor> cursors_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::shared_ptr<File>> open_;
};

}  // namespace maester::store
