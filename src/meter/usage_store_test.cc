#include "meter/usage_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "base/id.h"
#include "base/random.h"
#include "meter/ledger_check.h"
#include "store/faulty_file_system.h"
#include "store/test_directory.h"

namespace maester::meter {
namespace {

FemtoUsd usd(const char* text) {
  return *FemtoUsd::parse(text);
}

class UsageStoreTest : public ::testing::Test {
 protected:
  UsageStoreTest() { open_all(); }

  void open_all() {
    usage_.reset();
    journal_.reset();
    auto journal = store::Journal::open(
        disk_, {.directory = "journal", .lanes = 2, .segment_bytes = 1 << 16, .threads = false});
    ASSERT_TRUE(journal) << journal.error().detail;
    journal_ = std::move(*journal);
    open_usage();
  }
  void open_usage() {
    usage_.reset();
    auto usage = UsageStore::open(
        *journal_, {.path = directory_.path() + "/usage.db", .batch_records = 8, .clock = &clock_});
    ASSERT_TRUE(usage) << usage.error().detail;
    usage_ = std::move(*usage);
  }
  void project() {
    while (true) {
      const auto n = usage_->project_batch();
      ASSERT_TRUE(n) << n.error().detail;
      if (*n == 0) return;
    }
  }

  Dimensions dimensions(const std::string& tenant, const std::string& model) {
    return {.tenant = tenant,
            .key_id = "key",
            .user = "u",
            .route = "",
            .model = model,
            .provider = "openai",
            .upstream_model = model,
            .prompt_name = "p",
            .prompt_version = "v1",
            .scope = ""};
  }
  Intent intent(const std::string& id, const Dimensions& d, std::int64_t attempt = 1) {
    return {.request_id = id,
            .attempt = attempt,
            .at = clock_.wall(),
            .dimensions = d,
            .reserved = usd("0.01"),
            .price_version = "p1",
            .deadline_ms = 1000};
  }
  Settlement settlement(const std::string& id, const Dimensions& d, std::int64_t attempt = 1) {
    Settlement out;
    out.request_id = id;
    out.attempt = attempt;
    out.at = clock_.wall();
    out.dimensions = d;
    out.usage.input = 10;
    out.usage.output = 5;
    out.cost = usd("0.002");
    out.status = 200;
    out.receipt = "{\"request_id\":\"" + id + "\"}";
    return out;
  }
  void write(const Intent& intent, std::uint32_t lane = 0) {
    ASSERT_TRUE(journal_->append(lane, store::RecordKind::intent, encode(intent)));
  }
  store::Location write(const Settlement& settlement, std::uint32_t lane = 0) {
    auto done = journal_->append(lane, store::RecordKind::settlement, encode(settlement));
    EXPECT_TRUE(done);
    return done ? done->location : store::Location();
  }
  std::string id() { return ids_.uuid().to_string(); }
  // A whole request; answers its id.
  std::string request(const std::string& tenant, const std::string& model, std::uint32_t lane = 0) {
    const std::string name = id();
    write(intent(name, dimensions(tenant, model)), lane);
    write(settlement(name, dimensions(tenant, model)), lane);
    return name;
  }
  UsageSums total(const std::string& tenant) {
    return usage_->tenant(tenant).usage({.group_by = {}, .from_day = "", .to_day = ""})->total;
  }
  std::vector<std::string> violations(LedgerEvidence evidence = {}) {
    const auto check = check_ledger(*journal_, *usage_, evidence);
    EXPECT_TRUE(check) << check.error().detail;
    return check->violations;
  }

