// The journal: the truth for usage. Append-only segment files of checksummed, chained records; one
// lane per core, so the request path makes no hand-off. The format is docs/formats/journal.md.
//
// A record is a kind and an opaque payload; meter/records.h says what is in it. A position (lane,
// sequence) names it for ever; a Location says where its bytes are, so that a receipt can be read
// back without a copy in a database.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core.h"
#include "store/file_system.h"

namespace maester::store {

enum class RecordKind : std::uint8_t {
  intent = 1,
  settlement = 2,
  capture = 3,
  feedback = 4,
  note = 5
};

inline constexpr std::size_t kMaxPayload = 64u << 20;

enum class Durability : std::uint8_t {
  process,  // acknowledged once written to the kernel: survives kill -9; synced every 50 ms in the
            // background
  power,    // acknowledged once fdatasync returned: survives a power cut
};

struct Location {
  std::uint32_t lane = 0;
  std::uint64_t segment = 0;  // number in the lane
  std::uint64_t offset = 0;   // of the record's header in the segment file
  auto operator<=>(const Location&) const = default;
};

struct Record {
  std::uint32_t lane = 0;
  std::uint64_t sequence = 0;  // 1, 2, 3, ... within the lane, over all segments
  RecordKind kind = RecordKind::note;
  Location location;
  std::string payload;
};

// How far each lane has been read or written: index = lane.
using Positions = std::vector<std::uint64_t>;

struct JournalConfig {
  std::string directory;
  std::uint32_t lanes = 1;
  Durability durability = Durability::process;
  std::uint64_t segment_bytes = 16u << 20;
  milliseconds sync_every{50};  // process mode only
  // Threads that sync and keep spare segments. Without them (simulations) the owner calls
  // background().
  bool threads = true;
  const Clock* clock = nullptr;  // null: the system's
  std::string boot_id =
      {};  // of the running machine; "": the kernel's (/proc/sys/kernel/random/boot_id)
};

// What opening found: told to the log and /readyz.
struct OpenReport {
  std::uint64_t records = 0;     // valid ones in the tail that was scanned
  std::uint64_t torn_bytes = 0;  // cut off after the last valid record
  bool unclean = false;          // the last process did not close the journal
  bool may_have_lost_tail =
      false;  // unclean, in `process` mode, and the machine rebooted since the last sync
};

class Journal {
 public:
  // Scans the end of each lane, cuts a torn tail at the last valid record, and goes on after it.
  // More lanes on disk than configured are kept and read, never written. Fails with Code::corrupt
  // when a record that was synced is not there. `files` and `config.clock` must outlive the
  // journal.
  static Result<std::unique_ptr<Journal>> open(FileSystem& files, JournalConfig config);
  virtual ~Journal() = default;

  virtual const OpenReport& report() const = 0;

  // Appends to a lane. REQUIRES: always called from the same thread for one lane. In `process` mode
  // the record is in the kernel when this returns; in `power` mode it is not acknowledged before
  // durable(lane, sequence). Answers its sequence. After a failed write or sync the journal is
  // read-only: every append fails with Code::io_error. A full disk is Code::storage_full, for
  // settlements last of all, and heals once there is space. Code::too_large past kMaxPayload.
  struct Appended {
    std::uint64_t sequence;
    Location location;
  };
  virtual Result<Appended> append(std::uint32_t lane, RecordKind kind,
                                  std::string_view payload) = 0;

  // Calls `then` once the record is durable by the configured class: at once on the calling thread
  // in `process` mode, else from the sync thread. The callback must be short (a post to a core).
  virtual void when_durable(std::uint32_t lane, std::uint64_t sequence,
                            std::function<void(Status)> then) = 0;

  // Sequences acknowledged so far, per lane. Thread-safe.
  virtual Positions written() const = 0;
  virtual bool read_only() const = 0;
  // New intents are being refused until there is space again; settlements still fit.
  virtual bool storage_full() const = 0;
  virtual Durability durability() const = 0;

  // Reads records after `from`, up to written(), at most `max_records` of one lane per call; calls
  // `visit` in order of sequence. Thread-safe, beside appends. Answers how many it visited.
  virtual Result<std::size_t> read(std::uint32_t lane, std::uint64_t after_sequence,
                                   std::size_t max_records,
                                   const std::function<void(const Record&)>& visit) = 0;
  // One record by place, its checksum verified. Thread-safe.
  virtual Result<Record> read_at(const Location& where) = 0;

  // Checks every record of every segment: lengths, checksums, sequence, chain. Answers the number
  // of records, or the first fault with its place (Code::corrupt).
  virtual Result<std::uint64_t> verify() = 0;

  virtual std::uint32_t lanes() const = 0;  // on disk, >= configured
  // One round of what the background threads do: sync every lane, acknowledge, keep spares, look at
  // the free space. REQUIRES: config.threads is false.
  virtual Status background() = 0;
  // Syncs, marks a clean end, refuses further appends. REQUIRES: no append runs.
  virtual Status close() = 0;
};

// Suspends until the turn's end has written it and, in `power` mode, it is synced. On its core.
runtime::Task<Status> append_durably(Journal& journal, std::uint32_t lane, RecordKind kind,
                                     std::string_view payload, Location* where = nullptr);

}  // namespace maester::store
