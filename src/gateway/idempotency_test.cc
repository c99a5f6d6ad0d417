#include "gateway/idempotency.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "store/test_directory.h"

namespace maester::gateway {
namespace {

using Begun = IdempotencyStore::Begun;

class IdempotencyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    control_.emplace(
        *store::Database::open(directory_.path() + "/control.db", store::Database::Sync::off));
    vault_ = *access::Vault::open(*control_, access::SecretKey::generate(random_), random_);
    ASSERT_TRUE(vault_->ensure("acme"));
    ASSERT_TRUE(vault_->ensure("beta"));
    cores_.start();
    reopen();
  }
  void TearDown() override {
    store_.reset();
    cores_.stop();
  }
  void reopen(IdempotencyStore::Limits limits = {}) {
    store_.reset();
    store_ = *IdempotencyStore::open(directory_.path() + "/idempotency.db", false, *vault_, clock_,
                                     limits);
  }

  static runtime::Task<void> begin_on_core(IdempotencyStore* store, IdempotencyScope scope,
                                           std::string_view body, Result<Begun>* out) {
    auto beginning = store->begin(scope, body, "request-1");
    *out = co_await std::move(beginning);
  }
  Result<Begun> begin(std::string_view key, std::string_view body = "{}",
                      std::string_view tenant = "acme", std::string_view key_id = "k",
                      std::string_view route = "/v1/chat/completions") {
    Result<Begun> out = fail(Code::internal, "");
    runtime::run_blocking(cores_.at(0),
                          begin_on_core(store_.get(), {tenant, key_id, route, key}, body, &out));
    return out;
  }
  static runtime::Task<void> finish_on_core(IdempotentRun* run, KeptAnswer answer, Status* out) {
    auto finishing = run->finish(std::move(answer));
    *out = co_await std::move(finishing);
  }
  static runtime::Task<void> forget_on_core(IdempotentRun* run, Status* out) {
    auto forgetting = run->forget();
    *out = co_await std::move(forgetting);
  }
  void finish(Begun begun, int status = 200, std::string body = "the answer\nof two lines") {
    Status done;
    runtime::run_blocking(
        cores_.at(0), finish_on_core(begun.run.get(),
                                     {status, {{"content-type", "x/y"}}, std::move(body)}, &done));
    EXPECT_TRUE(done);
  }
  Code refused(const Result<Begun>& begun) { return begun ? Code::closed : begun.error().code; }

  store::TestDirectory directory_;
  SystemRandom random_;
  ManualClock clock_;
  std::optional<store::Database> control_;
  std::unique_ptr<access::Vault> vault_;
  SystemClock real_;
  runtime::CorePool cores_{1, real_, random_};
  std::unique_ptr<IdempotencyStore> store_;
};

TEST_F(IdempotencyTest, TheFirstResultIsRepeatedAlsoAfterARestart) {
  auto first = begin("a");
  ASSERT_TRUE(first && first->run);
  finish(std::move(*first), 503);
  for (int i = 0; i < 2; ++i) {
    const auto again = begin("a");
    ASSERT_TRUE(again && again->answer);
    EXPECT_EQ(again->answer->status, 503);
    EXPECT_EQ(again->answer->body, "the answer\nof two lines");
    EXPECT_EQ(again->answer->headers.get("content-type"), "x/y");
    reopen();
  }
}

TEST_F(IdempotencyTest, OneRunsTheOthersAreTold) {
  auto first = begin("a");
  ASSERT_TRUE(first && first->run);
  EXPECT_EQ(refused(begin("a")), Code::conflict);
  EXPECT_EQ(refused(begin("a", "{ }")), Code::idempotency_mismatch);
  finish(std::move(*first));
  EXPECT_EQ(refused(begin("a", "{ }")), Code::idempotency_mismatch);
  EXPECT_TRUE(begin("a")->answer);
}

TEST_F(IdempotencyTest, WhatWasCutOffIsNeverRunAgain) {
  auto held = begin("a");
  ASSERT_TRUE(held && held->run);
  *held = Begun{};  // its request ended without a result
  EXPECT_EQ(refused(begin("a")), Code::outcome_unknown);
  reopen();  // and after a crash
  EXPECT_EQ(refused(begin("a")), Code::outcome_unknown);
}

TEST_F(IdempotencyTest, WhatWasRefusedBeforeItBeganFreesItsKey) {
  auto first = begin("a");
  Status done;
  runtime::run_blocking(cores_.at(0), forget_on_core(first->run.get(), &done));
  EXPECT_TRUE(done);
  *first = Begun{};
  EXPECT_TRUE(begin("a", "{ }")->run);
}

TEST_F(IdempotencyTest, TenantKeyAndRouteAreApart) {
  finish(*begin("a"));
  EXPECT_TRUE(begin("a", "{}", "beta")->run);
  EXPECT_TRUE(begin("a", "{}", "acme", "other")->run);
  EXPECT_TRUE(begin("a", "{}", "acme", "k", "/v1/prompted_completion")->run);
  // No two scopes run into each other where their parts are joined.
  EXPECT_TRUE(begin("a", "{}", "acme", "k/v1", "/chat/completions")->run);
}

TEST_F(IdempotencyTest, AKeyIsForgottenAfterADay) {
  finish(*begin("a"));
  auto unknown = begin("b");
  *unknown = Begun{};
  clock_.advance(std::chrono::hours{24} - std::chrono::seconds{1});
  EXPECT_TRUE(begin("a")->answer);
  clock_.advance(std::chrono::seconds{1});
  EXPECT_TRUE(begin("a", "{ }")->run);
  EXPECT_TRUE(begin("b")->run);
}

TEST_F(IdempotencyTest, ItsSizeIsBoundedAndRoomComesBack) {
  reopen({.rows = 3, .bytes = 1 << 20});
  for (const char* key : {"a", "b", "c"}) finish(*begin(key));
  EXPECT_EQ(refused(begin("d")), Code::storage_full);
  EXPECT_TRUE(begin("a")->answer) << "what is there is still repeated";
  clock_.advance(std::chrono::hours{24});
  EXPECT_TRUE(begin("d")->run);
  reopen({.rows = 100, .bytes = 1000});
  finish(*begin("e"), 200, std::string(2000, 'x'));
  EXPECT_EQ(refused(begin("f")), Code::storage_full);
}

TEST_F(IdempotencyTest, AKeyIsShortAndPrintable) {
  EXPECT_EQ(refused(begin("")), Code::invalid_request);
  EXPECT_EQ(refused(begin(std::string(256, 'a'))), Code::invalid_request);
  EXPECT_EQ(refused(begin("a\tb")), Code::invalid_request);
  EXPECT_TRUE(begin(std::string(255, 'a'))->run);
}

TEST_F(IdempotencyTest, ResultsAreSealed) {
  finish(*begin("a"), 200, "canary-in-an-answer");
  store_.reset();
  for (const char* name : {"/idempotency.db", "/idempotency.db-wal"}) {
    std::ifstream file(directory_.path() + name, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(bytes.find("canary"), std::string::npos);
  }
  reopen();
}

}  // namespace
}  // namespace maester::gateway