  ManualClock clock_;
  SeededRandom random_{1};
  IdGenerator ids_{clock_, random_};
  store::TestDirectory directory_;
  store::FaultyFileSystem disk_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<UsageStore> usage_;
};

TEST_F(UsageStoreTest, SumsAreExactByEveryDimension) {
  for (std::uint32_t i = 0; i < 30; ++i)
    request("a", i % 3 == 0 ? "gpt-4.1" : "gpt-4.1-mini", i % 2);
  request("b", "gpt-4.1");
  project();
  const auto by_model = usage_->tenant("a").usage(
      {.group_by = {GroupBy::model, GroupBy::day}, .from_day = "", .to_day = ""});
  ASSERT_EQ(by_model->rows.size(), 2u);
  EXPECT_EQ(by_model->rows[0].group, (std::vector<std::string>{"gpt-4.1", "2023-11-14"}));
  EXPECT_EQ(by_model->rows[0].sums.requests, 10);
  EXPECT_EQ(by_model->rows[0].sums.cost, usd("0.02"));
  EXPECT_EQ(by_model->total.usage.input, 300);
  EXPECT_EQ(by_model->total.cost, usd("0.06"));
  const auto all = usage_->all_tenants(EveryTenant{})
                       .usage({.group_by = {GroupBy::tenant}, .from_day = "", .to_day = ""});
  EXPECT_EQ(all->rows[1].group, std::vector<std::string>{"b"});
  EXPECT_EQ(all->total.requests, 31);
  EXPECT_EQ(usage_->tenant("a")
                .usage({.group_by = {}, .from_day = "2023-11-15", .to_day = ""})
                ->total.requests,
            0);
  EXPECT_TRUE(violations().empty());
}

TEST_F(UsageStoreTest, AReceiptIsFoundByItsTenantOnly) {
  const std::string mine = request("a", "m");
  project();
  const auto row = usage_->tenant("a").find(mine);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->request_id, mine);
  EXPECT_EQ(row->cost, usd("0.002"));
  const auto record = journal_->read_at(row->settlement);
  EXPECT_EQ(decode_settlement(record->payload)->receipt, "{\"request_id\":\"" + mine + "\"}");
  EXPECT_EQ(usage_->tenant("b").find(mine).error(), usage_->tenant("b").find(id()).error());
  EXPECT_TRUE(usage_->all_tenants(EveryTenant{}).find(mine));
  EXPECT_EQ(total("b").requests, 0);
}

TEST_F(UsageStoreTest, RequestsPageFromTheNewest) {
  std::vector<std::string> ids;
  for (std::uint32_t i = 0; i < 25; ++i) {
    clock_.advance(milliseconds(1));
    ids.push_back(request("a", "m"));
  }
  project();
  std::vector<std::string> seen;
  RequestQuery query{.limit = 10, .before = "", .outcome = {}, .model = "", .key_id = ""};
  while (true) {
    const auto page = usage_->tenant("a").requests(query);
    ASSERT_TRUE(page);
    if (page->empty()) break;
    for (const RequestRow& row : *page) seen.push_back(row.request_id);
    query.before = seen.back();
  }
  std::ranges::reverse(ids);
  EXPECT_EQ(seen, ids);
  query.before = "";
  query.model = "other";
  EXPECT_TRUE(usage_->tenant("a").requests(query)->empty());
}

TEST_F(UsageStoreTest, ARequestWithRetriesCountsOnceAndPaysForEachAttempt) {
  const std::string name = id();
  Settlement failed = settlement(name, dimensions("a", "first"));
  failed.final = false;
  failed.outcome = Outcome::failed;
  write(intent(name, dimensions("a", "first")));
  write(failed);
  project();  // the rest comes in a later batch
  open_usage();
  write(intent(name, dimensions("a", "second"), 2));
  write(settlement(name, dimensions("a", "second"), 2));
  project();
  EXPECT_EQ(total("a").requests, 1);
  EXPECT_EQ(total("a").cost, usd("0.004"));
  EXPECT_EQ(usage_->tenant("a").find(name)->cost, usd("0.004"));
  EXPECT_TRUE(violations().empty());
}

TEST_F(UsageStoreTest, ARaceLostByAnAttemptIsPaidAfterTheEnd) {
  const std::string name = id();
  write(intent(name, dimensions("a", "m"), 1));
  write(intent(name, dimensions("a", "m"), 2));
  write(settlement(name, dimensions("a", "m"), 2));
  project();
  open_usage();
  Settlement loser = settlement(name, dimensions("a", "m"), 1);
  loser.final = false;
  write(loser);
  project();
  EXPECT_EQ(total("a").cost, usd("0.004"));
  EXPECT_EQ(total("a").requests, 1);
  EXPECT_TRUE(violations().empty());
}

TEST_F(UsageStoreTest, ABlockedRequestIsListedButNotCounted) {
  const std::string name = id();
  Settlement blocked = settlement(name, dimensions("a", "m"), 0);
  blocked.outcome = Outcome::blocked;
  blocked.dispatched = false;
  blocked.usage = {};
  blocked.cost = FemtoUsd();
  write(blocked);
  project();
  EXPECT_EQ(total("a").requests, 0);
  EXPECT_EQ(usage_->tenant("a").find(name)->outcome, Outcome::blocked);
}

TEST_F(UsageStoreTest, ADeletedDatabaseIsMadeAgain) {
  for (std::uint32_t i = 0; i < 50; ++i) request(i % 2 == 0 ? "a" : "b", "m", i % 2);
  write(intent(id(), dimensions("a", "m")));
  project();
  const UsageSums before = total("a");
  usage_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(directory_.path() + "/usage.db" + suffix);
  }
  open_usage();
  EXPECT_EQ(total("a").requests, 0);
  project();
  EXPECT_EQ(total("a").requests, before.requests);
  EXPECT_EQ(total("a").cost, before.cost);
}

