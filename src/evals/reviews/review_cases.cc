#include "evals/reviews/review_cases.h"

#include <algorithm>
#include <array>

#include "codec/json_object.h"
#include "codec/json_writer.h"

namespace maester::evals {
namespace {

Status read_time(json::Value value, std::optional<WallTime>& out) {
  if (value.empty()) return {};
  out = parse_rfc3339(value.string_or(""));
  if (out) return {};
  return fail(Code::invalid_request,
              "`" + value.path() + "` must be a time such as 2026-11-20T12:00:00Z, or a day.",
              value.path());
}

Status read_origin(json::Value value, std::optional<ReviewOrigin>& out) {
  if (value.empty()) return {};
  for (const ReviewOrigin one :
       {ReviewOrigin::escalated, ReviewOrigin::sampled, ReviewOrigin::manual}) {
    if (to_string(one) == value.string_or("")) out = one;
  }
  if (out) return {};
  return fail(Code::invalid_request, "`" + value.path() + "` must be escalated, sampled or manual.",
              value.path());
}

Status read_flag(json::Value value, bool& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(out, value.as_bool());
  return {};
}

Status read_grader(json::Value value, ReviewFilter& out) {
  if (value.empty()) return {};
  static constexpr std::array<std::string_view, 2> kKnown{"name", "passed"};
  TRY(json::only_known(value, kKnown));
  TRY_ASSIGN(out.grader, value.get("name").as_string());
  if (const json::Value passed = value.get("passed"); !passed.empty()) {
    TRY_ASSIGN(out.grader_passed, passed.as_bool());
  }
  return {};
}

bool same(const std::string& wanted, const std::string& given) {
  return wanted.empty() || wanted == given;
}

bool grader_fits(const ReviewFilter& filter, const Review& review) {
  if (filter.grader.empty()) return true;
  return std::ranges::any_of(review.verdicts, [&](const GraderVerdict& one) {
    return one.grader == filter.grader &&
           (!filter.grader_passed || one.passed == *filter.grader_passed);
  });
}

// What is expected and what the reviewer called it.
void tell(Case& one, const Review& review, const ReviewLabel& label) {
  if (!label.correction.empty()) one.expected = json::quote(label.correction);
  one.source.review = review.id;
  json::Writer w(one.metadata);
  w.begin_object().field("label", label.label).field("reviewer", label.reviewer);
  w.optional_field("comment", label.comment).end_object();
}

}  // namespace

Result<ReviewFilter> read_review_filter(json::Value value) {
  static constexpr std::array<std::string_view, 12> kKnown{
      "label",  "reviewer", "corrected", "agreed", "grader", "origin",
      "source", "prompt",   "model",     "from",   "to",     "limit"};
  TRY(json::only_known(value, kKnown));
  ReviewFilter out;
  TRY(json::read_text(value.get("label"), 64, out.label));
  TRY(json::read_text(value.get("reviewer"), 128, out.reviewer));
  TRY(read_flag(value.get("corrected"), out.corrected));
  TRY(read_flag(value.get("agreed"), out.agreed));
  TRY(read_grader(value.get("grader"), out));
  TRY(read_origin(value.get("origin"), out.origin));
  TRY(json::read_text(value.get("source"), 256, out.source));
  TRY(json::read_text(value.get("prompt"), 128, out.prompt));
  TRY(json::read_text(value.get("model"), 256, out.model));
  TRY(read_time(value.get("from"), out.from));
  TRY(read_time(value.get("to"), out.to));
  if (const json::Value limit = value.get("limit"); !limit.empty()) {
    TRY_ASSIGN(const std::int64_t most, limit.as_int());
    if (most < 1 || most > static_cast<std::int64_t>(kMostReviews)) {
      return fail(Code::invalid_request, "`limit` must be a number from 1 to 10,000.",
                  limit.path());
    }
    out.limit = static_cast<std::size_t>(most);
  }
  return out;
}

const ReviewLabel* fitting_label(const ReviewFilter& filter, const Review& review) {
  if ((filter.origin && review.origin != *filter.origin) || !same(filter.source, review.source) ||
      !same(filter.prompt, review.prompt) || !same(filter.model, review.model) ||
      !grader_fits(filter, review))
    return nullptr;
  const ReviewLabel* last = nullptr;
  for (const ReviewLabel& one : review.labels) {
    if (same(filter.reviewer, one.reviewer) && (last == nullptr || one.at >= last->at)) last = &one;
    if (filter.agreed && one.label != review.labels.front().label) return nullptr;
  }
  if (last == nullptr || !same(filter.label, last->label)) return nullptr;
  if ((filter.from && last->at < *filter.from) || (filter.to && last->at >= *filter.to))
    return nullptr;
  return last;
}

Result<RecordedRequests::Cases> review_cases(ReviewStore& reviews, RecordedRequests& recorded,
                                             const std::string& tenant,
                                             const ReviewFilter& filter) {
  TRY_ASSIGN(const std::vector<Review> labelled, reviews.labelled(tenant, kMostReviews));
  RecordedRequests::Cases out;
  out.more = labelled.size() == kMostReviews;
  for (const Review& known : labelled) {
    if (fitting_label(filter, known) == nullptr) continue;
    TRY_ASSIGN(const Review review, reviews.find(tenant, known.id));  // with its texts
    const ReviewLabel* label = fitting_label(filter, review);
    if (label == nullptr || (filter.corrected && label->correction.empty())) continue;
    if (out.cases.size() == filter.limit) {
      out.more = true;
      return out;
    }
    auto made = recorded.cases(tenant, {.request_ids = {review.request_id}});
    if (!made && made.error().code != Code::not_found) return made;
    if (!made) {
      out.not_captured.push_back(review.request_id);
      continue;
    }
    std::ranges::move(made->not_captured, std::back_inserter(out.not_captured));
    std::ranges::move(made->not_usable, std::back_inserter(out.not_usable));
    for (Case& one : made->cases) {
      tell(one, review, *label);
      out.cases.push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace maester::evals
