#include "access/audit.h"

#include <gtest/gtest.h>

#include "access/audit_verify.h"
#include "base/random.h"
#include "store/test_directory.h"

namespace maester::access {
namespace {

constexpr std::int64_t kRows = 10'000;

// A log of 10,000 rows in two chains, opened again for each alteration (TESTS.md T34).
class AuditTest : public testing::Test {
 protected:
  void SetUp() override {
    db_ = std::make_unique<store::Database>(
        *store::Database::open(":memory:", store::Database::Sync::off));
    log_ = *AuditLog::open(*db_, clock_, "the digest key");
  }

  void fill(std::string_view chain, std::int64_t rows) {
    ASSERT_TRUE(db_->transaction([&]() -> Status {
      for (std::int64_t i = 1; i <= rows; ++i) {
        clock_.advance(milliseconds{3});
        TRY(log_->record(
            {"acme", "key", "api 127.0.0.1"},
            {chain, "prompt.label", "greet", std::to_string(i - 1), std::to_string(i)}));
      }
      return {};
    }));
  }

  AuditReport verify(std::span<const AuditHead> anchors = {}) {
    return *verify_audit(*db_, anchors);
  }
  void alter(const char* sql) { ASSERT_TRUE(db_->execute(sql)) << sql; }

  ManualClock clock_;
  std::unique_ptr<store::Database> db_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditTest, AnUntouchedLogIsWhole) {
  fill("acme", kRows);
  fill("", 5);
  const auto heads = *log_->heads();
  const AuditReport report = verify(heads);
  EXPECT_TRUE(report.faults.empty());
  EXPECT_EQ(report.rows, static_cast<std::uint64_t>(kRows + 5));
  EXPECT_EQ(report.chains, 2u);
  EXPECT_EQ(report.anchors, 2u);
}

TEST_F(AuditTest, EveryAlterationOfOneRowIsNamedByItsNumber) {
  fill("acme", kRows);
  SeededRandom random(34);
  struct Alteration {
    const char* what;
    const char* sql;  // ?1 = the row
  };
  const Alteration alterations[] = {
      {"actor", "UPDATE audit SET actor = 'other' WHERE seq = ?1"},
      {"key", "UPDATE audit SET key_id = 'other' WHERE seq = ?1"},
      {"source", "UPDATE audit SET source = 'other' WHERE seq = ?1"},
      {"action", "UPDATE audit SET action = 'prompt.push' WHERE seq = ?1"},
      {"object", "UPDATE audit SET object = 'gree' WHERE seq = ?1"},
      {"border of two fields",
       "UPDATE audit SET action = 'prompt.labelg', object = 'reet' WHERE seq = ?1"},
      {"time", "UPDATE audit SET at = at + 1 WHERE seq = ?1"},
      {"before", "UPDATE audit SET before = x'' WHERE seq = ?1"},
      {"after", "UPDATE audit SET after = before WHERE seq = ?1"},
      {"prev", "UPDATE audit SET prev = zeroblob(32) WHERE seq = ?1"},
      {"hash", "UPDATE audit SET hash = zeroblob(32) WHERE seq = ?1"},
      {"hash cut short", "UPDATE audit SET hash = x'00' WHERE seq = ?1"},
      {"deleted", "DELETE FROM audit WHERE seq = ?1"},
      {"swapped with another",
       "UPDATE audit SET seq = CASE seq WHEN ?1 THEN -7 ELSE ?1 END WHERE seq IN (?1, ?1 + 5)"},
      {"inserted between", "UPDATE audit SET seq = -seq - 1 WHERE seq >= ?1"}};
  for (const Alteration& one : alterations) {
    const auto row = static_cast<std::int64_t>(random.below(kRows - 100) + 50);
    ASSERT_TRUE(db_->execute("SAVEPOINT before"));
    {
      auto change = *db_->prepare(one.sql);
      ASSERT_TRUE(change.bind(1, row).run()) << one.what;
    }
    if (std::string_view(one.what).starts_with("swapped")) {
      auto other = *db_->prepare("UPDATE audit SET seq = ?1 + 5 WHERE seq = -7");
      ASSERT_TRUE(other.bind(1, row).run());
    }
    if (std::string_view(one.what).starts_with("inserted")) {
      alter("UPDATE audit SET seq = -seq WHERE seq < 0");
      auto copy = *db_->prepare(
          "INSERT INTO audit SELECT chain, ?1, at, actor, key_id, source, action, object, before, "
          "after, prev, hash FROM audit WHERE seq = ?1 + 20");
      ASSERT_TRUE(copy.bind(1, row).run());
    }
    const AuditReport report = verify();
    ASSERT_EQ(report.faults.size(), 1u) << one.what;
    EXPECT_EQ(report.faults[0].seq, row) << one.what << ": " << report.faults[0].why;
    EXPECT_EQ(report.faults[0].chain, "acme");
    ASSERT_TRUE(db_->execute("ROLLBACK TO before; RELEASE before"));
  }
  EXPECT_TRUE(verify().faults.empty());
}

TEST_F(AuditTest, OnlyAnAnchorShowsThatTheEndWasCutOff) {
  fill("acme", 100);
  const auto heads = *log_->heads();
  alter("DELETE FROM audit WHERE seq > 90");
  EXPECT_TRUE(verify().faults.empty());
  AuditReport report = verify(heads);
  ASSERT_EQ(report.faults.size(), 1u);
  EXPECT_EQ(report.faults[0].seq, 91);
  alter("DELETE FROM audit");
  report = verify(heads);
  ASSERT_EQ(report.faults.size(), 1u);
  EXPECT_EQ(report.faults[0].seq, 1);
}

TEST_F(AuditTest, AnAnchorShowsAChainThatWasWrittenAnew) {
  fill("acme", 10);
  const auto heads = *log_->heads();
  alter("DELETE FROM audit WHERE seq > 8");
  fill("acme", 2);  // rows that chain well, at another time
  EXPECT_TRUE(verify().faults.empty());
  const AuditReport report = verify(heads);
  ASSERT_EQ(report.faults.size(), 1u);
  EXPECT_EQ(report.faults[0].seq, 10);
}

TEST_F(AuditTest, ARowIsThereExactlyWhenItsChangeIs) {
  fill("acme", 2);
  EXPECT_FALSE(db_->transaction([&]() -> Status {
    TRY(log_->record(Actor::program(), {"acme", "x.create", "1", "", "a"}));
    return fail(Code::internal, "the change failed after its row");
  }));
  EXPECT_EQ(log_->head("acme")->seq, 2);
  fill("acme", 1);
  EXPECT_TRUE(verify().faults.empty());
}

TEST_F(AuditTest, PagesComeNewestFirstAndChainsApart) {
  fill("acme", 5);
  fill("other", 3);
  const auto page = *log_->page("acme", 0, 2);
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].seq, 5);
  const auto rest = *log_->page("acme", page.back().seq, 50);
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[0].seq, 3);
  EXPECT_EQ(rest[0].chain, "acme");
  EXPECT_EQ(rest[0].before.size(), 32u);
  EXPECT_EQ(rest[0].before, rest[0].before);
  EXPECT_EQ(rest[1].after, rest[0].before);  // the same text has the same digest
}

TEST_F(AuditTest, AnchorsReadBackAndATornLineIsNone) {
  fill("acme", 2);
  fill("", 1);
  const auto heads = *log_->heads();
  std::string text;
  for (const AuditHead& head : heads) text += anchor_line(head, clock_.wall());
  EXPECT_EQ(*parse_anchors(text), heads);
  EXPECT_EQ(parse_anchors(text + text.substr(0, 40))->size(), 2u);
  EXPECT_FALSE(parse_anchors("2026-11-20T23:01:05.123Z x y z\n"));
}

}  // namespace
}  // namespace maester::access
