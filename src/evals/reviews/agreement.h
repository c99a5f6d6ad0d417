// How far raters agree beyond chance: reviewers among themselves, and graders with reviewers.
//
// Sources: J. Cohen, "A Coefficient of Agreement for Nominal Scales" (1960) for kappa of a pair;
// K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011) for any number of raters
// with gaps, nominal. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evals/reviews/review.h"

namespace maester::evals {

struct Rating {
  std::string item, rater, label;
};

struct PairAgreement {
  std::string first, second;
  std::int64_t both = 0, agreed = 0;  // items that both rated
  std::optional<double> kappa;        // absent when chance alone would agree always, or both == 0
};

// Every pair of raters with an item in common.
std::vector<PairAgreement> pair_agreements(std::span<const Rating> ratings);
// Nominal alpha; nullopt with no item of two ratings, or when all labels are one.
std::optional<double> krippendorff_alpha(std::span<const Rating> ratings);

struct GraderAgreement {
  std::string grader;
  // Of the requests that people called pass or fail (their majority; ties are left out).
  std::int64_t both_pass = 0, both_fail = 0;
  std::int64_t only_grader_passed = 0, only_people_passed = 0;
  std::int64_t rated() const {
    return both_pass + both_fail + only_grader_passed + only_people_passed;
  }
  std::optional<double> kappa;
};

struct Agreement {
  std::int64_t reviews = 0, ratings = 0;
  std::optional<double> alpha;
  std::vector<PairAgreement> reviewers;
  std::vector<GraderAgreement> graders;  // by name
};

// `reviews` with their labels and verdicts.
Agreement agreement_of(std::span<const Review> reviews);

}  // namespace maester::evals
