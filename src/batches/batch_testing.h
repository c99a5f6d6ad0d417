// Files and batches in a directory of their own, and a data plane that answers as a test says.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "batches/batch_job.h"
#include "codec/json.h"
#include "jobs/lease.h"
#include "jobs/queue.h"
#include "store/test_directory.h"

namespace maester::batches {

// The system's clocks, moved on by hand.
class MovedClock final : public Clock {
 public:
  WallTime wall() const override { return system_.wall() + nanoseconds{by_.load()}; }
  MonoTime mono() const override { return system_.mono() + nanoseconds{by_.load()}; }
  void advance(nanoseconds by) { by_ += by.count(); }

 private:
  SystemClock system_;
  std::atomic<std::int64_t> by_{0};
};

// Answers on a thread of its own, in no order; remembers keys as Maester does, and counts what was
// really asked.
class ScriptedLoopback final : public gateway::Loopback {
 public:
  using Script = std::function<gateway::LoopbackReply(const gateway::LoopbackAsk&, int time)>;
  explicit ScriptedLoopback(Script script = {})
      : script_(std::move(script)), thread_([this] { loop(); }) {}
  ~ScriptedLoopback() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  struct Ticket final : gateway::LoopbackTicket {
    void cancel() override {}
  };
  std::shared_ptr<gateway::LoopbackTicket> begin(
      gateway::LoopbackAsk ask, std::function<void(gateway::LoopbackReply)> then) override {
    const std::lock_guard lock(mutex_);
    pending_.emplace_back(std::move(ask), std::move(then));
    most_ = std::max(most_, pending_.size());
    changed_.notify_all();
    return std::make_shared<Ticket>();
  }

  void script(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  std::map<std::string, int> asked() const {  // by body: how often a provider would have been paid
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<gateway::LoopbackAsk> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::size_t most() const { return most_; }

  static gateway::LoopbackReply reply(int status, std::string body) {
    gateway::LoopbackReply out;
    out.status = status;
    out.body = std::move(body);
    out.request_id = "req";
    return out;
  }
  static gateway::LoopbackReply good(const gateway::LoopbackAsk& ask) {
    auto out = reply(
        200, R"({"echo":)" + ask.body + R"(,"usage":{"prompt_tokens":2,"completion_tokens":3}})");
    out.cost = FemtoUsd::from_units(5);
    return out;
  }

 private:
  void loop() {
    std::minstd_rand random{1};
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return over_ || (!held_ && !pending_.empty()); });
      if (pending_.empty()) return;
      const std::size_t at = random() % pending_.size();
      auto [ask, then] = std::move(pending_[at]);
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(at));
      gateway::LoopbackReply answer;
      seen_.push_back(ask);
      if (const auto kept = kept_.find(ask.idempotency_key); kept != kept_.end()) {
        answer = kept->second;
        answer.repeated = true;
        answer.cost.reset();
      } else {
        answer = script_ ? script_(ask, asked_[ask.body]) : good(ask);
        ++asked_[ask.body];
        if (!ask.idempotency_key.empty()) kept_[ask.idempotency_key] = answer;
      }
      lock.unlock();
      then(std::move(answer));
      lock.lock();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Script script_;
  std::deque<std::pair<gateway::LoopbackAsk, std::function<void(gateway::LoopbackReply)>>> pending_;
  std::map<std::string, gateway::LoopbackReply> kept_;
  std::map<std::string, int> asked_;
  std::vector<gateway::LoopbackAsk> seen_;
  std::size_t most_ = 0;
  bool held_ = false, over_ = false;
  std::thread thread_;
};

// One attempt at a batch's job, on the test's thread.
class TestRun final : public jobs::Run {
 public:
  TestRun(jobs::Leases& leases, jobs::Lease lease)
      : leases_(leases), lease_(std::move(lease)), job_(lease_.job) {}
  const jobs::Job& job() const override { return job_; }
  bool stopped() const override { return stop; }
  Result<std::string> step(std::string_view,
                           const std::function<Result<std::string>()>& work) override {
    return work();
  }
  Result<std::string> commit(std::string_view,
                             const std::function<Result<std::string>(store::Database&)>&) override {
    return fail(Code::internal, "not used");
  }
  Status progress(std::int64_t, std::int64_t) override {
    if (on_progress) on_progress();
    if (stop) return fail(Code::cancelled, "");
    return {};
  }
  // After `fences_left` of them the process is dead: nothing is committed any more.
  Status fence(store::Database& work) override {
    if (fences_left == 0) return fail(Code::cancelled, "died");
    --fences_left;
    return leases_.fence(work, lease_);
  }
  Status get_on(store::Database& work) override { return fence(work); }
  const jobs::Lease& lease() const { return lease_; }

  std::atomic<bool> stop{false};
  int fences_left = -1;
  std::function<void()> on_progress;