TEST_F(UsageStoreTest, ADamagedDatabaseIsSetAside) {
  request("a", "m");
  project();
  usage_.reset();
  for (const char* suffix : {"-wal", "-shm"}) {
    std::filesystem::remove(directory_.path() + "/usage.db" + suffix);
  }
  store::PosixFileSystem files;
  auto file = *files.open(directory_.path() + "/usage.db", store::FileSystem::Open::existing);
  ASSERT_TRUE(file->write_at(0, std::string(4096, 'x')));
  open_usage();
  project();
  EXPECT_EQ(total("a").requests, 1);
  EXPECT_TRUE(std::filesystem::exists(directory_.path() + "/usage.db.damaged"));
}

TEST_F(UsageStoreTest, WhatTheJournalLostIsForgotten) {
  request("a", "m");
  ASSERT_TRUE(journal_->background());
  const auto before = disk_.after_crash(store::Crash::drop_unsynced, 1);
  request("a", "m");
  project();
  EXPECT_EQ(total("a").requests, 2);
  usage_.reset();
  journal_ = std::move(*store::Journal::open(
      *before, {.directory = "journal", .lanes = 2, .threads = false, .boot_id = "next"}));
  open_usage();
  ASSERT_TRUE(usage_->recover());
  EXPECT_EQ(total("a").requests, 1);
  EXPECT_TRUE(violations().empty());
  usage_.reset();
  journal_.reset();
}

TEST_F(UsageStoreTest, OpenAttemptsAreChargedAtTheirReservationOnce) {
  const std::string lost = id();
  Dimensions budgeted = dimensions("a", "m");
  budgeted.scope = "demo";
  write(intent(lost, budgeted), 1);
  const std::string between = id();  // died between two attempts
  Settlement failed = settlement(between, dimensions("a", "m"));
  failed.final = false;
  write(intent(between, dimensions("a", "m")));
  write(failed);
  request("a", "m");
  for (int run = 0; run < 3; ++run) {
    const auto recovery = usage_->recover();
    ASSERT_TRUE(recovery);
    EXPECT_EQ(recovery->interrupted, run == 0 ? 1u : 0u);
    EXPECT_EQ(recovery->charged, run == 0 ? usd("0.01") : usd("0"));
    open_all();
  }
  EXPECT_EQ(total("a").requests, 3);
  EXPECT_EQ(total("a").interrupted, 2);
  EXPECT_EQ(total("a").cost, usd("0.014"));
  EXPECT_EQ(total("a").usage.provenance, Provenance::estimated);
  EXPECT_EQ(usage_->tenant("a").find(lost)->outcome, Outcome::interrupted);
  EXPECT_EQ(usage_->scope_totals()->at(0).settled, usd("0.01"));
  EXPECT_TRUE(violations().empty());
}

// Killed at every write of the recovery, then recovered: each attempt is settled once.
TEST_F(UsageStoreTest, RecoveryMayBeKilledAnywhere) {
  for (std::uint32_t i = 0; i < 6; ++i) write(intent(id(), dimensions("a", "m")), i % 2);
  for (std::uint64_t n = 1; n <= 6; ++n) {
    disk_.fail_nth(n, Code::io_error, store::FaultyFileSystem::Op::write);
    (void)usage_->recover();
    open_all();
    for (std::uint32_t i = 0; i < 2; ++i) write(intent(id(), dimensions("a", "m")), i % 2);
  }
  ASSERT_TRUE(usage_->recover());
  EXPECT_EQ(violations(), std::vector<std::string>());
  EXPECT_EQ(total("a").requests, 18);
  EXPECT_EQ(total("a").cost, usd("0.18"));
  // The settlements stand in lane 0, the intents in both: made again from nothing it is the same.
  usage_.reset();
  std::filesystem::remove(directory_.path() + "/usage.db");
  open_usage();
  EXPECT_EQ(usage_->recover()->interrupted, 0u);
  EXPECT_EQ(total("a").cost, usd("0.18"));
  EXPECT_EQ(violations(), std::vector<std::string>());
}

