#include "evals/reviews/review_cases.h"

#include <gtest/gtest.h>

namespace maester::evals {
namespace {

WallTime at(int seconds) {
  return WallTime{} + std::chrono::seconds(seconds);
}

Review reviewed(std::vector<ReviewLabel> labels) {
  Review out;
  out.origin = ReviewOrigin::escalated;
  out.source = "promise";
  out.prompt = "support";
  out.model = "m";
  out.verdicts = {{"promise", false, 0}, {"tone", true, 900'000}};
  out.labels = std::move(labels);
  return out;
}

ReviewFilter filter(std::string_view json) {
  auto document = json::Document::parse(std::string(json));
  EXPECT_TRUE(document) << json;
  auto read = read_review_filter(document->root());
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read ? *read : ReviewFilter{};
}

std::string label_of(std::string_view json, const Review& review) {
  const ReviewLabel* found = fitting_label(filter(json), review);
  return found == nullptr ? "-" : found->reviewer + ":" + found->label;
}

const Review kSplit = reviewed({{.reviewer = "ada", .label = "pass", .at = at(10)},
                                {.reviewer = "bob", .label = "fail", .at = at(20)},
                                {.reviewer = "ada", .label = "rude", .at = at(15)}});

TEST(ReviewCases, TheLastLabelDecides) {
  EXPECT_EQ(label_of("{}", kSplit), "bob:fail");
  EXPECT_EQ(label_of(R"({"label":"fail"})", kSplit), "bob:fail");
  EXPECT_EQ(label_of(R"({"label":"pass"})", kSplit), "-") << "somebody said otherwise since";
  EXPECT_EQ(label_of(R"({"reviewer":"ada"})", kSplit), "ada:rude");
  EXPECT_EQ(label_of(R"({"reviewer":"ada","label":"pass"})", kSplit), "-");
  EXPECT_EQ(label_of(R"({"reviewer":"eve"})", kSplit), "-");
  EXPECT_EQ(label_of("{}", reviewed({})), "-");
}

TEST(ReviewCases, AgreementIsOfAllLabels) {
  EXPECT_EQ(label_of(R"({"agreed":true})", kSplit), "-");
  EXPECT_EQ(label_of(R"({"agreed":true,"reviewer":"bob"})", kSplit), "-");
  const Review same = reviewed({{.reviewer = "ada", .label = "fail", .at = at(1)},
                                {.reviewer = "bob", .label = "fail", .at = at(2)}});
  EXPECT_EQ(label_of(R"({"agreed":true})", same), "bob:fail");
}

TEST(ReviewCases, WhatTheRequestWasAndWhatGradersSaidOfIt) {
  EXPECT_EQ(label_of(R"({"origin":"escalated","source":"promise","prompt":"support"})", kSplit),
            "bob:fail");
  EXPECT_EQ(label_of(R"({"origin":"manual"})", kSplit), "-");
  EXPECT_EQ(label_of(R"({"source":"tone"})", kSplit), "-");
  EXPECT_EQ(label_of(R"({"prompt":"other"})", kSplit), "-");
  EXPECT_EQ(label_of(R"({"model":"n"})", kSplit), "-");
  EXPECT_EQ(label_of(R"({"grader":{"name":"tone","passed":true}})", kSplit), "bob:fail");
  EXPECT_EQ(label_of(R"({"grader":{"name":"tone","passed":false}})", kSplit), "-");
  EXPECT_EQ(label_of(R"({"grader":{"name":"nobody"}})", kSplit), "-");
}

TEST(ReviewCases, TimesAreOfTheLabel) {
  EXPECT_EQ(label_of(R"({"from":"1970-01-01T00:00:20Z"})", kSplit), "bob:fail");
  EXPECT_EQ(label_of(R"({"from":"1970-01-01T00:00:21Z"})", kSplit), "-");
  EXPECT_EQ(label_of(R"({"to":"1970-01-01T00:00:20Z"})", kSplit), "-");
}

TEST(ReviewCases, AFilterIsReadStrictly) {
  for (const char* bad :
       {R"({"lable":"fail"})", R"({"origin":"else"})", R"({"grader":{"nam":"x"}})",
        R"({"grader":{"passed":true}})", R"({"limit":0})", R"({"limit":10001})", R"({"from":"x"})",
        R"({"corrected":"yes"})"}) {
    const auto document = json::Document::parse(std::string(bad));
    ASSERT_TRUE(document);
    const auto read = read_review_filter(document->root());
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, Code::invalid_request) << bad;
  }
}

}  // namespace
}  // namespace maester::evals
