#include "meter/recost_store.h"

#include <gtest/gtest.h>

#include "store/test_directory.h"

namespace maester::meter {
namespace {

class RecostStoreTest : public testing::Test {
 protected:
  RecostStoreTest() { reopen(); }
  void reopen() {
    store_.reset();
    audit_.reset();
    db_.reset();
    db_ = std::make_unique<store::Database>(
        *store::Database::open(directory_.path() + "/control.db", store::Database::Sync::full));
    audit_ = *access::AuditLog::open(*db_, clock_, "digest key");
    store_ = *RecostStore::open(*db_, *audit_);
  }
  static RecostOrder order(std::string id, bool dry_run) {
    return {.id = std::move(id),
            .from = *parse_rfc3339("2026-11-01"),
            .to = *parse_rfc3339("2026-12-01"),
            .dry_run = dry_run,
            .price_version = "v-7"};
  }
  std::size_t audited() { return audit_->page(access::kSystemChain, 0, 10)->size(); }

  store::TestDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<store::Database> db_;
  std::unique_ptr<access::AuditLog> audit_;
  std::unique_ptr<RecostStore> store_;
  const access::Actor actor_{"default", "key-1", "api 127.0.0.1"};
};

TEST_F(RecostStoreTest, AnOrderIsThereUntilItsEndAlsoAfterARestart) {
  ASSERT_TRUE(store_->begin(order("one", false), actor_));
  reopen();
  EXPECT_EQ(*store_->unfinished(), (std::vector{order("one", false)}));
  ASSERT_TRUE(store_->end("one"));
  ASSERT_TRUE(store_->end("one"));
  reopen();
  EXPECT_TRUE(store_->unfinished()->empty());
}

TEST_F(RecostStoreTest, WhatChangesCostsIsInTheAuditLogOrDoesNotBegin) {
  ASSERT_TRUE(store_->begin(order("dry", true), actor_));
  EXPECT_EQ(audited(), 0u) << "a dry run changes nothing";
  ASSERT_TRUE(store_->begin(order("real", false), actor_));
  const auto rows = *audit_->page(access::kSystemChain, 0, 10);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].action, "pricing.recost");
  EXPECT_EQ(rows[0].object, "real");
  EXPECT_EQ(rows[0].actor.key_id, "key-1");
  ASSERT_TRUE(db_->execute("ALTER TABLE audit RENAME TO away"));
  EXPECT_FALSE(store_->begin(order("unseen", false), actor_));
  EXPECT_EQ(store_->unfinished()->size(), 2u);
}

}  // namespace
}  // namespace maester::meter
