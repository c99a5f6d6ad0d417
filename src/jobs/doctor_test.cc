#include "jobs/doctor.h"

#include "jobs/queue_testing.h"

namespace maester::jobs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

class DoctorTest : public QueueTest {
 protected:
  DoctorTest() { leases().report(workers_); }
  // The one finding on a job.
  Finding finding(std::string_view id) {
    const auto diagnosis = queue_->doctor("acme");
    EXPECT_TRUE(diagnosis) << diagnosis.error().detail;
    for (const Finding& one : diagnosis->findings) {
      if (one.id == id) return one;
    }
    ADD_FAILURE() << "nothing is said of " << id;
    return {};
  }
  WorkerStatus workers_{
      .started = true, .threads = 2, .busy = 1, .per_tenant = 2, .kinds = {"work"}};
};

TEST_F(DoctorTest, SaysNothingOfWhatMovesOrIsDone) {
  add("acme");
  auto lease = take();
  EXPECT_TRUE(queue_->doctor("acme")->findings.empty());
  EXPECT_EQ(queue_->doctor("acme")->running, 1);
  ASSERT_TRUE(leases().finish(*lease, "{}"));
  EXPECT_TRUE(queue_->doctor("acme")->findings.empty());
}

TEST_F(DoctorTest, NamesTheErrorAndTheTimeOfTheNextAttempt) {
  const std::string id = add("acme");
  auto lease = take();
  const auto after = leases().finish(*lease, fail(Code::upstream_error, "The provider is away."));
  const Finding found = finding(id);
  EXPECT_EQ(found.reason, Reason::retry_wait);
  EXPECT_EQ(found.until, after->due_at);
  EXPECT_THAT(found.explanation, HasSubstr("upstream_error: The provider is away."));
  EXPECT_THAT(found.explanation, HasSubstr(format_rfc3339(after->due_at)));
  EXPECT_THAT(found.explanation, HasSubstr("1 of 8 attempts"));
}

TEST_F(DoctorTest, NamesTheJobsThatFillTheTenantsCap) {
  const std::string first = add("acme", "one.pdf"), second = add("acme", "two.pdf");
  const std::string third = add("acme", "three.pdf");
  ASSERT_TRUE(take());
  ASSERT_TRUE(take());
  const Finding found = finding(third);
  EXPECT_EQ(found.reason, Reason::tenant_cap);
  EXPECT_THAT(found.behind, ::testing::UnorderedElementsAre(first, second));
  EXPECT_THAT(found.explanation, HasSubstr("`one.pdf`"));
}

TEST_F(DoctorTest, KnowsEveryReasonToWait) {
  const std::string id = add("acme");
  EXPECT_EQ(finding(id).reason, Reason::next);
  workers_.paused = true;
  leases().report(workers_);
  EXPECT_EQ(finding(id).reason, Reason::paused);
  leases().report({});
  EXPECT_EQ(finding(id).reason, Reason::no_workers);
  workers_.paused = false;
  leases().report(workers_);
  const std::string later =
      add(NewJob{.tenant = "acme", .kind = "work", .not_before = clock_.wall() + minutes{5}}).id;
  EXPECT_EQ(finding(later).reason, Reason::scheduled);
  EXPECT_EQ(finding(later).until, clock_.wall() + minutes{5});
  const std::string strange = add(NewJob{.tenant = "acme", .kind = "strange"}).id;
  EXPECT_EQ(finding(strange).reason, Reason::no_handler);
  auto lease = take();
  ASSERT_TRUE(leases().finish(*lease, fail(error(Code::budget_exceeded))));
  EXPECT_EQ(finding(id).reason, Reason::budget_wait);
}

TEST_F(DoctorTest, KnowsASilentWorker) {
  const std::string id = add("acme");
  ASSERT_TRUE(take());
  clock_.advance(kLease + seconds{1});
  EXPECT_EQ(finding(id).reason, Reason::silent);
}

TEST_F(DoctorTest, TellsPoisonFromGivenUpFromFailed) {
  const std::string poison = add("acme", "poison");
  for (int i = 0; i < kMaxCrashes; ++i) {
    ASSERT_TRUE(take());
    open();
    clock_.advance(minutes{5});
  }
  leases().report(workers_);
  EXPECT_EQ(finding(poison).reason, Reason::poison);
  const std::string tired = add("acme", "tired");
  for (int i = 0; i < kMaxAttempts; ++i) {
    auto lease = take();
    ASSERT_TRUE(lease);
    ASSERT_TRUE(leases().finish(*lease, fail(error(Code::upstream_error))));
    clock_.advance(std::chrono::hours{2});
  }
  EXPECT_EQ(finding(tired).reason, Reason::gave_up);
  const std::string bad = add("acme", "bad");
  auto lease = take();
  ASSERT_TRUE(leases().finish(*lease, fail(error(Code::too_large))));
  EXPECT_EQ(finding(bad).reason, Reason::failed);
  const auto diagnosis = queue_->doctor("acme");
  EXPECT_EQ(diagnosis->findings.front().reason, Reason::poison) << "the worst first";
  EXPECT_EQ(diagnosis->counts.at("gave_up"), 1);
  EXPECT_TRUE(queue_->doctor("other")->findings.empty());
}

}  // namespace
}  // namespace maester::jobs
