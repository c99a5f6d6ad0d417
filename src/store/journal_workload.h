// A scripted use of the journal on a simulated disk, and the check of what must be there after a
// crash. For the crash and fault tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "store/faulty_file_system.h"
#include "store/journal.h"
#include "store/journal_mutant.h"
#include "store/journal_stage.h"

namespace maester::store {

class JournalWorkload {
 public:
  static constexpr std::uint32_t kLanes = 2;

  JournalWorkload(Durability durability, Mutant mutant, std::uint64_t seed)
      : durability_(durability),
        mutant_(mutant),
        random_(seed),
        appended_(kLanes),
        attempts_(kLanes) {}

  FaultyFileSystem& disk() { return *disk_; }

  // Appends, syncs now and then, restarts cleanly and uncleanly. Stops at the first error, or goes
  // on past it when the disk was told to fail (`faults`).
  void run(int steps, bool faults = false) {
    for (int i = 0; i < steps; ++i) {
      if (journal_ == nullptr && !open()) {
        if (!faults) break;
        continue;
      }
      const std::uint64_t dice = random_.below(100);
      if (dice < 50) {
        append();
      } else if (dice < 70) {
        append_together();
      } else if (dice < 94) {
        sync();
      } else if (dice < 96) {
        (void)journal_->close();
        journal_.reset();
      } else if (dice < 98) {
        journal_.reset();  // kill -9
      } else if (journal_->read_only()) {
        journal_.reset();
      }
    }
  }

  // What a crash at this moment must leave. Answers the violated promise, or nothing.
  std::optional<std::string> check(Crash crash, std::uint64_t seed, bool in_flight) const {
    const auto after = disk_->after_crash(crash, seed, in_flight);
    const Promise promise = promised(crash);
    auto violation = check_disk(*after, promise, crash == Crash::kill ? "boot 1" : "boot 2");
    if (!violation && seed % 8 == 0) violation = check_second_crash(crash, seed);
    return violation;
  }

  const std::vector<std::vector<std::string>>& appended() const { return appended_; }
  bool acknowledged_after_failure() const { return acknowledged_after_failure_; }
  bool waiter_forgotten() const { return waiter_forgotten_; }

 private:
  struct Told final : StagedAppend {
    void written(const Status& done) override { outcome = done; }
    std::optional<Status> outcome;
    std::uint64_t sequence = 0;
  };
  struct Promise {
    std::vector<std::uint64_t> at_least;  // per lane
    std::vector<std::uint64_t>
        returned;  // appends that returned: fewer is a loss that must be reported
  };

  JournalConfig config(const std::string& boot) const {
    return {.directory = "data/journal",
            .lanes = kLanes,
            .durability = durability_,
            .segment_bytes = 4096,
            .threads = false,
            .boot_id = boot};
  }

