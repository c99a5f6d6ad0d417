// 100 promotions at once, of versions that passed and of versions that nobody ran, while labels are
// read, gates come and go and runs are deleted: what was not evaluated is never served.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>
#include <thread>

#include "evals/gates/gates.h"
#include "evals/runs/fake_results.h"
#include "prompts/registry.h"
#include "runtime/worker_pool.h"
#include "store/test_directory.h"

namespace maester::evals {
namespace {

// FakeResults for several threads.
class LockedResults final : public RunResults {
 public:
  FakeResults& inner() { return inner_; }
  void remove(std::string_view id) {
    const std::lock_guard lock(mutex_);
    inner_.remove(id);
  }
  Result<evals::Run> find(std::string_view tenant, std::string_view id) override {
    const std::lock_guard lock(mutex_);
    return inner_.find(tenant, id);
  }
  Result<Page> list(std::string_view tenant, const Query& query) override {
    const std::lock_guard lock(mutex_);
    return inner_.list(tenant, query);
  }
  Status for_each_case(std::string_view tenant, std::string_view run, bool with_output,
                       const std::function<Status(const CaseResult&)>& visit) override {
    const std::lock_guard lock(mutex_);
    return inner_.for_each_case(tenant, run, with_output, visit);
  }

 private:
  std::mutex mutex_;
  FakeResults inner_;
};

Gate guarding(std::string name) {
  Gate out;
  out.tenant = "default";
  out.name = std::move(name);
  out.guards = {"prompt_label", "raced", "production"};
  out.dataset = "smoke";
  out.rules.min_pass_rate = 1;
  return out;
}

TEST(ReleaseRace, WhatWasNotEvaluatedIsNeverServed) {
  constexpr int kVersions = 20;
  store::TestDirectory directory;
  ManualClock clock;
  store::Database db =
      *store::Database::open(directory.path() + "/control.db", store::Database::Sync::off);
  const auto audit = *access::AuditLog::open(db, clock, std::string(32, 'k'));
  LockedResults results;
  const auto latest = [](std::string_view, std::string_view) -> Result<std::int64_t> { return 1; };
  Evidence evidence(results, latest, clock);
  const auto gates = *Gates::open(db, clock, *audit);
  gates->attach(evidence);
  const auto registry = *prompts::Registry::open(db, clock, *audit, *gates);
  std::vector<std::string> spare;  // second runs of the even ones, which fail; they go meanwhile
  for (int n = 1; n <= kVersions; ++n) {
    prompts::NewVersion version;
    version.name = "raced";
    version.template_text = "version " + std::to_string(n);
    if (n == 1) version.labels = {"production"};
    ASSERT_TRUE(registry->push("default", std::move(version)));
    const std::string identity = "raced@v" + std::to_string(n);
    if (n % 2 == 1) results.inner().add(run_of({{"prompt", identity}}), cases_of("pp"));
    if (n % 2 == 0) {
      spare.push_back(results.inner().add(run_of({{"prompt", identity}}), cases_of("pf")).id);
    }
  }
  ASSERT_TRUE(gates->create(guarding("first"), access::Actor::program()));

  runtime::WorkerPool control("control", 1, 1024);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0}, let_through{0};
  std::latch all(100);
  std::vector<std::jthread> threads;
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      while (!stop) {
        const auto served = registry->resolve("default", "raced", {"", "production"});
        const std::string version = served ? (*served)->version : "v0";
        const char last = version.back();
        if ((last - '0') % 2 == 0) ++wrong;
      }
    });
  }
  threads.emplace_back([&] {  // runs go
    for (const std::string& id : spare) results.remove(id);
  });
  threads.emplace_back([&] {  // gates come and go
    for (int n = 0; n < 20; ++n) {
      std::latch done(1);
      const std::string name = "churn" + std::to_string(n);
      ASSERT_TRUE(control.submit([&] {
        EXPECT_TRUE(gates->create(guarding(name), access::Actor::program()));
        if (n % 2 == 0) EXPECT_TRUE(gates->remove("default", name, access::Actor::program()));
        done.count_down();
      }));
      done.wait();
    }
  });
  for (int n = 0; n < 100; ++n) {
    threads.emplace_back([&, version = "v" + std::to_string(n % kVersions + 1), odd = n % 2 == 0] {
      ASSERT_TRUE(control.submit([&, version, odd] {
        const auto moved = registry->set_label("default", "raced", "production", {{version, 1}});
        if (moved && !odd) ++let_through;
        if (!moved) EXPECT_EQ(moved.error().code, Code::gate_refused);
        EXPECT_EQ(moved.has_value(), odd) << version;
        all.count_down();
      }));
    });
  }
  all.wait();
  stop = true;
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(let_through, 0);
}

}  // namespace
}  // namespace maester::evals
