#include "jobs/schedules.h"

#include "jobs/queue_testing.h"

namespace maester::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class SchedulesTest : public QueueTest {
 protected:
  static Schedule nightly() {
    return {.tenant = "acme",
            .name = "nightly",
            .timetable = "@every 15m",
            .kind = "work",
            .payload = "{}",
            .steps = {"run"}};
  }
  std::size_t jobs() { return queue_->list("acme", std::nullopt, "", 100)->jobs.size(); }
};

TEST_F(SchedulesTest, FiresAtItsTimesAndTheJobIsLikeAnyOther) {
  const auto put = queue_->schedules().put(nightly());
  ASSERT_TRUE(put) << put.error().message << put.error().detail;
  EXPECT_EQ(put->next_at, clock_.wall() + minutes{15});
  EXPECT_TRUE(queue_->schedules().fire()->empty());
  for (int i = 0; i < 3; ++i) {
    clock_.advance(minutes{15});
    ASSERT_EQ(queue_->schedules().fire()->size(), 1u);
    ASSERT_TRUE(queue_->schedules().fire()->empty()) << "once for each time";
    auto lease = take();
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->job.steps.size(), 1u);
    EXPECT_EQ(queue_->schedules().find("acme", "nightly")->last_job, lease->job.id);
    ASSERT_TRUE(leases().finish(*lease, "{}"));
  }
}

TEST_F(SchedulesTest, ItsNextTimeOutlivesTheProcessAndWhatWasMissedFiresOnce) {
  ASSERT_TRUE(queue_->schedules().put(nightly()));
  clock_.advance(hours{5} + minutes{1});
  open();
  ASSERT_EQ(queue_->schedules().fire()->size(), 1u);
  EXPECT_EQ(jobs(), 1u);
  EXPECT_EQ(queue_->schedules().find("acme", "nightly")->next_at, clock_.wall() + minutes{14});
}

TEST_F(SchedulesTest, ATimeIsPassedOverWhileTheLastJobLives) {
  ASSERT_TRUE(queue_->schedules().put(nightly()));
  clock_.advance(minutes{15});
  ASSERT_TRUE(queue_->schedules().fire()->at(0).added);
  clock_.advance(minutes{15});
  EXPECT_FALSE(queue_->schedules().fire()->at(0).added);
  EXPECT_EQ(jobs(), 1u);
}

TEST_F(SchedulesTest, APausedOneRestsAndPuttingTheSameAgainKeepsItsTime) {
  Schedule schedule = nightly();
  ASSERT_TRUE(queue_->schedules().put(schedule));
  clock_.advance(minutes{10});
  EXPECT_EQ(queue_->schedules().put(schedule)->next_at, clock_.wall() + minutes{5});
  schedule.paused = true;
  ASSERT_TRUE(queue_->schedules().put(schedule));
  clock_.advance(hours{1});
  EXPECT_TRUE(queue_->schedules().fire()->empty());
  schedule.paused = false;
  EXPECT_EQ(queue_->schedules().put(schedule)->next_at, clock_.wall() + minutes{15});
}

TEST_F(SchedulesTest, ObjectsOfTheTenantOnly) {
  ASSERT_TRUE(queue_->schedules().put(nightly()));
  EXPECT_EQ(queue_->schedules().find("other", "nightly").error().code, Code::not_found);
  EXPECT_EQ(queue_->schedules().remove("other", "nightly").error().code, Code::not_found);
  EXPECT_EQ(queue_->schedules().list("acme")->size(), 1u);
  ASSERT_TRUE(queue_->schedules().remove("acme", "nightly"));
  EXPECT_TRUE(queue_->schedules().list("acme")->empty());
}

TEST_F(SchedulesTest, BadOnesAreRefused) {
  Schedule schedule = nightly();
  schedule.timetable = "whenever";
  EXPECT_EQ(queue_->schedules().put(schedule).error().code, Code::invalid_request);
  schedule = nightly();
  schedule.name = "";
  EXPECT_EQ(queue_->schedules().put(schedule).error().code, Code::invalid_request);
}

}  // namespace
}  // namespace maester::jobs
