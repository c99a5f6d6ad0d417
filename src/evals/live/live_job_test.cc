#include "evals/live/live_job.h"

#include <set>

#include "gateway/pipeline/capture.h"
#include "jobs/queue_testing.h"

namespace maester::evals {
namespace {

// Grades as a test says, and counts.
class Judge final : public gateway::Loopback {
 public:
  std::shared_ptr<gateway::LoopbackTicket> begin(
      gateway::LoopbackAsk ask, std::function<void(gateway::LoopbackReply)> then) override {
    ++asked;
    EXPECT_EQ(ask.key_id, "grading-key");
    gateway::LoopbackReply reply;
    reply.status = 200;
    std::string content;
    json::Writer(content).value(says);
    reply.body = R"({"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant",)"
                 R"("content":)" +
                 content + "}}]}";
    reply.cost = FemtoUsd::parse("0.4");
    then(std::move(reply));
    return std::make_shared<Ticket>();
  }
  std::string says = R"({"reason":"it is polite","score":1,"pass":true})";
  std::atomic<int> asked{0};

 private:
  struct Ticket final : gateway::LoopbackTicket {
    void cancel() override {}
  };
};

// The job's hold on its lease; it may be killed between two writes.
class Held final : public jobs::Run {
 public:
  explicit Held(jobs::Job job) : job_(std::move(job)) {}
  const jobs::Job& job() const override { return job_; }
  bool stopped() const override { return false; }
  Result<std::string> step(std::string_view,
                           const std::function<Result<std::string>()>& work) override {
    return work();
  }
  Result<std::string> commit(std::string_view,
                             const std::function<Result<std::string>(store::Database&)>&) override {
    return fail(Code::internal, "");
  }
  Status progress(std::int64_t, std::int64_t) override { return {}; }
  Status fence(store::Database&) override {
    if (!killed) return {};
    return fail(Code::cancelled, "The process was killed here.");
  }
  Status get_on(store::Database& db) override { return fence(db); }
  bool killed = false;

 private:
  jobs::Job job_;
};

class LiveJobTest : public jobs::QueueTest {
 protected:
  LiveJobTest() : cores_(1, clock_, random_) {
    control_.emplace(
        *store::Database::open(directory_.path() + "/control.db", store::Database::Sync::off));
    audit_ = *access::AuditLog::open(*control_, clock_, std::string(32, 'k'));
    registry_ = *prompts::Registry::open(*control_, clock_, *audit_);
    vault_ = *access::Vault::open(*control_, access::SecretKey(std::string(32, 'k')), random_);
    EXPECT_TRUE(vault_->ensure("acme"));
    journal_ = *store::Journal::open(files_, {.directory = directory_.path() + "/journal"});
    usage_ = *meter::UsageStore::open(*journal_,
                                      {.path = directory_.path() + "/usage.db", .clock = &clock_});
    live_ = *LiveStore::open(*work_, *queue_, clock_);
    reviews_ = *ReviewStore::open(*work_, *vault_, clock_, random_);
    cores_.start();
    start();
  }
  ~LiveJobTest() override {
    cores_.stop();
    usage_.reset();
  }
  // As after a restart: nothing is remembered.
  void start() {
    job_ = std::make_unique<LiveJob>(LiveParts{*live_, *reviews_, *work_, *usage_, *journal_,
                                               *vault_, judge_, *registry_, cores_, clock_});
  }

