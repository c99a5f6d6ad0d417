// Re-costing: goes through the settlements of a period, prices their usage anew and tells, or
// corrects, the difference. A settlement never changes; a correction is a record of its own
// (meter/records.h), and usage sums include it.
//
// A run may be repeated or cut off at any place: the cost that a settlement is compared with is
// the one with all its corrections, so what was corrected already shows no difference. Runs are not
// queued; what a restart cut off begins anew (meter/recost_store.h).
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "meter/price_book.h"
#include "meter/records.h"
#include "meter/usage_store.h"
#include "runtime/core.h"
#include "store/journal.h"

namespace maester::meter {

// The price of an attempt and the version of the book it is from; no price: left as it is.
struct RecostPrice {
  std::shared_ptr<const ModelPrice> price;
  std::string version;
};

struct RecostRequest {
  WallTime from{}, to{};  // settlements of from <= at < to
  bool dry_run = true;
  std::string price_version;  // of one book for all; "" = the book of each settlement's time
  std::function<RecostPrice(const Settlement&)> price;  // called on the runner's thread
};

struct RecostSums {
  std::int64_t attempts = 0;  // priced anew
  std::int64_t changed = 0;   // with another cost than before
  std::int64_t unpriced = 0;  // without a price now: left as they are
  FemtoUsd before, after;     // of those priced anew
  void add(const RecostSums& other);
};

enum class RecostState : std::uint8_t { running, done, failed, stopped };
std::string_view to_string(RecostState state);

struct RecostRun {
  std::string id;
  RecostState state = RecostState::running;
  bool dry_run = true;
  WallTime from{}, to{}, started_at{};
  std::string price_version;
  std::int64_t records_read = 0;
  std::int64_t kept = 0;  // charged at a reservation, without a usage to price
  RecostSums total;
  std::map<std::pair<std::string, std::string>, RecostSums> models;  // provider, upstream model
  std::string error;
};

// One run at a time, on a thread of its own that ranks below the cores. Thread-safe.
class RecostRunner {
 public:
  // All must outlive the runner, and `core` must run whenever a run does: it appends to that
  // core's lane.
  RecostRunner(store::Journal& journal, UsageStore& usage, runtime::Core& core, const Clock& clock)
      : journal_(journal), usage_(usage), core_(core), clock_(clock) {}
  ~RecostRunner() { stop(); }

  // Code::conflict while another run goes on. `commit` makes the run durable before it begins; a
  // failure begins nothing.
  Status start(std::string id, RecostRequest request, const std::function<Status()>& commit = {});
  // Called on the runner's thread with every run that is over. REQUIRES: before the first start().
  void on_end(std::function<void(const RecostRun&)> told) { told_ = std::move(told); }
  // The newest run of this id; Code::not_found. The last sixteen are remembered.
  Result<RecostRun> find(std::string_view id) const;
  std::vector<RecostRun> runs() const;  // newest first
  // Ends a run at the next batch and waits. REQUIRES: the core still runs.
  void stop();

 private:
  void work(RecostRequest request);
  Status all_lanes(const RecostRequest& request);
  Status settle(const RecostRequest& request, std::vector<Settlement> batch);
  Status append(const std::vector<Correction>& corrections);
  Status wait_until_projected();
  void count(const Settlement& settlement, const RecostSums& one);

  store::Journal& journal_;
  UsageStore& usage_;
  runtime::Core& core_;
  const Clock& clock_;
  std::function<void(const RecostRun&)> told_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<RecostRun> runs_;  // the newest last
  bool busy_ = false;
  std::set<std::string> seen_;  // attempts that this run corrected; the thread's
  std::thread thread_;
};

}  // namespace maester::meter