TEST_F(UsageStoreTest, ReadersSeeWhatWasAcknowledgedBefore) {
  usage_->start();
  for (std::uint32_t i = 0; i < 100; ++i) {
    request("a", "m", i % 2);
    std::promise<Status> visible;
    usage_->catch_up(journal_->written(), [&](Status s) { visible.set_value(std::move(s)); });
    ASSERT_TRUE(visible.get_future().get());
    ASSERT_EQ(total("a").requests, std::int64_t{i} + 1);
  }
  usage_->stop();
  std::optional<Status> late;
  usage_->catch_up({1'000'000, 0}, [&](Status s) { late = std::move(s); });
  EXPECT_FALSE(late->has_value());
}

TEST_F(UsageStoreTest, ReliabilityAddsUpOverRequestsWithABudget) {
  Dimensions d = dimensions("a", "gpt-4.1");
  d.scope = "demo";
  const auto one = [&](const char* upstream, Outcome outcome, bool downgraded) {
    const std::string name = id();
    d.upstream_model = upstream;
    Settlement s = settlement(name, d, outcome == Outcome::blocked ? 0 : 1);
    s.outcome = outcome;
    s.downgraded = downgraded;
    s.estimated_cost = usd("0.003");
    s.dispatched = outcome != Outcome::blocked;
    if (!s.dispatched)
      s.cost = FemtoUsd();
    else
      write(intent(name, d));
    write(s);
  };
  one("gpt-4.1", Outcome::settled, false);
  one("gpt-4.1-mini", Outcome::settled, true);
  one("gpt-4.1", Outcome::blocked, false);
  request("a", "without budget");
  project();
  const auto answer = usage_->tenant("a").reliability();
  EXPECT_EQ(answer->total.requests, 3);
  EXPECT_EQ(answer->total.executed, 2);
  EXPECT_EQ(answer->total.blocked, 1);
  EXPECT_EQ(answer->total.allowed(), 2);
  EXPECT_EQ(answer->total.downgraded, 1);
  EXPECT_EQ(answer->total.estimated, usd("0.009"));
  EXPECT_EQ(answer->total.actual, usd("0.004"));
  EXPECT_EQ(answer->total.compared, 2);
  EXPECT_EQ(answer->total.absolute_delta, usd("0.002"));
  ASSERT_EQ(answer->models.size(), 2u);
  EXPECT_EQ(answer->models[1].model, "gpt-4.1-mini");
  EXPECT_EQ(answer->scopes[0].scope, "demo");
  EXPECT_TRUE(usage_->tenant("b").reliability()->models.empty());
}

TEST_F(UsageStoreTest, TheCheckNamesEachViolatedInvariant) {
  const std::string good = request("a", "m");
  const std::string twice = request("a", "m");
  write(settlement(twice, dimensions("a", "m")));
  write(intent("open", dimensions("a", "m")));
  project();
  const std::string acks = "{\"request_id\":\"" + good +
                           "\",\"status\":200,\"complete\":true}\n"
                           "{\"request_id\":\"gone\",\"status\":200,\"complete\":true}\n"
                           "{\"request_id\":\"refused\",\"status\":402,\"complete\":true}\n"
                           "{\"request_id\":\"cut";
  const std::string provider = "{\"request_id\":\"" + good + "\",\"attempt\":\"1\"}\n" +
                               "{\"request_id\":\"" + good + "\",\"attempt\":2}\n";
  const auto found = violations({.acks = acks, .provider = provider});
  std::vector<std::string> codes;
  for (const std::string& line : found) codes.push_back(line.substr(0, 2));
  std::ranges::sort(codes);
  EXPECT_EQ(codes, (std::vector<std::string>{"I1", "I1", "I2", "I2", "I3", "I3", "I4"}))
      << ::testing::PrintToString(found);
}

}  // namespace
}  // namespace maester::meter