  RulePtr rule(std::string_view text) {
    LiveRule read = *read_live_rule(json::Document::parse(text)->root());
    read.tenant = "acme";
    read.key_id = "grading-key";
    return *live_->create(std::move(read));
  }
  void write(store::RecordKind kind, const std::string& payload) {
    ASSERT_TRUE(journal_->append(0, kind, payload));
  }
  // A request that was answered with `said`; "" = its bodies were not kept.
  std::string request(const std::string& said) {
    const std::string id = ids_.uuid().to_string();
    meter::Intent intent;
    intent.request_id = id;
    intent.at = clock_.wall();
    intent.dimensions.tenant = "acme";
    intent.dimensions.key_id = "caller";
    intent.dimensions.model = "m";
    write(store::RecordKind::intent, meter::encode(intent));
    if (!said.empty()) {
      std::string text;
      json::Writer w(text);
      w.begin_object().key("record").begin_object().key("request").begin_object();
      w.field("rendered_prompt", "How are you?").end_object().key("response").begin_object();
      w.field("content", said).end_object().end_object().end_object();
      const auto sealed = vault_->seal(gateway::capture_place("acme", id), text);
      EXPECT_TRUE(sealed);
      write(store::RecordKind::capture,
            meter::encode(meter::Capture{.request_id = id, .tenant = "acme", .sealed = *sealed}));
    }
    meter::Settlement settled;
    settled.request_id = id;
    settled.at = clock_.wall();
    settled.dimensions = intent.dimensions;
    settled.status = 200;
    settled.receipt = R"({"request_id":")" + id + "\"}";
    write(store::RecordKind::settlement, meter::encode(settled));
    project();
    return id;
  }
  void project() {
    for (;;) {
      const auto n = usage_->project_batch();
      ASSERT_TRUE(n) << n.error().detail;
      if (*n == 0) return;
    }
  }
  void pick(const LiveRule& rule, const std::string& id) {
    const auto db = work_->use();
    ASSERT_TRUE(db->transaction([&]() -> Status { return live_->pick(*db, rule, id); }));
  }
  // The job that sees to what was picked.
  Held held() {
    clock_.advance(std::chrono::hours(1));
    auto taken = leases().take({.kinds = {"live_evaluation"}, .per_tenant = 2, .worker = "w"});
    EXPECT_TRUE(taken && taken->lease);
    return Held(taken->lease->job);
  }
  std::map<std::string, std::vector<std::string>> said_of(const std::string& id) {
    project();
    std::map<std::string, std::vector<std::string>> out;
    for (const meter::Feedback& one : *usage_->tenant("acme").feedback("acme", id))
      out[one.name].push_back(one.value + (one.source.empty() ? "" : " " + one.source));
    return out;
  }
  using Said = std::map<std::string, std::vector<std::string>>;

  store::PosixFileSystem files_;
  runtime::CorePool cores_;
  std::optional<store::Database> control_;
  std::unique_ptr<access::AuditLog> audit_;
  std::unique_ptr<prompts::Registry> registry_;
  std::unique_ptr<access::Vault> vault_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<meter::UsageStore> usage_;
  std::unique_ptr<LiveStore> live_;
  std::unique_ptr<ReviewStore> reviews_;
  IdGenerator ids_{clock_, random_};
  Judge judge_;
  std::unique_ptr<LiveJob> job_;
};

constexpr std::string_view kPolite =
    R"({"name":"polite","sample":1,"assertions":[{"type":"contains","value":"thank"}]})";
constexpr std::string_view kJudged =
    R"({"name":"judged","sample":1,"grader":"judge",
        "assertions":[{"type":"llm-rubric","value":"is polite"}],"max_cost_usd_per_day":"0.5"})";

TEST_F(LiveJobTest, AJudgementIsFeedbackOfTheRequestAndEndsTheTask) {
  const RulePtr polite = rule(kPolite);
  const std::string good = request("thank you"), bad = request("go away");
  pick(*polite, good);
  pick(*polite, bad);
  Held run = held();
  const auto done = job_->run(run);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(said_of(good),
            (Said{{"polite", {"true rule:polite"}}, {"polite/score", {"1 rule:polite"}}}));
  EXPECT_EQ(said_of(bad),
            (Said{{"polite", {"false rule:polite"}}, {"polite/score", {"0 rule:polite"}}}));
  const LiveCounts counts = *live_->counts("acme", "polite");
  EXPECT_EQ(std::tuple(counts.evaluated, counts.passed, counts.failed, counts.errors),
            std::tuple(2, 1, 1, 0));
  EXPECT_TRUE(live_->waiting(run.job().id, 10)->empty());
  EXPECT_EQ(judge_.asked, 0);
}

