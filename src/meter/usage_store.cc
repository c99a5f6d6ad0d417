#include "meter/usage_store.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/thread.h"
#include "meter/interrupted.h"
#include "meter/projection.h"
#include "meter/usage_database.h"

namespace maester::meter {
namespace {

bool reached(const store::Positions& have, const store::Positions& want) {
  for (std::size_t lane = 0; lane < want.size(); ++lane) {
    if (want[lane] > (lane < have.size() ? have[lane] : 0)) return false;
  }
  return true;
}

class UsageStoreImpl final : public UsageStore {
 public:
  UsageStoreImpl(store::Journal& journal, Options options, std::unique_ptr<UsageDatabase> database)
      : journal_(journal),
        options_(std::move(options)),
        database_(std::move(database)),
        projection_(*database_, journal, options_.observer) {}
  ~UsageStoreImpl() override { stop(); }

  Status load() {
    TRY(projection_.load());
    publish();
    return {};
  }

  Result<Recovery> recover() override {
    Recovery out;
    TRY(catch_up_here(out.replayed));
    TRY(settle_interrupted(journal_, projection_, *options_.clock, out));
    std::uint64_t own = 0;
    TRY(catch_up_here(own));
    return out;
  }

  void start() override {
    thread_ = std::thread([this] {
      name_background_thread("projection");
      loop();
    });
  }

  void stop() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wakes_.notify_all();
    if (thread_.joinable()) thread_.join();
    fail_waiters(make_error(Code::io_error, "The usage projection has stopped."));
  }

  void wake() override {
    {
      std::lock_guard lock(mutex_);
      woken_ = true;
    }
    wakes_.notify_one();
  }

  Result<std::size_t> project_batch() override {
    auto records = projection_.project(options_.batch_records);
    publish();
    return records;
  }

  void catch_up(store::Positions positions, std::function<void(Status)> then) override {
    {
      std::lock_guard lock(mutex_);
      if (!reached(projected_, positions) && !stopping_) {
        waiters_.push_back({std::move(positions), std::move(then)});
        woken_ = true;
        wakes_.notify_one();
        return;
      }
      if (!reached(projected_, positions)) {
        return then(fail(Code::io_error, "The usage projection has stopped."));
      }
    }
    then({});
  }

  store::Positions projected() const override {
    std::lock_guard lock(mutex_);
    return projected_;
  }

  UsageReader tenant(std::string tenant) override {
    return make_reader(*database_, std::move(tenant));
  }
  UsageReader all_tenants(EveryTenant) override { return make_reader(*database_, std::nullopt); }

  Result<std::vector<ScopeTotal>> scope_totals() override {
    TRY_ASSIGN(auto db, database_->reader());
    TRY_ASSIGN(store::Statement rows,
               db->prepare("SELECT tenant, scope, request_count, settled FROM scopes"));
    std::vector<ScopeTotal> out;
    while (true) {
      TRY_ASSIGN(const bool row, rows.step());
      if (!row) return out;
      out.push_back(
          {std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2), rows.money(3)});
    }
  }

  Result<std::vector<BudgetTotal>> budget_totals() override {
    TRY_ASSIGN(auto db, database_->reader());
    // The columns beside max() are those of its row.
    TRY_ASSIGN(store::Statement rows,
               db->prepare("SELECT tenant, budget, subject, max(window), settled"
                           " FROM budget_spend GROUP BY tenant, budget, subject"));
    std::vector<BudgetTotal> out;
    while (true) {
      TRY_ASSIGN(const bool row, rows.step());
      if (!row) return out;
      out.push_back({std::string(rows.text(0)),
                     {.budget = std::string(rows.text(1)),
                      .subject = std::string(rows.text(2)),
                      .window = WallTime{std::chrono::seconds{rows.integer(3)}}},
                     rows.money(4)});
    }
  }

 private:
  struct Waiter {
    store::Positions positions;
    std::function<void(Status)> then;
  };

  Status catch_up_here(std::uint64_t& records) {
    while (true) {
      TRY_ASSIGN(const std::size_t n, project_batch());
      if (n == 0) return {};
      records += n;
    }
  }

  void loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      const bool last = stopping_;
      woken_ = false;
      lock.unlock();
      std::uint64_t records = 0;
      const Status done = catch_up_here(records);
      if (!done) fail_waiters(done.error());
      lock.lock();
      if (last) return;
      wakes_.wait_for(lock, options_.interval, [this] { return woken_ || stopping_; });
    }
  }

  void publish() {
    std::vector<Waiter> done;
    {
      std::lock_guard lock(mutex_);
      projected_ = projection_.positions();
      std::vector<Waiter> waiting;
      for (Waiter& waiter : waiters_) {
        (reached(projected_, waiter.positions) ? done : waiting).push_back(std::move(waiter));
      }
      waiters_.swap(waiting);
    }
    for (Waiter& waiter : done) waiter.then({});
  }

  void fail_waiters(const Error& why) {
    std::vector<Waiter> waiters;
    {
      std::lock_guard lock(mutex_);
      waiters.swap(waiters_);
    }
    for (Waiter& waiter : waiters) waiter.then(fail(why));
  }

  store::Journal& journal_;
  const Options options_;
  std::unique_ptr<UsageDatabase> database_;
  Projection projection_;  // start(): the thread's

  mutable std::mutex mutex_;
  std::condition_variable wakes_;
  bool woken_ = false;
  bool stopping_ = false;
  store::Positions projected_;
  std::vector<Waiter> waiters_;
  std::thread thread_;
};

// Comes back on the core that waits.
struct WhenCaughtUp {
  UsageStore& usage;
  store::Positions positions;
  Status result;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    runtime::Core* core = runtime::Core::current();
    usage.catch_up(std::move(positions), [this, self, core](Status done) {
      result = std::move(done);
      core->resume(self);
    });
  }
  Status await_resume() { return std::move(result); }
};

}  // namespace

UsageReader UsageStore::make_reader(UsageDatabase& database, std::optional<std::string> tenant) {
  return UsageReader(database, std::move(tenant));
}

Result<std::unique_ptr<UsageStore>> UsageStore::open(store::Journal& journal, Options options) {
  static const SystemClock kSystemClock;
  if (options.clock == nullptr) options.clock = &kSystemClock;
  TRY_ASSIGN(auto database, UsageDatabase::open(options.path));
  auto usage = std::make_unique<UsageStoreImpl>(journal, std::move(options), std::move(database));
  TRY(usage->load());
  return usage;
}

runtime::Task<Status> caught_up(UsageStore& usage, const store::Journal& journal) {
  WhenCaughtUp wait{usage, journal.written(), {}};
  co_return co_await wait;
}

}  // namespace maester::meter
