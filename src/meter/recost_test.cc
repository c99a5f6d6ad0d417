#include "meter/recost.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <thread>

#include "base/id.h"
#include "base/random.h"
#include "meter/ledger_check.h"
#include "store/test_directory.h"

namespace maester::meter {
namespace {

FemtoUsd usd(const char* text) {
  return *FemtoUsd::parse(text);
}

class RecostTest : public ::testing::Test {
 protected:
  RecostTest() : pool_(1, clock_, random_) {
    clock_.set_wall(*parse_rfc3339("2026-11-20T12:00:00Z"));
    pool_.start();
    open_all();
  }
  ~RecostTest() override {
    runner_->stop();
    usage_->stop();
    pool_.stop();
  }

  void open_all() {
    if (runner_) runner_->stop();
    if (usage_) usage_->stop();
    runner_.reset();
    usage_.reset();
    journal_.reset();
    auto journal = store::Journal::open(disk_, {.directory = directory_.path() + "/journal",
                                                .lanes = 2,
                                                .segment_bytes = 1 << 16,
                                                .threads = false});
    ASSERT_TRUE(journal) << journal.error().detail;
    journal_ = std::move(*journal);
    auto usage = UsageStore::open(
        *journal_, {.path = directory_.path() + "/usage.db", .batch_records = 8, .clock = &clock_});
    ASSERT_TRUE(usage) << usage.error().detail;
    usage_ = std::move(*usage);
    usage_->start();
    runner_ = std::make_unique<RecostRunner>(*journal_, *usage_, pool_.at(0), clock_);
  }

  // 10 in, 5 out; nullptr: it was unpriced.
  std::string request(const std::string& model, const char* cost, std::uint32_t lane = 0) {
    Settlement s;
    s.request_id = ids_.uuid().to_string();
    s.at = clock_.wall();
    s.dimensions.tenant = "t";
    s.dimensions.model = s.dimensions.upstream_model = model;
    s.dimensions.provider = "openai";
    s.usage.input = 10;
    s.usage.output = 5;
    if (cost != nullptr) s.cost = usd(cost);
    s.status = 200;
    s.receipt = "{\"request_id\":\"x\"}";
    Intent intent;
    intent.request_id = s.request_id;
    intent.at = s.at;
    intent.dimensions = s.dimensions;
    EXPECT_TRUE(journal_->append(lane, store::RecordKind::intent, encode(intent)));
    EXPECT_TRUE(journal_->append(lane, store::RecordKind::settlement, encode(s)));
    return s.request_id;
  }

  // Everything of model "a" at these prices a token; other models have none.
  RecostRun run(const char* in, const char* out, bool dry_run = false) {
    RecostRequest ask;
    ask.from = *parse_rfc3339("2026-11-20");
    ask.to = *parse_rfc3339("2026-11-21");
    ask.dry_run = dry_run;
    auto price = std::make_shared<ModelPrice>();
    EXPECT_TRUE(price->set(PriceField::input, {}, usd(in)));
    EXPECT_TRUE(price->set(PriceField::output, {}, usd(out)));
    ask.price = [price](const Settlement& s) {
      return s.dimensions.model == "a" ? RecostPrice{price, "v2"} : RecostPrice{};
    };
    const std::string id = "run" + std::to_string(++runs_);
    EXPECT_TRUE(runner_->start(id, std::move(ask)));
    while (runner_->find(id)->state == RecostState::running) std::this_thread::yield();
    const RecostRun done = *runner_->find(id);
    EXPECT_EQ(done.state, RecostState::done) << done.error;
    return done;
  }

  UsageSums total() {
    std::promise<Status> promise;
    usage_->catch_up(journal_->written(), [&](Status s) { promise.set_value(std::move(s)); });
    EXPECT_TRUE(promise.get_future().get());
    return usage_->tenant("t").usage({.group_by = {}, .from_day = "", .to_day = ""})->total;
  }

