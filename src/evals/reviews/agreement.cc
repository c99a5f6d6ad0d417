#include "evals/reviews/agreement.h"

#include <algorithm>
#include <map>

namespace maester::evals {
namespace {

using Labels = std::map<std::string, std::int64_t>;                        // label -> how often
using ByItem = std::map<std::string, std::map<std::string, std::string>>;  // item -> rater -> label

ByItem by_item(std::span<const Rating> ratings) {
  ByItem out;
  for (const Rating& one : ratings) out[one.item][one.rater] = one.label;
  return out;
}

std::optional<double> kappa_of(double agreed, double expected) {
  if (expected >= 1) return std::nullopt;
  return (agreed - expected) / (1 - expected);
}

struct Pair {
  std::int64_t both = 0, agreed = 0;
  Labels first, second;
  std::optional<double> kappa() const {
    if (both == 0) return std::nullopt;
    const auto n = static_cast<double>(both);
    double expected = 0;
    for (const auto& [label, count] : first) {
      const auto other = second.find(label);
      if (other == second.end()) continue;
      expected += static_cast<double>(count) / n * static_cast<double>(other->second) / n;
    }
    return kappa_of(static_cast<double>(agreed) / n, expected);
  }
};

// What people said: 1 pass, 0 fail, nullopt for a tie and for other words.
std::optional<bool> majority(const Review& review) {
  std::int64_t pass = 0, fail = 0;
  for (const ReviewLabel& label : review.labels) {
    pass += label.label == "pass" ? 1 : 0;
    fail += label.label == "fail" ? 1 : 0;
  }
  if (pass == fail) return std::nullopt;
  return pass > fail;
}

void rate(GraderAgreement& grader, bool by_grader, bool by_people) {
  if (by_grader && by_people) ++grader.both_pass;
  if (!by_grader && !by_people) ++grader.both_fail;
  if (by_grader && !by_people) ++grader.only_grader_passed;
  if (!by_grader && by_people) ++grader.only_people_passed;
}

std::optional<double> kappa_of(const GraderAgreement& one) {
  const auto n = static_cast<double>(one.rated());
  if (one.rated() == 0) return std::nullopt;
  const double grader = static_cast<double>(one.both_pass + one.only_grader_passed) / n;
  const double people = static_cast<double>(one.both_pass + one.only_people_passed) / n;
  const double expected = grader * people + (1 - grader) * (1 - people);
  return kappa_of(static_cast<double>(one.both_pass + one.both_fail) / n, expected);
}

}  // namespace

std::vector<PairAgreement> pair_agreements(std::span<const Rating> ratings) {
  std::map<std::pair<std::string, std::string>, Pair> pairs;
  for (const auto& [item, raters] : by_item(ratings)) {
    for (auto a = raters.begin(); a != raters.end(); ++a) {
      for (auto b = std::next(a); b != raters.end(); ++b) {
        Pair& pair = pairs[{a->first, b->first}];
        ++pair.both;
        pair.agreed += a->second == b->second ? 1 : 0;
        ++pair.first[a->second];
        ++pair.second[b->second];
      }
    }
  }
  std::vector<PairAgreement> out;
  for (const auto& [names, pair] : pairs)
    out.push_back({names.first, names.second, pair.both, pair.agreed, pair.kappa()});
  return out;
}

std::optional<double> krippendorff_alpha(std::span<const Rating> ratings) {
  // The coincidence matrix's diagonal and margins are all that the nominal form needs.
  std::map<std::string, double> margins;
  double diagonal = 0, total = 0;
  for (const auto& [item, raters] : by_item(ratings)) {
    if (raters.size() < 2) continue;
    const auto m = static_cast<double>(raters.size());
    Labels counts;
    for (const auto& [rater, label] : raters) ++counts[label];
    for (const auto& [label, count] : counts) {
      const auto n = static_cast<double>(count);
      margins[label] += n;
      diagonal += n * (n - 1) / (m - 1);
    }
    total += m;
  }
  double same = 0;
  for (const auto& [label, n] : margins) same += n * (n - 1);
  const double by_chance = total * (total - 1) - same;
  if (total < 2 || by_chance <= 0) return std::nullopt;
  return 1 - (total - 1) * (total - diagonal) / by_chance;
}

Agreement agreement_of(std::span<const Review> reviews) {
  Agreement out;
  std::vector<Rating> ratings;
  std::map<std::string, GraderAgreement> graders;
  for (const Review& review : reviews) {
    if (review.labels.empty()) continue;
    ++out.reviews;
    for (const ReviewLabel& label : review.labels)
      ratings.push_back({review.id, label.reviewer, label.label});
    const auto people = majority(review);
    if (!people) continue;
    for (const GraderVerdict& verdict : review.verdicts)
      rate(graders[verdict.grader], verdict.passed, *people);
  }
  out.ratings = static_cast<std::int64_t>(ratings.size());
  out.alpha = krippendorff_alpha(ratings);
  out.reviewers = pair_agreements(ratings);
  for (auto& [name, one] : graders) {
    one.grader = name;
    one.kappa = kappa_of(one);
    out.graders.push_back(std::move(one));
  }
  return out;
}

}  // namespace maester::evals