TEST_F(LiveJobTest, WhatIsSaidAgainAfterAKillCountsOnce) {
  const RulePtr polite = rule(kPolite);
  const std::string id = request("thank you");
  pick(*polite, id);
  Held run = held();
  run.killed = true;  // after the feedback is durable, before the task's end is
  EXPECT_FALSE(job_->run(run));
  EXPECT_EQ(live_->waiting(run.job().id, 10)->size(), 1u);
  EXPECT_EQ(said_of(id).at("polite").size(), 1u) << "it was said before the kill";
  start();
  run.killed = false;
  ASSERT_TRUE(job_->run(run));
  EXPECT_EQ(said_of(id),
            (Said{{"polite", {"true rule:polite"}}, {"polite/score", {"1 rule:polite"}}}));
  EXPECT_EQ(live_->counts("acme", "polite")->evaluated, 1);
}

TEST_F(LiveJobTest, AGraderThatAnswersNonsenseHasJudgedNothing) {
  const RulePtr judged = rule(
      R"({"name":"judged","sample":1,"grader":"judge",
          "assertions":[{"type":"llm-rubric","value":"is polite"}]})");
  const std::string id = request("thank you");
  pick(*judged, id);
  judge_.says = "I would rather not say.";
  Held run = held();
  ASSERT_TRUE(job_->run(run));
  EXPECT_EQ(said_of(id), Said{});
  const LiveCounts counts = *live_->counts("acme", "judged");
  EXPECT_EQ(std::tuple(counts.evaluated, counts.errors), std::tuple(0, 1))
      << "given up after its attempts";
  EXPECT_EQ(judge_.asked, LiveStore::kAttempts);
  EXPECT_EQ(counts.cost, *FemtoUsd::parse("1.2")) << "what was asked was paid";
  EXPECT_TRUE(live_->waiting(run.job().id, 10)->empty());
}

TEST_F(LiveJobTest, TheDaysBudgetIsHeld) {
  const RulePtr judged = rule(kJudged);
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(request("thank you, " + std::to_string(i)));
    pick(*judged, ids.back());
  }
  Held run = held();
  ASSERT_TRUE(job_->run(run));
  const LiveCounts counts = *live_->counts("acme", "judged");
  EXPECT_EQ(counts.evaluated, 2) << "0.4, then 0.8 of 0.5 USD: at most the last goes over";
  EXPECT_EQ(counts.skipped, 4);
  EXPECT_EQ(counts.cost, *FemtoUsd::parse("0.8"));
  int told = 0;
  for (const std::string& id : ids) told += said_of(id).contains("judged") ? 1 : 0;
  EXPECT_EQ(told, 2);
}

TEST_F(LiveJobTest, WhatWasNotKeptIsSkippedAndARuleThatIsGoneSaysNothing) {
  const RulePtr polite = rule(kPolite);
  const std::string blank = request("");
  pick(*polite, blank);
  Held run = held();
  ASSERT_TRUE(job_->run(run));
  EXPECT_EQ(said_of(blank), Said{});
  EXPECT_EQ(live_->counts("acme", "polite")->skipped, 1);
}

TEST_F(LiveJobTest, WhatFailsIsForPeopleToSeeOnce) {
  const RulePtr strict = rule(
      R"({"name":"strict","sample":1,"review":"failed","reviewers":2,
          "assertions":[{"type":"contains","value":"thank"}]})");
  const std::string good = request("thank you"), bad = request("go away");
  pick(*strict, good);
  pick(*strict, bad);
  Held run = held();
  run.killed = true;
  EXPECT_FALSE(job_->run(run));
  start();
  run.killed = false;
  ASSERT_TRUE(job_->run(run));
  const auto queue = reviews_->list("acme", {});
  ASSERT_TRUE(queue);
  ASSERT_EQ(queue->reviews.size(), 1u);
  const Review& one = queue->reviews.front();
  EXPECT_EQ(one.request_id, bad);
  EXPECT_EQ(one.source, "strict");
  EXPECT_EQ(one.needed, 2);
  ASSERT_EQ(one.verdicts.size(), 1u);
  EXPECT_FALSE(one.verdicts.front().passed);
}

}  // namespace
}  // namespace maester::evals