  ManualClock clock_;
  SeededRandom random_{1};
  IdGenerator ids_{clock_, random_};
  runtime::CorePool pool_;
  store::TestDirectory directory_;
  store::PosixFileSystem disk_;  // the projection has a thread of its own
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<UsageStore> usage_;
  std::unique_ptr<RecostRunner> runner_;
  int runs_ = 0;
};

TEST_F(RecostTest, ARunBeginsOnlyWhenItsOrderIsKeptAndItsEndIsTold) {
  request("a", "0.0003");
  RecostRequest ask;
  ask.from = *parse_rfc3339("2026-11-20");
  ask.to = *parse_rfc3339("2026-11-21");
  ask.price = [](const Settlement&) { return RecostPrice{}; };
  std::promise<RecostRun> ended;
  runner_->on_end([&](const RecostRun& run) { ended.set_value(run); });
  EXPECT_FALSE(runner_->start("none", ask, [] { return Status(fail(Code::internal, "no disk")); }));
  EXPECT_FALSE(runner_->find("none"));
  int kept = 0;
  EXPECT_TRUE(runner_->start("one", ask, [&] {
    ++kept;
    return Status{};
  }));
  const RecostRun over = ended.get_future().get();
  EXPECT_EQ(kept, 1);
  EXPECT_EQ(over.id, "one");
  EXPECT_EQ(over.state, RecostState::done);
}

TEST_F(RecostTest, ADryRunTellsTheDifferenceAndChangesNothing) {
  request("a", "0.0003");
  request("a", "0.0002", 1);
  request("b", "0.5");
  const RecostRun run = this->run("0.00001", "0.00002", true);  // 0.0002 each
  EXPECT_EQ(run.total.attempts, 2);
  EXPECT_EQ(run.total.changed, 1);
  EXPECT_EQ(run.total.unpriced, 1);
  EXPECT_EQ(run.total.before, usd("0.0005"));
  EXPECT_EQ(run.total.after, usd("0.0004"));
  EXPECT_EQ(run.models.at({"openai", "a"}).changed, 1);
  EXPECT_EQ(total().cost, usd("0.5005"));
}

TEST_F(RecostTest, CorrectionsCountOnceHoweverOftenItRuns) {
  const std::string id = request("a", "0.0003");
  request("a", "0.0002", 1);
  EXPECT_EQ(run("0.00001", "0.00002").total.changed, 1);
  EXPECT_EQ(total().cost, usd("0.0004"));
  EXPECT_EQ(run("0.00001", "0.00002").total.changed, 0);
  EXPECT_EQ(total().cost, usd("0.0004"));
  EXPECT_EQ(*usage_->tenant("t").find(id)->cost, usd("0.0002"));
  // Another price corrects the corrected cost; back again restores it.
  EXPECT_EQ(run("0.00002", "0.00002").total.changed, 2);
  EXPECT_EQ(total().cost, usd("0.0006"));
  EXPECT_EQ(run("0.00001", "0.00002").total.changed, 2);
  EXPECT_EQ(total().cost, usd("0.0004"));
  EXPECT_EQ(usage_->tenant("t").corrections("t", id)->at(0).delta, usd("-0.0001"));
  EXPECT_TRUE(usage_->tenant("other").corrections("t", id)->empty());
  EXPECT_TRUE(check_ledger(*journal_, *usage_, {})->violations.empty());
}

TEST_F(RecostTest, WhatWasUnpricedGetsItsPrice) {
  const std::string id = request("a", nullptr);
  EXPECT_EQ(total().unpriced, 1);
  EXPECT_FALSE(usage_->tenant("t").find(id)->cost);
  EXPECT_EQ(run("0.00001", "0.00002").total.changed, 1);
  EXPECT_EQ(total().unpriced, 0);
  EXPECT_EQ(total().cost, usd("0.0002"));
  EXPECT_EQ(*usage_->tenant("t").find(id)->cost, usd("0.0002"));
}

TEST_F(RecostTest, TheDatabaseMadeAgainFromTheJournalSaysTheSame) {
  const std::string id = request("a", "0.0003", 1);  // its correction stands in lane 0, read first
  run("0.00001", "0.00002");
  runner_->stop();
  usage_->stop();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(directory_.path() + "/usage.db" + suffix);
  }
  open_all();
  EXPECT_EQ(total().cost, usd("0.0002"));
  EXPECT_EQ(*usage_->tenant("t").find(id)->cost, usd("0.0002"));
  EXPECT_EQ(run("0.00001", "0.00002").total.changed, 0);
}

TEST_F(RecostTest, OnlyThePeriodIsTouched) {
  clock_.set_wall(*parse_rfc3339("2026-11-21"));
  request("a", "0.0003");
  EXPECT_EQ(run("0.00001", "0.00002").total.attempts, 0);
  EXPECT_EQ(total().cost, usd("0.0003"));
}

}  // namespace
}  // namespace maester::meter
