// What a prompt's label answered, as the projection keeps it.
#include <gtest/gtest.h>

#include "base/id.h"
#include "base/random.h"
#include "meter/receipt_label.h"
#include "meter/usage_store.h"
#include "store/faulty_file_system.h"
#include "store/test_directory.h"

namespace maester::meter {
namespace {

TEST(ReceiptLabel, IsReadOfLiveTrafficAlone) {
  const std::string prompt =
      R"("prompt":{"name":"greet","version":"v1","label":"production","hash":"x","template_hash":"y"})";
  EXPECT_EQ(label_of("{\"request_id\":\"r\"," + prompt + ",\"error\":null}"), "production");
  EXPECT_EQ(label_of("{" + prompt + R"(,"purpose":"batch"})"), "production");
  EXPECT_EQ(label_of("{" + prompt + R"(,"purpose":"eval"})"), "");
  EXPECT_EQ(label_of("{" + prompt + R"(,"shadow_of":"r"})"), "");
  EXPECT_EQ(label_of("{" + prompt + R"(,"replay_of":"r"})"), "");
  EXPECT_EQ(label_of("{" + prompt + R"(,"judges_for":"r"})"), "");
  EXPECT_EQ(
      label_of(
          R"({"prompt":{"name":"greet","version":"v1","label":null,"hash":"x"},"label":"no"})"),
      "");
  EXPECT_EQ(label_of(R"({"prompt":null})"), "");
  // What a caller says stands in strings, whose quotes are escaped.
  EXPECT_EQ(
      label_of(
          R"({"client_request_id":"\"prompt\":{\"name\":\"a\",\"label\":\"b\"","prompt":null})"),
      "");
  EXPECT_EQ(label_of("{\"client_request_id\":\"\\\"shadow_of\\\":\\\"\"," + prompt + "}"),
            "production");
}

class UsageLabelsTest : public ::testing::Test {
 protected:
  UsageLabelsTest() {
    journal_ = std::move(*store::Journal::open(
        disk_, {.directory = "journal", .lanes = 2, .segment_bytes = 1 << 16, .threads = false}));
    auto usage = UsageStore::open(
        *journal_, {.path = directory_.path() + "/usage.db", .batch_records = 8, .clock = &clock_});
    usage_ = std::move(*usage);
  }
  std::string request(std::string version, std::string label, Outcome outcome = Outcome::settled,
                      std::int64_t status = 200, std::string more = "") {
    Settlement out;
    out.request_id = ids_.uuid().to_string();
    out.at = clock_.wall();
    out.outcome = outcome;
    out.attempt = outcome == Outcome::blocked ? 0 : 1;
    out.dispatched = outcome != Outcome::blocked;
    out.dimensions.tenant = "t";
    out.dimensions.prompt_name = "greet";
    out.dimensions.prompt_version = version;
    out.cost = *FemtoUsd::parse("0.002");
    out.status = status;
    out.duration_ms = 70;
    out.receipt = R"({"prompt":{"name":"greet","version":")" + version + R"(","label":)" +
                  (label.empty() ? "null" : "\"" + label + "\"") + "}" + more + "}";
    EXPECT_TRUE(journal_->append(0, store::RecordKind::settlement, encode(out)));
    return out.request_id;
  }
  LabelAnswers answers(LabelQuery query = {"greet", "production"}, std::string tenant = "t") {
    while (*usage_->project_batch() > 0) {
    }
    auto found = usage_->tenant(std::move(tenant)).label_answers(query);
    EXPECT_TRUE(found) << found.error().detail;
    return *found;
  }

  ManualClock clock_;
  SeededRandom random_{1};
  IdGenerator ids_{clock_, random_};
  store::TestDirectory directory_;
  store::FaultyFileSystem disk_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<UsageStore> usage_;
};

TEST_F(UsageLabelsTest, TellsWhatEachVersionAnswered) {
  const WallTime began = clock_.wall();
  const std::string first = request(
      "v1", "production", Outcome::settled, 200,
      R"(,"evaluation":{"status":"pass","reliability_score":0.9,"metrics":[]},"cache":"miss")");
  clock_.advance(std::chrono::seconds(1));
  request("v2", "production", Outcome::settled, 200, R"(,"cache":"hit")");
  clock_.advance(std::chrono::seconds(1));
  request("v2", "production", Outcome::failed, 502);
  request("v2", "production", Outcome::blocked, 402);
  request("v2", "canary");
  request("v2", "");
  const LabelAnswers all = answers();
  ASSERT_EQ(all.answers.size(), 3u);
  EXPECT_EQ(all.answers[0].version, "v2");
  EXPECT_FALSE(all.answers[0].answered);
  EXPECT_TRUE(all.answers[1].cached);
  EXPECT_EQ(all.answers[2].version, "v1");
  EXPECT_TRUE(all.answers[2].answered);
  EXPECT_EQ(all.answers[2].verdict, true);
  EXPECT_EQ(all.answers[2].score, 900'000);
  EXPECT_EQ(all.answers[2].duration_ms, 70);
  EXPECT_EQ(all.answers[2].cost->to_string(), "0.002");
  EXPECT_FALSE(all.more);
  EXPECT_EQ(answers({"greet", "production", began, began + std::chrono::seconds(1)}).answers.size(),
            1u);
  const LabelAnswers newest = answers({"greet", "production", {}, WallTime::max(), 2});
  EXPECT_EQ(newest.answers.size(), 2u);
  EXPECT_TRUE(newest.more);
  EXPECT_TRUE(answers({"greet", "production"}, "other").answers.empty());
}

TEST_F(UsageLabelsTest, FeedbackOfCallersComesWithTheVersion) {
  const std::string one = request("v1", "production"), two = request("v2", "production");
  const auto say = [&](const std::string& id, std::string value, std::string source) {
    const Feedback said{.id = ids_.uuid().to_string(),
                        .request_id = id,
                        .tenant = "t",
                        .at = clock_.wall(),
                        .name = "good",
                        .value = std::move(value),
                        .comment = "",
                        .source = std::move(source)};
    EXPECT_TRUE(journal_->append(1, store::RecordKind::feedback, encode(said)));
  };
  say(one, "true", "");
  say(two, "false", "");
  say(two, "0.1", "rule:live");
  const LabelAnswers all = answers();
  ASSERT_EQ(all.feedback.size(), 2u);
  for (const LabelFeedback& said : all.feedback)
    EXPECT_EQ(said.value, said.version == "v1" ? "true" : "false");
}

TEST_F(UsageLabelsTest, ACorrectedCostIsTold) {
  const std::string one = request("v1", "production");
  Correction correction;
  correction.request_id = one;
  correction.at = correction.made_at = clock_.wall();
  correction.dimensions.tenant = "t";
  correction.delta = *FemtoUsd::parse("0.001");
  EXPECT_TRUE(journal_->append(0, store::RecordKind::note, encode(correction)));
  EXPECT_EQ(answers().answers[0].cost->to_string(), "0.003");
}

}  // namespace
}  // namespace maester::meter
