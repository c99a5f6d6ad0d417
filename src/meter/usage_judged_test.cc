// What is said of requests afterwards, and who is told of their end.
#include <gtest/gtest.h>

#include "base/id.h"
#include "base/random.h"
#include "meter/usage_store.h"
#include "store/faulty_file_system.h"
#include "store/test_directory.h"

namespace maester::meter {
namespace {

class Watcher final : public RequestObserver {
 public:
  void ended(const Settlement& settlement) override { seen_.push_back(settlement.request_id); }
  Status keep() override {
    if (broken) return fail(Code::io_error, "no room");
    kept.insert(kept.end(), seen_.begin(), seen_.end());
    seen_.clear();
    return {};
  }
  bool broken = false;
  std::vector<std::string> kept;

 private:
  std::vector<std::string> seen_;
};

class UsageJudgedTest : public ::testing::Test {
 protected:
  UsageJudgedTest() {
    auto journal = store::Journal::open(
        disk_, {.directory = "journal", .lanes = 2, .segment_bytes = 1 << 16, .threads = false});
    journal_ = std::move(*journal);
    open();
  }
  void open() {
    usage_.reset();
    auto usage = UsageStore::open(*journal_, {.path = directory_.path() + "/usage.db",
                                              .batch_records = 8,
                                              .clock = &clock_,
                                              .observer = &watcher_});
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
  std::string request(std::string_view evaluation = {}, std::int64_t status = 200,
                      std::uint32_t lane = 0) {
    Settlement out;
    out.request_id = ids_.uuid().to_string();
    out.at = clock_.wall();
    out.dimensions.tenant = "t";
    out.dimensions.model = "m";
    out.usage.output = 5;
    out.cost = *FemtoUsd::parse("0.002");
    out.status = status;
    out.duration_ms = 70;
    out.receipt = "{\"request_id\":\"" + out.request_id + "\"" +
                  (evaluation.empty() ? "" : ",\"evaluation\":" + std::string(evaluation)) + "}";
    Intent intent;
    intent.request_id = out.request_id;
    intent.at = out.at;
    intent.dimensions = out.dimensions;
    EXPECT_TRUE(journal_->append(lane, store::RecordKind::intent, encode(intent)));
    EXPECT_TRUE(journal_->append(lane, store::RecordKind::settlement, encode(out)));
    return out.request_id;
  }
  void say(const std::string& request, const std::string& name, const std::string& value,
           std::uint32_t lane = 0) {
    Feedback out{.id = ids_.uuid().to_string(),
                 .request_id = request,
                 .tenant = "t",
                 .at = clock_.wall(),
                 .name = name,
                 .value = value,
                 .comment = "",
                 .source = "rule:x"};
    EXPECT_TRUE(journal_->append(lane, store::RecordKind::feedback, encode(out)));
  }
  UsageAnswer answer() {
    return *usage_->tenant("t").usage({.group_by = {GroupBy::model}, .from_day = "", .to_day = ""});
  }

  ManualClock clock_;
  SeededRandom random_{1};
  IdGenerator ids_{clock_, random_};
  store::TestDirectory directory_;
  store::FaultyFileSystem disk_;
  std::unique_ptr<store::Journal> journal_;
  Watcher watcher_;
  std::unique_ptr<UsageStore> usage_;
};

constexpr std::string_view kPass = R"({"status":"pass","reliability_score":0.9750,"metrics":[]})";
constexpr std::string_view kFail = R"({"status":"fail","reliability_score":0.5000,"metrics":[]})";

TEST_F(UsageJudgedTest, WithoutAWordATaskSucceededThatWasAnsweredAndPassedItsChecks) {
  const std::string good = request(kPass);
  const std::string bad = request(kFail);
  const std::string plain = request();
  const std::string broken = request({}, 502);
  project();
  EXPECT_EQ(answer().total.requests, 4);
  EXPECT_EQ(answer().total.successes, 2);
  const auto row = usage_->tenant("t").find(good);
  EXPECT_TRUE(row->success);
  EXPECT_EQ(row->verdict, true);
  EXPECT_EQ(row->score, 975'000);
  EXPECT_EQ(row->duration_ms, 70);
  EXPECT_EQ(usage_->tenant("t").find(bad)->verdict, false);
  EXPECT_FALSE(usage_->tenant("t").find(bad)->success);
  EXPECT_FALSE(usage_->tenant("t").find(plain)->verdict.has_value());
  EXPECT_FALSE(usage_->tenant("t").find(broken)->success);
}

TEST_F(UsageJudgedTest, TheNewestYesOrNoHolds) {
  const std::string one = request(kPass);
  project();
  say(one, "thumbs", "false");
  project();
  EXPECT_EQ(answer().total.successes, 0);
  EXPECT_FALSE(usage_->tenant("t").find(one)->success);
  say(one, "thumbs", "false");
  project();
  EXPECT_EQ(answer().total.successes, 0);
  say(one, "thumbs", "true");
  project();
  EXPECT_EQ(answer().total.successes, 1);
  say(one, "stars", "2");
  say(one, "words", "\"false\"");
  project();
  EXPECT_EQ(answer().total.successes, 1);
}

TEST_F(UsageJudgedTest, WhatIsSaidIsSummedByNameAndGroup) {
  const std::string one = request();
  const std::string two = request();
  project();
  say(one, "tone", "0.25");
  say(two, "tone", "0.75");
  say(two, "helpful", "true");
  say(two, "word", "\"fine\"");
  project();
  const auto found = answer();
  ASSERT_EQ(found.rows.size(), 1U);
  const Scores& scores = found.rows[0].scores;
  EXPECT_EQ(scores.at("tone").count, 2);
  EXPECT_EQ(scores.at("tone").sum, 1'000'000);
  EXPECT_EQ(scores.at("tone").passes, 1);
  EXPECT_EQ(scores.at("helpful").passes, 1);
  EXPECT_FALSE(scores.contains("word"));
  EXPECT_EQ(found.scores.at("tone").count, 2);
}

// While usage.db is made anew another lane's word may be read before the end of its request.
TEST_F(UsageJudgedTest, AWordThatIsReadBeforeItsRequestCountsAllTheSame) {
  std::string late;
  for (int i = 0; i < 8; ++i) late = request({}, 200, 1);
  say(late, "thumbs", "false", 0);
  EXPECT_TRUE(usage_->project_batch());  // lane 0 whole, half of lane 1
  open();                                // what is early outlives the process
  project();
  EXPECT_EQ(answer().total.requests, 8);
  EXPECT_EQ(answer().total.successes, 7);
  EXPECT_EQ(answer().scores.at("thumbs").count, 1);
}

TEST_F(UsageJudgedTest, TheWatcherIsToldOfEachEndAndABatchWaitsForIt) {
  const std::string one = request();
  watcher_.broken = true;
  EXPECT_FALSE(usage_->project_batch());
  EXPECT_FALSE(usage_->tenant("t").find(one));
  watcher_.broken = false;
  project();
  EXPECT_TRUE(usage_->tenant("t").find(one));
  ASSERT_FALSE(watcher_.kept.empty());
  EXPECT_EQ(watcher_.kept.back(), one);
}

}  // namespace
}  // namespace maester::meter