 private:
  jobs::Leases& leases_;
  jobs::Lease lease_;
  jobs::Job job_;
};

class BatchTest : public ::testing::Test {
 protected:
  BatchTest()
      : control_(
            *store::Database::open(directory_.path() + "/control.db", store::Database::Sync::off)),
        vault_(*access::Vault::open(control_, access::SecretKey::generate(random_), random_)) {
    EXPECT_TRUE(vault_->ensure("t"));
    EXPECT_TRUE(vault_->ensure("other"));
    open();
  }

  // The start of a process; the one before was killed.
  void open() {
    job_.reset();
    batches_.reset();
    files_.reset();
    queue_.reset();
    work_.reset();
    work_ = std::make_unique<store::LockedDatabase>(
        *store::Database::open(directory_.path() + "/work.db", store::Database::Sync::off));
    queue_ = *jobs::Queue::open(*work_, clock_, random_);
    auto files = FileStore::open(*work_, disk_, bodies(), *vault_, clock_, random_);
    ASSERT_TRUE(files) << files.error().message << files.error().detail;
    files_ = std::move(*files);
    batches_ = BatchStore::make(*work_, *queue_, *vault_, clock_, random_);
    job_ = std::make_unique<BatchJob>(*batches_, *files_, loopback_, clock_, [this] {
      return BatchRules{.concurrency = concurrency_,
                        .max_lines = 1'000,
                        .max_line = 4'096,
                        .grant = [this](std::string_view) { return grant_; }};
    });
  }
  std::string bodies() const { return directory_.path() + "/files"; }

  StoredFile put(std::string_view text, std::string_view tenant = "t",
                 std::string_view purpose = "batch") {
    auto body = files_->begin(tenant);
    EXPECT_TRUE(body) << body.error().message;
    EXPECT_TRUE((*body)->write(text));
    EXPECT_TRUE((*body)->finish());
    auto file = files_->add(tenant, **body, {.purpose = std::string(purpose), .name = "in.jsonl"});
    EXPECT_TRUE(file);
    return *file;
  }
  std::string read(std::string_view id, std::string_view tenant = "t") {
    const auto file = files_->find(tenant, id);
    EXPECT_TRUE(file);
    if (!file) return {};
    const auto body = files_->read(tenant, *file);
    EXPECT_TRUE(body);
    std::string out;
    for (;;) {
      const auto piece = (*body)->next();
      EXPECT_TRUE(piece);
      if (!piece || piece->empty()) return out;
      out += *piece;
    }
  }
  std::vector<std::string> custom_ids(std::string_view file) {
    std::vector<std::string> out;
    std::string text = file.empty() ? "" : read(file);
    for (std::size_t end; (end = text.find('\n')) != text.npos; text.erase(0, end + 1)) {
      const auto line = json::Document::parse(std::string_view(text).substr(0, end));
      EXPECT_TRUE(line);
      if (line) out.emplace_back(line->root().get("custom_id").string_or(""));
    }
    return out;
  }

  static std::string line(int n, std::string_view more = "") {
    return R"({"custom_id":"r)" + std::to_string(n) +
           R"(","method":"POST","url":"/v1/chat/completions","body":{"n":)" + std::to_string(n) +
           std::string(more) + "}}\n";
  }
  static std::string lines(int count) {
    std::string out;
    for (int n = 1; n <= count; ++n) out += line(n);
    return out;
  }
  Batch create(const std::string& text) {
    auto batch = batches_->create("t", {.input_file = put(text).id,
                                        .endpoint = "/v1/chat/completions",
                                        .metadata = {},
                                        .key_id = "key"});
    EXPECT_TRUE(batch) << batch.error().message;
    return *batch;
  }
  std::unique_ptr<TestRun> take() {
    auto taken = queue_->leases().take({.kinds = {"batch"}, .per_tenant = 9, .worker = "w"});
    EXPECT_TRUE(taken && taken->lease);
    return std::make_unique<TestRun>(queue_->leases(), std::move(*taken->lease));
  }
  // To its end; what it is then.
  Batch run(const Batch& batch) {
    const auto run = take();
    const auto done = job_->run(*run);
    EXPECT_TRUE(done) << done.error().message << done.error().detail;
    EXPECT_TRUE(queue_->leases().finish(run->lease(), done));
    return find(batch);
  }
  Batch find(const Batch& batch) { return *batches_->find("t", batch.id); }

  store::TestDirectory directory_;
  MovedClock clock_;
  SystemRandom random_;
  store::PosixFileSystem disk_;
  store::Database control_;
  std::unique_ptr<access::Vault> vault_;
  ScriptedLoopback loopback_;
  std::size_t concurrency_ = 8;
  Grant grant_;
  std::unique_ptr<store::LockedDatabase> work_;
  std::unique_ptr<jobs::Queue> queue_;
  std::unique_ptr<FileStore> files_;
  std::unique_ptr<BatchStore> batches_;
  std::unique_ptr<BatchJob> job_;
};

}  // namespace maester::batches
