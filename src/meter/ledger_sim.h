// T04: budgets, limits and the journal behind them in one seeded run, on simulated clocks and a
// simulated disk: requests, retries, slow disks, clock jumps, settlements written twice, kill -9
// and power cuts. Beside the program under test a plain model keeps the truth; the first difference
// is told, with the step. A seed replays identically. For ledger_sim_test.cc only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "meter/budget_replay.h"
#include "meter/ledger.h"
#include "meter/limiter.h"
#include "store/faulty_file_system.h"
#include "store/journal.h"

namespace maester::meter {

class LedgerSimulation {
 public:
  struct Mutants {
    LedgerMutant ledger = LedgerMutant::none;
    ReplayMutant replay = ReplayMutant::none;
  };
  // What a start finds in the journal, told to `load`. Default: BudgetReplay. One that waits for
  // the disk needs an even seed: the journal of an odd one syncs only when the simulation does.
  using Load = std::function<void(const std::string& tenant, const BudgetCharge&, FemtoUsd)>;
  using Recover = std::function<Status(store::Journal&, const Load& load)>;
  LedgerSimulation(std::uint64_t seed, Mutants mutants, Recover recover = {});
  ~LedgerSimulation();

  // The first violated promise, with the step; "" = none.
  std::string run(int steps);
  // What the run did: equal for equal seeds.
  std::uint64_t trace() const { return trace_; }
  std::uint64_t crashes() const { return crashes_; }
  std::uint64_t refusals() const { return refusals_; }
  std::uint64_t dispatched() const { return dispatched_; }

 private:
  struct Who {
    std::string tenant, key, user;
    Spender spender() const;
  };
  // One attempt, as the world outside knows it. The provider bills it when it is sent.
  struct Attempt {
    std::string request;
    std::int64_t number = 1;
    Who who;
    FemtoUsd worst, billed;
    std::vector<BudgetCharge> charges;
    Reservation reservation;
    std::unique_ptr<Admission> admission;
    // In power mode only after a sync:
    std::shared_ptr<bool> acknowledged;  // its intent
    std::shared_ptr<bool> settled;       // its settlement; null = not written yet
    bool sent = false;
    bool again = false;  // its settlement says that another attempt follows
  };
  // What was really billed, by where it was charged.
  using Billed = std::map<BudgetReplay::Key, FemtoUsd>;

  void start(std::unique_ptr<store::FaultyFileSystem> disk);
  Status replay(const Load& load);
  void begin();
  void try_attempt(const std::string& request, std::int64_t number, const Who& who,
                   std::unique_ptr<Admission> admission);
  void send(Attempt& attempt);
  void finish();
  void write_settlement(Attempt& attempt);
  void release(bool may_retry);
  void jump_clock();
  void crash();
  void check();
  void end();
  void admit(const Who& who);
  void violate(std::string what);
  void note(std::uint64_t value);
  std::uint64_t dice(std::uint64_t below);
  WallTime expected_window(const Budget& budget, bool advance);

  SeededRandom random_;
  const Mutants mutants_;
  const Recover recover_;
  const store::Durability durability_;
  ManualClock clock_;
  std::vector<Budget> budgets_;
  std::vector<Limit> limits_;
  std::unique_ptr<store::FaultyFileSystem> disk_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<Limiter> limiter_;
  std::unique_ptr<Ledger> ledger_;
  std::deque<Attempt> attempts_;
  Billed billed_;
  std::map<std::string, WallTime> windows_;               // of each budget, as it must be
  std::map<std::string, std::deque<MonoTime>> admitted_;  // by tenant and key, since the last start
  std::uint64_t step_ = 0, trace_ = 0, crashes_ = 0, refusals_ = 0, dispatched_ = 0, requests_ = 0;
  std::string violation_;
};

}  // namespace maester::meter
