// Sees every request end: what was escalated goes to the review queue, all of it; what live rules
// cover is picked by their share.
#pragma once

#include <string>
#include <vector>

#include "evals/live/live_store.h"
#include "evals/reviews/review.h"
#include "jobs/queue.h"
#include "meter/request_observer.h"
#include "store/locked_database.h"

namespace maester::evals {

// On the projection's thread.
class RequestWatcher final : public meter::RequestObserver {
 public:
  RequestWatcher(store::LockedDatabase& work, jobs::Queue& queue, LiveStore& live,
                 ReviewStore& reviews, const Clock& clock)
      : work_(work), queue_(queue), live_(live), reviews_(reviews), clock_(clock) {}
  void ended(const meter::Settlement& settlement) override;
  Status keep() override;

 private:
  struct Picked {
    RulePtr rule;
    std::string request_id;
  };
  void look_at_rules(const meter::Settlement& settlement);
  void escalated(const meter::Settlement& settlement);
  store::LockedDatabase& work_;
  jobs::Queue& queue_;
  LiveStore& live_;
  ReviewStore& reviews_;
  const Clock& clock_;
  std::vector<Picked> picked_;
  std::vector<Review> to_review_;
};

// A review of this request as its settlement tells it: prompt, model, what its checks said.
Review review_of(const meter::Settlement& settlement, ReviewOrigin origin);

}  // namespace maester::evals
