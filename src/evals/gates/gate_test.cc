#include "evals/gates/gate.h"

#include <gtest/gtest.h>

namespace maester::evals {
namespace {

Result<Gate> read(std::string_view text) {
  static std::vector<json::Document> kept;
  kept.push_back(std::move(*json::Document::parse(text)));
  return read_gate(kept.back().root());
}

constexpr std::string_view kWhole = R"({"name":"support-prod",
  "guards":{"kind":"prompt_label","object":"system_summary","slot":"production"},
  "dataset":"smoke@2","baseline":"live","with":{"model":"gpt-4.1-mini"},
  "rules":{"min_cases":20,"min_pass_rate":0.9,
    "thresholds":{"score":{"min":0.8,"max_drop":0.02}},"max_error_rate":0.01,
    "max_cost_usd_per_case":"0.002","max_p95_latency_ms":4000,"no_regression":true,
    "confidence":0.95,"min_effect":0.05},
  "max_age":"7d","override_role":"member"})";

TEST(Gate, ReadsAndWritesTheSameObject) {
  const auto gate = read(kWhole);
  ASSERT_TRUE(gate) << gate.error().message;
  EXPECT_EQ(gate->dataset, "smoke");
  EXPECT_EQ(gate->dataset_version, 2);
  EXPECT_EQ(gate->max_age, std::chrono::hours(7 * 24));
  EXPECT_EQ(gate->override_role, access::Role::member);
  EXPECT_EQ(gate->rules.max_cost_per_case->to_string(), "0.002");
  const auto again = read(gate_json(*gate));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(gate_json(*again), gate_json(*gate));
}

TEST(Gate, WhatIsUnknownOrContradictoryIsAnError) {
  const auto error = [](std::string_view text) {
    const auto got = read(text);
    return got ? std::string("accepted") : got.error().param;
  };
  const auto with = [](std::string_view rest) {
    return R"({"name":"g","guards":{"kind":"policy"},"dataset":"d",)" + std::string(rest) + "}";
  };
  EXPECT_EQ(error(with(R"("rules":{"min_pass_rate":0.9})")), "accepted");
  EXPECT_EQ(error(with(R"("rules":{"min_pas_rate":0.9})")), "rules.min_pas_rate");
  EXPECT_EQ(error(with(R"("rules":{"min_pass_rate":1.5})")), "rules.min_pass_rate");
  EXPECT_EQ(error(with(R"("rules":{"min_cases":5})")), "rules");
  EXPECT_EQ(error(with(R"("rules":{"no_regression":true})")), "baseline");
  EXPECT_EQ(error(with(R"("baseline":"live","rules":{"min_pass_rate":0.9})")), "baseline");
  EXPECT_EQ(error(with(R"("rules":{"thresholds":{"score":{}}})")), "rules.thresholds.score");
  EXPECT_EQ(error(with(R"("max_age":"soon","rules":{"min_pass_rate":0.9})")), "max_age");
  EXPECT_EQ(error(with(R"("override_role":"viewer","rules":{"min_pass_rate":0.9})")),
            "override_role");
  EXPECT_EQ(error(R"({"name":"g","guards":{"kind":"prompt"},"dataset":"d",)"
                  R"("rules":{"min_pass_rate":1}})"),
            "guards.kind");
  EXPECT_EQ(error(R"({"name":"g","guards":{"kind":"model","slot":"x"},"dataset":"d",)"
                  R"("rules":{"min_pass_rate":1}})"),
            "guards.slot");
  EXPECT_EQ(error(R"({"name":"g","guards":{"kind":"model"},"dataset":"d@x",)"
                  R"("rules":{"min_pass_rate":1}})"),
            "dataset");
}

TEST(Gate, ACandidateIsComparedWithItsVersion) {
  const Candidate v3{{"prompt", "greet@v3"}};
  EXPECT_TRUE(is_of(v3, "prompt_label", "greet", "v3"));
  EXPECT_FALSE(is_of(v3, "prompt_label", "greet", "v2"));
  EXPECT_FALSE(is_of(v3, "prompt_label", "greet", "v33"));
  EXPECT_FALSE(is_of(v3, "prompt_label", "other", "v3"));
  EXPECT_FALSE(is_of(v3, "prompt_label", "greet", ""));
  EXPECT_FALSE(is_of(v3, "index_version", "greet", "v3"));
}

TEST(Gate, WhatAnIndexIsMadeWithIsOfItsCollection) {
  const Candidate run{{"index", "handbook@v7"},
                      {"chunker", "chunk-1 words 400/80"},
                      {"embedder", "local-hash-1"},
                      {"parser", "text-1"}};
  EXPECT_TRUE(is_of(run, "index_version", "handbook", "v7"));
  EXPECT_FALSE(is_of(run, "index_version", "handbook", "7"));
  EXPECT_TRUE(is_of(run, "chunking", "handbook", "chunk-1 words 400/80"));
  EXPECT_TRUE(is_of(run, "adapter", "handbook", "local-hash-1"));
  EXPECT_TRUE(is_of(run, "parser", "handbook", "text-1"));
  EXPECT_FALSE(is_of(run, "chunking", "faq", "chunk-1 words 400/80")) << "of another collection";
  EXPECT_FALSE(
      is_of({{"chunker", "chunk-1 words 400/80"}}, "chunking", "handbook", "chunk-1 words 400/80"));
  std::string object;
  EXPECT_EQ(target_of(run, {"chunking", "*", "*"}, object), "chunk-1 words 400/80");
  EXPECT_EQ(object, "handbook");
  EXPECT_EQ(target_of(run, {"chunking", "faq", "*"}, object), "");
  EXPECT_EQ(target_of({{"chunker", "c"}}, {"chunking", "faq", "*"}, object), "c");
  EXPECT_EQ(object, "faq");
  EXPECT_EQ(target_of({{"chunker", "c"}}, {"chunking", "*", "*"}, object), "");
}

TEST(Gate, ARouteTargetIsComparedByItsFingerprint) {
  const Candidate run{{"model", "gpt-5-next"}, {"model_fingerprint", "3f2a"}};
  EXPECT_TRUE(is_of(run, "route_target", "support", "gpt-5@3f2a"));
  EXPECT_FALSE(is_of(run, "route_target", "support", "gpt-5-next@ffff"));
  EXPECT_TRUE(is_of(run, "model", "gpt-5", "3f2a"));
  EXPECT_FALSE(is_of(run, "model", "gpt-5-next", "ffff"));
}

TEST(Gate, AToolIsOneOfThoseTheRunHad) {
  const Candidate run{{"tool_schema_fingerprint", "aa11 bb22"}};
  EXPECT_TRUE(is_of(run, "tool_schema", "lookup", "bb22"));
  EXPECT_FALSE(is_of(run, "tool_schema", "lookup", "bb2"));
  EXPECT_FALSE(is_of(run, "tool_schema", "lookup", "aa11 bb22 "));
}

TEST(Gate, GuardsCoverByKindObjectAndSlot) {
  const Guarded one{"prompt_label", "greet", "production"};
  EXPECT_TRUE(one.covers("prompt_label", "greet", "production"));
  EXPECT_FALSE(one.covers("prompt_label", "greet", "staging"));
  EXPECT_FALSE(one.covers("prompt_label", "other", "production"));
  EXPECT_FALSE(one.covers("model", "greet", "production"));
  EXPECT_TRUE((Guarded{"prompt_label", "*", "*"}).covers("prompt_label", "x", "y"));
}

}  // namespace
}  // namespace maester::evals
