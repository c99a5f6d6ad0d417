// A queue in a directory of its own with a clock that stands still, for tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "jobs/lease.h"
#include "jobs/queue.h"
#include "jobs/rules.h"
#include "jobs/schedules.h"
#include "store/test_directory.h"

namespace maester::jobs {

class QueueTest : public ::testing::Test {
 protected:
  QueueTest() { open(); }

  // The start of a process. The one before may have been killed at any place.
  void open() {
    queue_.reset();
    work_.reset();
    auto db = store::Database::open(directory_.path() + "/work.db", store::Database::Sync::off);
    work_ = std::make_unique<store::LockedDatabase>(std::move(*db));
    auto queue = Queue::open(*work_, clock_, random_);
    ASSERT_TRUE(queue) << queue.error().message << queue.error().detail;
    queue_ = std::move(*queue);
  }

  Queue::Added add(NewJob job) {
    Result<Queue::Added> added = fail(Code::internal, "");
    const auto db = work_->use();
    const Status done = db->transaction([&]() -> Status {
      added = queue_->add(*db, job);
      return added ? Status() : fail(added.error());
    });
    EXPECT_TRUE(done) << done.error().message << done.error().detail;
    return added.value_or(Queue::Added{});
  }
  std::string add(std::string tenant, std::string subject = "a.pdf") {
    return add(NewJob{.tenant = std::move(tenant), .kind = "work", .subject = std::move(subject)})
        .id;
  }

  // The next lease; nullopt when there is none.
  std::optional<Lease> take(std::size_t per_tenant = 2) {
    auto taken = leases().take({.kinds = {"work"}, .per_tenant = per_tenant, .worker = "w"});
    EXPECT_TRUE(taken) << taken.error().detail;
    return taken ? std::move(taken->lease) : std::nullopt;
  }
  Job job(std::string_view tenant, std::string_view id) {
    auto found = queue_->find(tenant, id);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Job{});
  }
  Leases& leases() { return queue_->leases(); }
  static Error error(Code code) { return make_error(code, "It did not work."); }

  store::TestDirectory directory_;
  ManualClock clock_;
  SeededRandom random_{7};
  std::unique_ptr<store::LockedDatabase> work_;
  std::unique_ptr<Queue> queue_;
};

}  // namespace maester::jobs
