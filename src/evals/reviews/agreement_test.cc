#include "evals/reviews/agreement.h"

#include <gtest/gtest.h>

namespace maester::evals {
namespace {

// Krippendorff (2011), section C: four observers, twelve units, gaps; nominal alpha 0.743.
TEST(Agreement, KrippendorffsOwnExample) {
  const std::vector<std::vector<int>> data{{1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0},
                                           {1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3},
                                           {0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0},
                                           {1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0}};
  std::vector<Rating> ratings;
  for (std::size_t rater = 0; rater < data.size(); ++rater) {
    for (std::size_t unit = 0; unit < data[rater].size(); ++unit) {
      if (data[rater][unit] == 0) continue;
      ratings.push_back({"u" + std::to_string(unit), "r" + std::to_string(rater),
                         std::to_string(data[rater][unit])});
    }
  }
  const auto alpha = krippendorff_alpha(ratings);
  ASSERT_TRUE(alpha);
  EXPECT_NEAR(*alpha, 0.743, 0.0005);
}

// The textbook table of two raters: 20 both yes, 15 both no, 5 and 10 apart: kappa 0.4.
TEST(Agreement, CohensKappaOfAPair) {
  std::vector<Rating> ratings;
  int item = 0;
  const auto add = [&](int n, const char* a, const char* b) {
    for (int i = 0; i < n; ++i, ++item) {
      ratings.push_back({std::to_string(item), "a", a});
      ratings.push_back({std::to_string(item), "b", b});
    }
  };
  add(20, "yes", "yes");
  add(5, "yes", "no");
  add(10, "no", "yes");
  add(15, "no", "no");
  const auto pairs = pair_agreements(ratings);
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].both, 50);
  EXPECT_EQ(pairs[0].agreed, 35);
  EXPECT_NEAR(*pairs[0].kappa, 0.4, 1e-12);
}

TEST(Agreement, NothingToCompareGivesNoFigure) {
  EXPECT_FALSE(krippendorff_alpha({}));
  const std::vector<Rating> one{{"u", "a", "pass"}, {"u", "b", "pass"}};
  EXPECT_FALSE(krippendorff_alpha(one));  // all labels are one: chance agrees always
  EXPECT_FALSE(pair_agreements(one)[0].kappa);
}

Review review(std::string id, std::vector<std::pair<std::string, std::string>> labels,
              bool grader_passed) {
  Review out;
  out.id = std::move(id);
  for (auto& [reviewer, label] : labels) out.labels.push_back({reviewer, label});
  out.verdicts.push_back({"tone", grader_passed, 0});
  return out;
}

TEST(Agreement, GradersAreHeldAgainstTheMajorityOfPeople) {
  const std::vector<Review> reviews{
      review("1", {{"a", "pass"}, {"b", "pass"}, {"c", "fail"}}, true),
      review("2", {{"a", "fail"}}, true),
      review("3", {{"a", "fail"}}, false),
      review("4", {{"a", "pass"}, {"b", "fail"}}, true),  // a tie: left out
      review("5", {{"a", "unclear"}}, true),
      review("6", {}, true)};
  const Agreement found = agreement_of(reviews);
  EXPECT_EQ(found.reviews, 5);
  EXPECT_EQ(found.ratings, 8);
  ASSERT_EQ(found.graders.size(), 1U);
  EXPECT_EQ(found.graders[0].both_pass, 1);
  EXPECT_EQ(found.graders[0].only_grader_passed, 1);
  EXPECT_EQ(found.graders[0].both_fail, 1);
  EXPECT_EQ(found.graders[0].rated(), 3);
  EXPECT_NEAR(*found.graders[0].kappa, 0.4, 1e-12);
}

}  // namespace
}  // namespace maester::evals
