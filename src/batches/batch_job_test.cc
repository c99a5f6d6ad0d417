#include "batches/batch_job.h"

#include "batches/batch_testing.h"

namespace maester::batches {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ids(int count) {
  std::vector<std::string> out;
  for (int n = 1; n <= count; ++n) out.push_back("r" + std::to_string(n));
  return out;
}

TEST_F(BatchTest, AnswersEveryLineInTheOrderOfItsInput) {
  const Batch batch = run(create(lines(300)));
  EXPECT_EQ(batch.status, BatchStatus::completed);
  EXPECT_EQ(batch.total, 300);
  EXPECT_EQ(batch.completed, 300);
  EXPECT_EQ(batch.failed, 0);
  EXPECT_EQ(batch.error_file, "");
  EXPECT_EQ(custom_ids(batch.output_file), ids(300));
  EXPECT_EQ(batch.tokens.input, 600);
  EXPECT_EQ(batch.tokens.output, 900);
  EXPECT_EQ(batch.cost, FemtoUsd::from_units(1500));
  EXPECT_GT(loopback_.most(), 1u);
  EXPECT_LE(loopback_.most(), concurrency_);
  const std::string text = read(batch.output_file);
  EXPECT_THAT(
      text.substr(0, text.find('\n')),
      HasSubstr(R"("response":{"status_code":200,"request_id":"req","body":{"echo":{"n":1})"));
  for (const gateway::LoopbackAsk& ask : loopback_.seen()) {
    EXPECT_EQ(ask.tenant, "t");
    EXPECT_EQ(ask.key_id, "key");
    EXPECT_EQ(ask.purpose, "batch");
    EXPECT_EQ(ask.priority, gateway::Priority::batch);
    EXPECT_FALSE(ask.batch_price);
  }
}

TEST_F(BatchTest, BadInputIsToldLineByLineAndNothingIsAsked) {
  const std::string text =
      line(1) + "{\n\n" + line(1) +
      R"({"custom_id":"a","method":"GET","url":"/v1/chat/completions","body":{}})" + "\n" +
      R"({"custom_id":"b","method":"POST","url":"/v1/embeddings","body":{}})" + "\n" +
      line(2, R"(,"stream":true)") + R"({"method":"POST","url":"/v1/chat/completions","body":{}})" +
      "\n" + R"({"custom_id":"c","method":"POST","url":"/v1/chat/completions"})" + "\n[]";
  const Batch batch = run(create(text));
  EXPECT_EQ(batch.status, BatchStatus::failed);
  EXPECT_TRUE(loopback_.seen().empty());
  std::vector<std::string> told;
  for (const InputError& one : batch.errors)
    told.push_back(std::to_string(one.line) + " " + one.code + " " + one.param);
  EXPECT_THAT(told, ElementsAre("2 invalid_json_line ", "4 duplicate_custom_id custom_id",
                                "5 invalid_method method", "6 mismatched_endpoint url",
                                "7 stream_not_supported body.stream",
                                "8 missing_required_parameter custom_id",
                                "9 missing_required_parameter body", "10 invalid_json_line "));
}

TEST_F(BatchTest, EmptyAndTooLongInputIsRefused) {
  EXPECT_EQ(run(create("\n\n")).errors.at(0).code, "empty_file");
  EXPECT_EQ(run(create(lines(1'001))).errors.at(0).code, "too_many_requests");
  const Batch batch =
      run(create(line(1) + line(2, ",\"x\":\"" + std::string(300'000, 'x') + "\"")));
  ASSERT_EQ(batch.errors.size(), 1u);
  EXPECT_EQ(batch.errors[0].code, "line_too_long");
  EXPECT_EQ(batch.errors[0].line, 2);
}

// The process dies before each of its commits in turn, with answers that it had and did not write
// down.
TEST_F(BatchTest, ADeathAtAnyCommitAsksNothingTwice) {
  int deaths = 0;
  for (int after = 0;; ++after) {
    const int count = 150;
    Batch batch = create(lines(count));
    {
      const auto first = take();
      first->fences_left = after;
      const auto died = job_->run(*first);
      if (died) {
        EXPECT_GT(deaths, 3);
        break;
      }
      ++deaths;
    }
    open();
    clock_.advance(std::chrono::hours{1});  // its next attempt is due
    batch = run(batch);
    EXPECT_EQ(batch.status, BatchStatus::completed) << after;
    EXPECT_EQ(batch.completed, count) << after;
    EXPECT_EQ(custom_ids(batch.output_file), ids(count)) << after;
    EXPECT_TRUE(files_->remove("t", batch.input_file));
  }
  // Bodies are the same in every round.
  for (const auto& [body, times] : loopback_.asked()) EXPECT_EQ(times, deaths + 1) << body;
}

TEST_F(BatchTest, AnswersOfALostLeaseAreNotCommitted) {
  Batch batch = create(lines(20));
  const auto lost = take();
  const Fence fence = [&](store::Database& db) { return lost->fence(db); };
  ASSERT_TRUE(batches_->start(batch, 20, "", fence));
  open();  // taken back: its epoch has moved on
  clock_.advance(std::chrono::hours{1});
  const auto next = take();
  const Progress late{
      .lines = {{.line = 1, .outcome = LineResult::Outcome::answered, .attempt = 0, .text = "{}"}},
      .tokens = {},
      .cost = {}};
  TestRun old(queue_->leases(), lost->lease());
  const auto done =
      batches_->commit(batch, late, [&](store::Database& db) { return old.fence(db); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::cancelled);
  ASSERT_TRUE(job_->run(*next));
  EXPECT_EQ(custom_ids(find(batch).output_file), ids(20));
}

TEST_F(BatchTest, RefusalsFailTheirLinesAndNoOthers) {
  loopback_.script([](const gateway::LoopbackAsk& ask, int) {
    if (ask.body.find(R"("n":2)") != std::string::npos)
      return ScriptedLoopback::reply(402, R"({"error":{"code":"budget_exceeded","message":"no"}})");
    if (ask.body.find(R"("n":3)") != std::string::npos)
      return ScriptedLoopback::reply(409, R"({"error":{"code":"outcome_unknown","message":"?"}})");
    return ScriptedLoopback::good(ask);
  });
  const Batch batch = run(create(lines(4)));
  EXPECT_EQ(batch.status, BatchStatus::completed);
  EXPECT_EQ(batch.completed, 2);
  EXPECT_EQ(batch.failed, 2);
  EXPECT_THAT(custom_ids(batch.output_file), ElementsAre("r1", "r4"));
  EXPECT_THAT(custom_ids(batch.error_file), ElementsAre("r2", "r3"));
  EXPECT_THAT(read(batch.error_file), HasSubstr(R"("status_code":402)"));
  EXPECT_THAT(read(batch.error_file),
              HasSubstr(R"("response":null,"error":{"code":"outcome_unknown")"));
}

TEST_F(BatchTest, ALimitIsObeyedAndItsLinesAskedAgainUnderAnotherKey) {
  loopback_.script([](const gateway::LoopbackAsk& ask, int time) {
    if (time > 0) return ScriptedLoopback::good(ask);
    auto busy = ScriptedLoopback::reply(429, R"({"error":{"code":"rate_limited"}})");
    busy.retry_after = milliseconds{50};
    return busy;
  });
  const Batch batch = run(create(lines(12)));
  EXPECT_EQ(batch.status, BatchStatus::completed);
  EXPECT_EQ(batch.completed, 12);
  for (const auto& [body, times] : loopback_.asked()) EXPECT_EQ(times, 2) << body;
}

TEST_F(BatchTest, AFaultOnTheWayIsTriedThreeTimes) {
  loopback_.script([](const gateway::LoopbackAsk&, int) {
    return ScriptedLoopback::reply(502, R"({"error":{"code":"upstream_error"}})");
  });
  (void)create(lines(1));
  const auto attempt = take();
  attempt->on_progress = [&] { clock_.advance(std::chrono::seconds{1}); };
  ASSERT_TRUE(job_->run(*attempt));
  EXPECT_EQ(loopback_.seen().size(), 3u);
}

TEST_F(BatchTest, ACancelKeepsWhatIsFinished) {
  concurrency_ = 2;
  Batch batch = create(lines(200));
  const auto attempt = take();
  attempt->on_progress = [&] {
    if (loopback_.seen().size() > 20 && find(batch).status == BatchStatus::in_progress) {
      EXPECT_TRUE(batches_->cancel("t", batch.id));
      clock_.advance(std::chrono::seconds{1});  // it looks again
    }
  };
  ASSERT_TRUE(job_->run(*attempt));
  batch = find(batch);
  EXPECT_EQ(batch.status, BatchStatus::cancelled);
  EXPECT_GE(batch.completed, 20);
  EXPECT_LT(batch.completed, 200);
  EXPECT_EQ(batch.completed + batch.failed, 200);
  EXPECT_EQ(static_cast<std::int64_t>(custom_ids(batch.output_file).size()), batch.completed);
  EXPECT_EQ(static_cast<std::int64_t>(loopback_.asked().size()), batch.completed);
  EXPECT_THAT(read(batch.error_file), HasSubstr(R"("error":{"code":"batch_cancelled")"));
  EXPECT_FALSE(batches_->cancel("t", batch.id));
}

TEST_F(BatchTest, TheEndOfItsWindowMarksTheRest) {
  concurrency_ = 2;
  Batch batch = create(lines(200));
  const auto attempt = take();
  bool late = false;
  attempt->on_progress = [&] {
    if (loopback_.seen().size() > 20 && !late) clock_.advance(std::chrono::hours{24}), late = true;
  };
  ASSERT_TRUE(job_->run(*attempt));
  batch = find(batch);
  EXPECT_EQ(batch.status, BatchStatus::expired);
  EXPECT_GE(batch.completed, 20);
  EXPECT_EQ(batch.completed + batch.failed, 200);
  EXPECT_EQ(static_cast<std::int64_t>(custom_ids(batch.output_file).size()), batch.completed);
  EXPECT_THAT(read(batch.error_file), HasSubstr(R"("error":{"code":"batch_expired")"));
}

TEST_F(BatchTest, AStopOfTheProcessLosesNothingThatWasAnswered) {
  concurrency_ = 4;
  Batch batch = create(lines(100));
  {
    const auto attempt = take();
    attempt->on_progress = [&] {
      if (loopback_.seen().size() > 30) attempt->stop = true;
    };
    const auto stopped = job_->run(*attempt);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Code::cancelled);
    EXPECT_EQ(find(batch).completed, static_cast<std::int64_t>(loopback_.asked().size()));
    ASSERT_TRUE(queue_->leases().release(attempt->lease()));
  }
  batch = run(batch);
  EXPECT_EQ(batch.completed, 100);
  EXPECT_EQ(loopback_.seen().size(), 100u);
}

TEST_F(BatchTest, AJobThatEndedWithoutItsBatchIsReplaced) {
  Batch batch = create(lines(5));
  ASSERT_TRUE(queue_->cancel("t", batch.job));
  EXPECT_EQ(*batches_->adopt(), 1);
  EXPECT_EQ(*batches_->adopt(), 0);
  EXPECT_EQ(run(batch).status, BatchStatus::cancelled);
  EXPECT_TRUE(loopback_.seen().empty());
}

TEST_F(BatchTest, TheGrantedTierIsAskedForUnlessALineSaysItsOwn) {
  grant_ = {.service_tier = "flex", .batch_price = true};
  ASSERT_EQ(run(create(line(1) + line(2, R"(,"service_tier":"auto")"))).completed, 2);
  std::vector<std::string> bodies;
  for (const gateway::LoopbackAsk& ask : loopback_.seen()) {
    bodies.push_back(ask.body);
    EXPECT_TRUE(ask.batch_price);
  }
  EXPECT_THAT(bodies, ::testing::UnorderedElementsAre(R"({"n":1,"service_tier":"flex"})",
                                                      R"({"n":2,"service_tier":"auto"})"));
}

}  // namespace
}  // namespace maester::batches