  bool open() {
    auto opened = open_journal_with_mutant(*disk_, config("boot 1"), mutant_);
    if (!opened) return false;
    journal_ = std::move(*opened);
    // What was in flight when the last one died may have made it.
    std::vector<std::vector<std::string>> found(kLanes);
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      const auto read = journal_->read(
          lane, 0, SIZE_MAX, [&](const Record& record) { found[lane].push_back(record.payload); });
      if (read) continue;  // or it is the call that was told to fail: another start is needed
      journal_.reset();
      return false;
    }
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      if (extends(lane, found[lane])) appended_[lane] = std::move(found[lane]);
      appended_[lane].resize(static_cast<std::size_t>(journal_->written()[lane]));
      attempts_[lane].clear();
    }
    synced_ = journal_->written();
    return true;
  }

  void append() {
    const auto lane = static_cast<std::uint32_t>(random_.below(kLanes));
    const std::string record = payload(lane, 1);
    attempts_[lane].push_back({record});
    const bool failed_before = disk_->failed() && journal_->read_only();
    const auto done = journal_->append(lane, RecordKind::settlement, record);
    if (!done) return;
    attempts_[lane].clear();
    returned(lane, record, done->sequence, failed_before);
  }

  // Several by one write, as a core does at the end of its turn.
  void append_together() {
    const auto lane = static_cast<std::uint32_t>(random_.below(kLanes));
    const bool failed_before = disk_->failed() && journal_->read_only();
    const std::size_t before = appended_[lane].size();
    JournalStage& stage = JournalStage::of(*journal_);
    std::vector<std::string> records;
    std::vector<std::unique_ptr<Told>> told;
    const std::uint64_t count = 2 + random_.below(3);
    for (std::uint64_t i = 1; i <= count; ++i) records.push_back(payload(lane, i));
    attempts_[lane].push_back(records);
    for (const std::string& one : records) {
      auto waiter = std::make_unique<Told>();
      const auto done = stage.stage(lane, RecordKind::settlement, one, *waiter);
      if (!done) break;
      waiter->sequence = done->sequence;
      told.push_back(std::move(waiter));
    }
    (void)stage.flush(lane);
    for (std::size_t i = 0; i < told.size(); ++i) {
      if (!told[i]->outcome) waiter_forgotten_ = true;
      if (!told[i]->outcome || !*told[i]->outcome) continue;
      if (i == 0) attempts_[lane].clear();
      returned(lane, records[i], told[i]->sequence, failed_before);
    }
    // The rest of them, when a new segment failed between.
    const auto rest = static_cast<std::ptrdiff_t>(appended_[lane].size() - before);
    if (rest > 0 && records.begin() + rest != records.end())
      attempts_[lane].push_back({records.begin() + rest, records.end()});
  }

  std::string payload(std::uint32_t lane, std::uint64_t ahead) {
    const bool large = random_.below(10) == 0;
    return std::to_string(lane) + "/" + std::to_string(appended_[lane].size() + ahead) + "/" +
           std::to_string(random_.next_u64()) +
           std::string(static_cast<std::size_t>(random_.below(large ? 3000 : 200)), 'x');
  }

  void returned(std::uint32_t lane, const std::string& record, std::uint64_t sequence,
                bool failed_before) {
    appended_[lane].push_back(record);
    journal_->when_durable(lane, sequence, [this, failed_before](const Status& durable) {
      if (durable && failed_before) acknowledged_after_failure_ = true;
    });
  }

  // Whether what was found begins as what was appended and goes on, if at all, as something that
  // was tried since.
  bool extends(std::uint32_t lane, const std::vector<std::string>& found) const {
    const auto& appended = appended_[lane];
    const std::size_t common = std::min(found.size(), appended.size());
    const auto more = found.begin() + static_cast<std::ptrdiff_t>(common);
    if (!std::equal(found.begin(), more, appended.begin())) return false;
    const auto goes_on = [&](const std::vector<std::string>& tried) {
      return std::equal(more, found.end(), tried.begin(),
                        tried.begin() + std::min(found.end() - more, std::ssize(tried)));
    };
    return more == found.end() || std::ranges::any_of(attempts_[lane], goes_on);
  }

  void sync() {
    const Positions before = written_to_kernel();
    if (journal_->background()) synced_ = before;
  }

  Positions written_to_kernel() const {
    Positions out;
    for (const auto& lane : appended_) out.push_back(lane.size());
    return out;
  }

  Promise promised(Crash crash) const {
    Promise out{synced_, written_to_kernel()};
    if (journal_ == nullptr) return out;
    // Acknowledged is promised: by the journal's own word in power mode and for kill -9, by the
    // last sync otherwise.
    if (durability_ == Durability::power || crash == Crash::kill) {
      out.at_least = journal_->written();
    }
    return out;
  }

  std::optional<std::string> check_disk(FaultyFileSystem& disk, const Promise& promise,
                                        const std::string& boot) const {
    auto opened = open_journal_with_mutant(disk, config(boot), mutant_);
    if (!opened) return "does not open: " + opened.error().detail;
    Journal& journal = **opened;
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      std::vector<std::string> found;
      const auto n = journal.read(lane, 0, SIZE_MAX,
                                  [&](const Record& record) { found.push_back(record.payload); });
      if (!n) return "cannot be read: " + n.error().message + n.error().detail;
      if (!extends(lane, found)) return "reads what was not written";
      if (found.size() < promise.at_least[lane]) return "lost an acknowledged record";
      if (found.size() < promise.returned[lane] && durability_ == Durability::process &&
          !journal.report().may_have_lost_tail) {
        return "lost records silently";
      }
    }
    const auto verified = journal.verify();
    if (!verified) return "does not verify: " + verified.error().detail;
    return goes_on(std::move(*opened), disk);
  }

  // After recovery it works as ever: append, end cleanly, open again.
  std::optional<std::string> goes_on(std::unique_ptr<Journal> journal,
                                     FaultyFileSystem& disk) const {
    const std::uint64_t before = journal->written()[0];
    if (!journal->append(0, RecordKind::note, "after the crash")) return "refuses after recovery";
    if (!journal->background() || !journal->close()) return "does not close after recovery";
    journal.reset();
    auto again = open_journal_with_mutant(disk, config("boot 2"), mutant_);
    if (!again) return "does not open again: " + again.error().detail;
    if ((*again)->report().unclean) return "unclean after a clean end";
    if ((*again)->written()[0] != before + 1) return "lost what was written after recovery";
    if (!(*again)->verify()) return "does not verify after recovery";
    return std::nullopt;
  }

  // Power goes again while the journal is being opened, at every step of that.
  std::optional<std::string> check_second_crash(Crash crash, std::uint64_t seed) const {
    auto after = disk_->after_crash(crash, seed);
    std::optional<std::string> violation;
    std::uint64_t step = seed;
    after->on_change = [&](FaultyFileSystem::Op op) {
      if (violation) return;
      // Every other time it is the process that dies.
      const Crash how = ++step % 2 == 0 ? Crash::kill : Crash::torn;
      const auto twice = after->after_crash(how, step);
      const Promise promise = promised(how == Crash::kill ? crash : how);
      violation = check_disk(*twice, promise, how == Crash::kill ? "boot 2" : "boot 3");
      if (violation)
        *violation = "after a second crash (" + std::to_string(step) + ", operation " +
                     std::to_string(static_cast<int>(op)) + "): " + *violation;
    };
    (void)open_journal_with_mutant(*after, config("boot 2"), mutant_);
    return violation;
  }

  const Durability durability_;
  const Mutant mutant_;
  SeededRandom random_;
  std::unique_ptr<FaultyFileSystem> disk_ = std::make_unique<FaultyFileSystem>();
  std::unique_ptr<Journal> journal_;
  std::vector<std::vector<std::string>> appended_;
  Positions synced_ = Positions(kLanes, 0);
  // By lane: what was handed over and has not succeeded. A write that fails may leave its first
  // records.
  std::vector<std::vector<std::vector<std::string>>> attempts_;
  bool waiter_forgotten_ = false;
  bool acknowledged_after_failure_ = false;
};

}  // namespace maester::store
