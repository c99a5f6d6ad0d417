// What reviewers said, as cases of a dataset: the request that was reviewed is a case's input, and
// what the answer should have been is what is expected. Thread-safe; blocking, never on a core's
// thread.
#pragma once

#include <optional>
#include <string>

#include "codec/json.h"
#include "evals/datasets/recorded.h"
#include "evals/reviews/review.h"

namespace maester::evals {

// Which reviews. All that is given must hold. What is said of labels holds for the last one: of
// the reviewer, where one is named, else of anybody.
struct ReviewFilter {
  std::string label{}, reviewer{};
  bool corrected = false;  // with a correction
  bool agreed = false;     // all labels are the same word
  // What a grader said when the request was answered: its name, and whether it passed.
  std::string grader{};
  std::optional<bool> grader_passed{};
  std::optional<ReviewOrigin> origin{};
  std::string source{}, prompt{}, model{};
  std::optional<WallTime> from{}, to{};  // from <= time of the label < to
  std::size_t limit = 1'000;
};
// The newest labelled reviews are looked at, so many.
inline constexpr std::size_t kMostReviews = 10'000;
// Code::invalid_request, naming the member.
Result<ReviewFilter> read_review_filter(json::Value value);

// The label that the filter is about; null when the review does not fit.
const ReviewLabel* fitting_label(const ReviewFilter& filter, const Review& review);

// Newest first. `source.review` and `source.request_id` tell where each came from; state pending.
Result<RecordedRequests::Cases> review_cases(ReviewStore& reviews, RecordedRequests& recorded,
                                             const std::string& tenant, const ReviewFilter& filter);

}  // namespace maester::evals
