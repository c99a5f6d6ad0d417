// Human review: a queue of requests that somebody is to look at. They come from checks and
// knowledge that escalate (all of them, by the projection), from live rules that sample, and by
// hand. What reviewers say flows into datasets and tells how far graders can be trusted
// (agreement.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/tenant_rows.h"
#include "access/vault.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/random.h"
#include "base/result.h"
#include "store/locked_database.h"

namespace maester::evals {

enum class ReviewOrigin : std::uint8_t { escalated, sampled, manual };
enum class ReviewState : std::uint8_t { open, assigned, done, dismissed };
std::string_view to_string(ReviewOrigin origin);
std::string_view to_string(ReviewState state);
std::optional<ReviewState> parse_review_state(std::string_view name);

// What a grader said of the request when it was answered.
struct GraderVerdict {
  std::string grader;
  bool passed = false;
  std::int64_t score = 0;  // in millionths
};

struct ReviewLabel {
  std::string reviewer;                 // a key's id
  std::string label;                    // "pass", "fail", or a word of the team's own
  std::optional<std::int64_t> score{};  // in millionths
  std::string comment{}, correction{};  // what the answer should have been
  WallTime at{};
};

struct Review {
  std::string tenant{}, id{}, request_id{};
  ReviewOrigin origin = ReviewOrigin::manual;
  std::string source{};  // the check or the rule that asks for it
  std::string reason{}, prompt{}, model{};
  ReviewState state = ReviewState::open;
  std::string assignee{};
  std::int64_t needed = 1;  // labels until it is done
  std::vector<GraderVerdict> verdicts{};
  std::vector<ReviewLabel> labels{};  // find() and labelled() only
  WallTime created_at{}, updated_at{};
};

// Thread-safe; blocking SQL, never on a core's thread.
class ReviewStore final : public access::TenantRows {
 public:
  static Result<std::unique_ptr<ReviewStore>> open(store::LockedDatabase& work,
                                                   access::Vault& vault, const Clock& clock,
                                                   Random& random);

  // Inside a transaction of the caller's. A request that has a review keeps it.
  Status add(store::Database& work, const Review& review);
  // Answers the request's review, new or not.
  Result<Review> add(Review review);

  Result<Review> find(std::string_view tenant, std::string_view id);  // Code::not_found
  struct Query {
    std::optional<ReviewState> state{};
    std::string assignee{}, cursor{};
    std::size_t limit = 50;
  };
  struct Page {
    std::vector<Review> reviews;  // oldest first: a queue
    std::string next_cursor;
  };
  Result<Page> list(std::string_view tenant, const Query& query);

  // The oldest open one becomes the reviewer's; Code::not_found when none is open.
  Result<Review> claim(std::string_view tenant, std::string_view reviewer);
  // To somebody, or "" to nobody. Code::conflict when it is another's than `expected` says, or is
  // over.
  Result<Review> assign(std::string_view tenant, std::string_view id, std::string_view assignee,
                        std::optional<std::string_view> expected);
  // With the last label that is needed it is done.
  Result<Review> label(std::string_view tenant, std::string_view id, ReviewLabel label);
  Result<Review> dismiss(std::string_view tenant, std::string_view id);
  // Reviews with a label, the newest `limit`, labels and all but their texts.
  Result<std::vector<Review>> labelled(std::string_view tenant, std::size_t limit);

  Status erase(store::Database& db, std::string_view tenant) override;
  void forget(std::string_view) override {}

 private:
  ReviewStore(store::LockedDatabase& work, access::Vault& vault, const Clock& clock, Random& random)
      : work_(work), vault_(vault), clock_(clock), ids_(clock, random) {}
  Result<Review> read(store::Database& db, std::string_view tenant, std::string_view id);
  Status read_labels(store::Database& db, Review& review, bool texts);
  Status set(store::Database& db, const Review& review, ReviewState state,
             std::string_view assignee);
  std::int64_t now() const;
  store::LockedDatabase& work_;
  access::Vault& vault_;
  const Clock& clock_;
  IdGenerator ids_;  // used with the database held
};

}  // namespace maester::evals
