#include "store/journal.h"

#include <algorithm>

#include "store/journal_impl.h"
#include "store/journal_mutant.h"
#include "store/journal_scan.h"

namespace maester::store {
namespace {

constexpr std::size_t kMaxStagedBytes = 256u << 10;

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(FileSystem& files, JournalConfig config) {
  return JournalImpl::open(files, std::move(config), Mutant::none);
}

Result<std::unique_ptr<Journal>> open_journal_with_mutant(FileSystem& files, JournalConfig config,
                                                          Mutant mutant) {
  return JournalImpl::open(files, std::move(config), mutant);
}

Result<std::unique_ptr<Journal>> JournalImpl::open(FileSystem& files, JournalConfig config,
                                                   Mutant mutant) {
  static const SystemClock kSystemClock;
  if (config.clock == nullptr) config.clock = &kSystemClock;
  std::unique_ptr<JournalImpl> journal(new JournalImpl(files, std::move(config), mutant));
  TRY(journal->open_lanes());
  journal->start_threads();
  return journal;
}

Status JournalImpl::open_lanes() {
  boot_id_ = config_.boot_id.empty() ? kernel_boot_id() : config_.boot_id;
  TRY(files_.create_directories(config_.directory));
  TRY_ASSIGN(found_, read_state(files_, config_.directory));
  TRY_ASSIGN(auto on_disk, list_segments(files_, config_.directory));
  const bool segments_exist = !on_disk.empty();
  on_disk.resize(std::max<std::size_t>(on_disk.size(), config_.lanes));
  for (std::uint32_t lane = 0; lane < on_disk.size(); ++lane) TRY(open_lane(lane, on_disk[lane]));
  report_state(segments_exist);
  reader_ = std::make_unique<JournalReader>(files_, config_.directory, slots_.size());
  return write_state(files_, config_.directory,
                     {.durability = config_.durability,
                      .boot_id = boot_id_,
                      .clean = false,
                      .may_have_lost_tail = report_.may_have_lost_tail,
                      .lanes = {}});
}

Status JournalImpl::open_lane(std::uint32_t lane, const std::vector<std::uint64_t>& numbers) {
  std::optional<ChainEnd> clean_end;
  if (found_ && found_->clean && lane < found_->lanes.size()) clean_end = found_->lanes[lane];
  TRY_ASSIGN(LaneScan scan,
             scan_lane(files_, config_.directory, lane, numbers, clean_end, mutant_));
  report_.records += scan.records;
  report_.torn_bytes += scan.torn_bytes;
  if (!clean_end || *clean_end != scan.tail.end) report_.unclean = true;
  auto slot = std::make_unique<Slot>(*this);
  slot->end = scan.tail.end;
  if (lane < config_.lanes) {
    const Lane::Config config{config_.directory, lane, config_.segment_bytes, config_.clock,
                              mutant_};
    TRY_ASSIGN(slot->writer, Lane::open(files_, config, scan.tail, std::move(scan.segments)));
  } else {
    slot->segments = std::move(scan.segments);
  }
  slots_.push_back(std::move(slot));
  return {};
}

// What is unclean, and whether the tail may be missing. A first start is neither.
void JournalImpl::report_state(bool segments_exist) {
  if (!found_ && !segments_exist) {
    report_.unclean = false;
    return;
  }
  if (!found_ || !found_->clean) report_.unclean = true;
  const Durability before = found_ ? found_->durability : config_.durability;
  const bool rebooted = !found_ || found_->boot_id != boot_id_;
  const bool lost =
      (before == Durability::process && rebooted) || (found_ && found_->may_have_lost_tail);
  report_.may_have_lost_tail = report_.unclean && lost && mutant_ != Mutant::forget_lost_tail;
}

std::unexpected<Error> JournalImpl::refused() const {
  return fail(Code::io_error, closed_ ? "The journal is closed."
                                      : "The server's storage failed; it must be restarted.");
}

Result<Journal::Appended> JournalImpl::append(std::uint32_t lane, RecordKind kind,
                                              std::string_view payload) {
  Slot& slot = *slots_[lane];
  auto done = place(slot, kind, payload);
  if (done) TRY(flush(slot));
  return done;
}

Result<Journal::Appended> JournalImpl::stage(std::uint32_t lane, RecordKind kind,
                                             std::string_view payload, StagedAppend& waiter) {
  Slot& slot = *slots_[lane];
  if (slot.writer->staged_bytes() > kMaxStagedBytes) TRY(flush(slot));
  auto done = place(slot, kind, payload);
  if (!done) return done;
  slot.staged.push_back(&waiter);
  if (runtime::Core::current() != nullptr) runtime::at_turn_end(slot);
  return done;
}

Result<Journal::Appended> JournalImpl::place(Slot& slot, RecordKind kind,
                                             std::string_view payload) {
  if (read_only() || closed_.load(std::memory_order_relaxed)) return refused();
  if (payload.size() > kMaxPayload) return fail(Code::too_large, "The record is too large.");
  if (!slot.writer->fits(payload.size())) TRY(flush(slot));
  auto done = slot.writer->stage(kind, payload);
  if (!done && done.error().code != Code::storage_full) fail_all(done.error());
  return done;
}

Status JournalImpl::flush(Slot& slot) {
  if (slot.writer->staged_bytes() == 0) return {};
  const Status done = read_only() ? Status(refused()) : slot.writer->flush();
  if (!done && done.error().code != Code::storage_full) fail_all(done.error());
  if (done && config_.durability == Durability::power) {
    slot.signal.fetch_add(1, std::memory_order_release);
    slot.signal.notify_one();
  }
  slot.told.swap(slot.staged);
  for (StagedAppend* waiter : slot.told) waiter->written(done);
  slot.told.clear();
  return done;
}

std::uint64_t JournalImpl::acknowledged(const Slot& slot) const {
  if (slot.writer == nullptr) return slot.end.sequence;
  return config_.durability == Durability::power ? slot.writer->durable() : slot.writer->written();
}

void JournalImpl::when_durable(std::uint32_t lane, std::uint64_t sequence,
                               std::function<void(Status)> then) {
  Slot& slot = *slots_[lane];
  {
    std::unique_lock lock(slot.mutex);
    if (sequence > acknowledged(slot) && !read_only()) {
      slot.waiters.push_back({sequence, std::move(then)});
      return;
    }
  }
  then(sequence <= acknowledged(slot) ? Status() : Status(refused()));
}

Positions JournalImpl::written() const {
  Positions out;
  out.reserve(slots_.size());
  for (const auto& slot : slots_) out.push_back(acknowledged(*slot));
  return out;
}

bool JournalImpl::storage_full() const {
  return std::ranges::any_of(slots_, [](const auto& slot) {
    return slot->writer != nullptr && slot->writer->storage_full();
  });
}

std::vector<Lane::Segment> JournalImpl::segments(std::uint32_t lane) const {
  const Slot& slot = *slots_[lane];
  return slot.writer != nullptr ? slot.writer->segments() : slot.segments;
}

Result<std::size_t> JournalImpl::read(std::uint32_t lane, std::uint64_t after_sequence,
                                      std::size_t max_records,
                                      const std::function<void(const Record&)>& visit) {
  const std::uint64_t until = acknowledged(*slots_[lane]);
  if (after_sequence >= until) return 0;
  return reader_->read(lane, segments(lane), after_sequence, until, max_records, visit);
}

Result<Record> JournalImpl::read_at(const Location& where) {
  if (where.lane >= slots_.size()) return fail(Code::not_found, "There is no such lane.");
  return reader_->read_at(where);
}

Result<std::uint64_t> JournalImpl::verify() {
  std::uint64_t records = 0;
  for (std::uint32_t lane = 0; lane < slots_.size(); ++lane) {
    const std::uint64_t until = acknowledged(*slots_[lane]);
    TRY_ASSIGN(const std::uint64_t found, reader_->verify(lane, segments(lane), until));
    records += found;
  }
  return records;
}

}  // namespace maester::store
