// Budgets and limits in control.db: what is written is there after a restart, and gone with its
// tenant.
#include "meter/budgets.h"

#include <gtest/gtest.h>

#include "access/audit.h"
#include "meter/limits.h"
#include "store/sqlite.h"
#include "store/test_directory.h"

namespace maester::meter {
namespace {

class BudgetsTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  void start() {
    budgets_.reset();
    limits_.reset();
    audit_.reset();
    db_.emplace(
        *store::Database::open(directory_.path() + "/control.db", store::Database::Sync::off));
    ledger_ = std::make_unique<Ledger>(clock_);
    limiter_ = std::make_unique<Limiter>(clock_);
    audit_ = *access::AuditLog::open(*db_, clock_, "digest key");
    budgets_ = *Budgets::open(*db_, *ledger_, *audit_, clock_);
    limits_ = *Limits::open(*db_, *limiter_, *audit_, clock_);
  }
  Budget budget(std::string id, std::string owner, std::string name, std::string tenant) {
    Budget out;
    out.id = std::move(id);
    out.owner = std::move(owner);
    out.name = std::move(name);
    out.scope.tenant = std::move(tenant);
    out.scope.tags = {{"team", "*"}};
    out.window = Window::week;
    out.limit = *FemtoUsd::parse("12.5");
    out.warn_at = {50, 80};
    return out;
  }
  Limit limit(std::string id, std::string owner, std::string tenant) {
    Limit out;
    out.id = std::move(id);
    out.owner = std::move(owner);
    out.scope.tenant = std::move(tenant);
    out.scope.model = "gpt";
    out.requests_per_minute = 60;
    return out;
  }
  store::TestDirectory directory_;
  ManualClock clock_;
  const access::Actor actor_ = access::Actor::program();
  std::optional<store::Database> db_;
  std::unique_ptr<access::AuditLog> audit_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Limiter> limiter_;
  std::unique_ptr<Budgets> budgets_;
  std::unique_ptr<Limits> limits_;
};

TEST_F(BudgetsTest, WhatWasMadeIsThereAfterARestart) {
  const Budget made = *budgets_->create(budget("b1", "t", "team", "t"), actor_);
  ASSERT_TRUE(budgets_->change(
      "t", "b1", {.name = {}, .limit = FemtoUsd(), .hard = false, .warn_at = {}}, actor_));
  const Limit limited = *limits_->create(limit("l1", "t", "t"), actor_);
  start();
  const Budget again = *budgets_->find("t", "b1");
  EXPECT_EQ(again.scope, made.scope);
  EXPECT_EQ(again.window, Window::week);
  EXPECT_EQ(again.limit, FemtoUsd());
  EXPECT_FALSE(again.hard);
  EXPECT_EQ(again.warn_at, made.warn_at);
  EXPECT_EQ(again.created_at, made.created_at);
  EXPECT_TRUE(ledger_->status("t", "b1"));
  EXPECT_EQ(limits_->find("t", "l1")->scope, limited.scope);
  EXPECT_EQ(limits_->find("t", "l1")->requests_per_minute, 60);
  EXPECT_TRUE(limiter_->has_limits());
}

TEST_F(BudgetsTest, AnotherTenantsIdIsAnUnknownId) {
  ASSERT_TRUE(budgets_->create(budget("b1", "t", "team", "t"), actor_));
  const auto foreign = budgets_->find("other", "b1");
  const auto unknown = budgets_->find("other", "b2");
  EXPECT_EQ(foreign.error().code, unknown.error().code);
  EXPECT_EQ(foreign.error().code, Code::not_found);
  EXPECT_FALSE(budgets_->remove("other", "b1", actor_));
  EXPECT_FALSE(budgets_->change("other", "b1", {}, actor_));
  EXPECT_TRUE(budgets_->list("other").empty());
  EXPECT_TRUE(
      budgets_->create(budget("b2", "other", "team", "other"), actor_));  // names are an owner's
  EXPECT_EQ(budgets_->create(budget("b3", "t", "team", "t"), actor_).error().code, Code::conflict);
}

TEST_F(BudgetsTest, AnErasedTenantLeavesNothing) {
  ASSERT_TRUE(budgets_->create(budget("own", "t", "a", "t"), actor_));
  ASSERT_TRUE(budgets_->create(budget("laid-on", "default", "b", "t"), actor_));
  ASSERT_TRUE(budgets_->create(budget("kept", "default", "c", "default"), actor_));
  ASSERT_TRUE(limits_->create(limit("own", "t", "t"), actor_));
  ASSERT_TRUE(limits_->create(limit("kept", "default", "default"), actor_));
  ASSERT_TRUE(db_->transaction([&]() -> Status {
    TRY(budgets_->erase(*db_, "t"));
    return limits_->erase(*db_, "t");
  }));
  budgets_->forget("t");
  limits_->forget("t");
  EXPECT_FALSE(ledger_->status("t", "laid-on"));
  EXPECT_EQ(budgets_->list("default").size(), 1u);
  start();
  EXPECT_TRUE(budgets_->list("t").empty());
  EXPECT_EQ(budgets_->list("default").size(), 1u);
  EXPECT_TRUE(limits_->list("t").empty());
  EXPECT_EQ(limits_->list("default").size(), 1u);
}

}  // namespace
}  // namespace maester::meter
