// The Journal behind store/journal.h: lanes, their sync threads, waiting acknowledgements.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/turn_end.h"
#include "store/journal_lane.h"
#include "store/journal_reader.h"
#include "store/journal_stage.h"
#include "store/journal_state.h"

namespace maester::store {

class JournalImpl final : public JournalStage {
 public:
  static Result<std::unique_ptr<Journal>> open(FileSystem& files, JournalConfig config,
                                               Mutant mutant);
  ~JournalImpl() override;

  const OpenReport& report() const override { return report_; }
  Result<Appended> append(std::uint32_t lane, RecordKind kind, std::string_view payload) override;
  Result<Appended> stage(std::uint32_t lane, RecordKind kind, std::string_view payload,
                         StagedAppend& waiter) override;
  Status flush(std::uint32_t lane) override { return flush(*slots_[lane]); }
  void when_durable(std::uint32_t lane, std::uint64_t sequence,
                    std::function<void(Status)> then) override;
  Positions written() const override;
  bool read_only() const override { return read_only_.load(std::memory_order_acquire); }
  bool storage_full() const override;
  Durability durability() const override { return config_.durability; }
  Result<std::size_t> read(std::uint32_t lane, std::uint64_t after_sequence,
                           std::size_t max_records,
                           const std::function<void(const Record&)>& visit) override;
  Result<Record> read_at(const Location& where) override;
  Result<std::uint64_t> verify() override;
  std::uint32_t lanes() const override { return static_cast<std::uint32_t>(slots_.size()); }
  Status background() override;
  Status close() override;

 private:
  struct Waiter {
    std::uint64_t sequence;
    std::function<void(Status)> then;
  };
  // A lane on disk. One beyond those configured has no writer.
  struct Slot final : runtime::TurnEnd {
    explicit Slot(JournalImpl& owner) : journal(owner) {}
    void at_turn_end() override { (void)journal.flush(*this); }
    JournalImpl& journal;
    std::vector<StagedAppend*> staged, told;  // the lane's thread
    std::unique_ptr<Lane> writer;
    std::vector<Lane::Segment> segments;   // when there is no writer
    ChainEnd end;                          // when there is no writer
    std::atomic<std::uint32_t> signal{0};  // bumped by appends in power mode
    std::mutex mutex;                      // waiters
    std::vector<Waiter> waiters;
  };

  JournalImpl(FileSystem& files, JournalConfig config, Mutant mutant)
      : files_(files), config_(std::move(config)), mutant_(mutant) {}
  Result<Appended> place(Slot& slot, RecordKind kind, std::string_view payload);
  Status flush(Slot& slot);
  Status open_lanes();
  Status open_lane(std::uint32_t lane, const std::vector<std::uint64_t>& numbers);
  void report_state(bool segments_exist);
  void start_threads();
  void stop_threads();
  void maintain();             // thread: spares, and in process mode syncs
  void sync_loop(Slot& slot);  // thread of a lane in power mode
  Status sync_slot(Slot& slot);
  void acknowledge(Slot& slot);
  void fail_all(const Error& why);
  std::vector<Lane::Segment> segments(std::uint32_t lane) const;
  std::uint64_t acknowledged(const Slot& slot) const;
  std::unexpected<Error> refused() const;

  FileSystem& files_;
  const JournalConfig config_;
  const Mutant mutant_;
  OpenReport report_;
  std::optional<JournalState> found_;
  std::string boot_id_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::unique_ptr<JournalReader> reader_;
  std::atomic<bool> read_only_{false};
  std::atomic<bool> closed_{false};

  std::atomic<bool> stopping_{false};
  std::mutex maintain_mutex_;
  std::condition_variable maintain_wakes_;
  std::vector<std::thread> threads_;
};

}  // namespace maester::store
