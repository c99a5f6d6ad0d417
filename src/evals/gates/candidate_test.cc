#include "evals/gates/candidate.h"

#include <gtest/gtest.h>

namespace maester::evals {
namespace {

gateway::Config sample() {
  gateway::Config config;
  config.version = "abc123";
  for (const char* name : {"openai", "other"}) {
    gateway::ProviderConfig& provider = config.providers.emplace_back();
    provider.name = name;
    provider.base_url = "https://" + provider.name + ".example/v1";
  }
  const auto model = [&config](const char* name, const char* upstream) {
    gateway::ModelConfig& made = config.models.emplace_back();
    made.name = name;
    made.provider = "openai";
    made.upstream_model = upstream;
  };
  model("small", "gpt-mini");
  model("small-next", "gpt-mini");
  model("large", "gpt-large");
  model("open/*", "");
  gateway::RouteConfig route;
  route.name = "support";
  route.targets = {{"small", 1}, {"large", 1}};
  config.routes.push_back(route);
  config.policies.emplace_back().name = "strict";
  config.policies.back().input.emplace_back().name = "pii";
  const auto tool = [&config](const char* name, const char* schema) {
    gateway::guard::ToolConfig& made = config.tools.emplace_back();
    made.name = name;
    made.version = "1";
    made.schema = schema;
  };
  tool("lookup", "{}");
  tool("refund", R"({"a":1})");
  return config;
}

TEST(Candidate, AFingerprintIsOfTheDefinitionAndNotOfItsName) {
  const gateway::Config config = sample();
  EXPECT_EQ(fingerprint_of_model(config, "small"), fingerprint_of_model(config, "small-next"));
  EXPECT_NE(fingerprint_of_model(config, "small"), fingerprint_of_model(config, "large"));
  EXPECT_EQ(fingerprint_of_model(config, "small").size(), 16u);
  EXPECT_EQ(fingerprint_of_model(config, "nobody"), "");
}

TEST(Candidate, TheProviderIsPartOfAModel) {
  gateway::Config config = sample();
  const std::string before = fingerprint_of_model(config, "small");
  config.models[0].provider = "other";
  EXPECT_NE(fingerprint_of_model(config, "small"), before);
  config = sample();
  config.providers[0].base_url = "https://elsewhere.example/v1";
  EXPECT_NE(fingerprint_of_model(config, "small"), before);
}

TEST(Candidate, PricesAndKeysChangeNoAnswers) {
  gateway::Config config = sample();
  const std::string before = fingerprint_of_model(config, "small");
  config.models[0].price = gateway::PriceOverride{};
  config.providers[0].api_keys.emplace_back();
  EXPECT_EQ(fingerprint_of_model(config, "small"), before);
}

TEST(Candidate, ANameUnderAPatternIsAModelOfItsOwn) {
  gateway::Config config = sample();
  const std::string under = fingerprint_of_model(config, "open/gpt-mini");
  EXPECT_EQ(under, fingerprint_of_model(config, "small"));
  EXPECT_NE(under, fingerprint_of_model(config, "open/gpt-large"));
}

TEST(Candidate, ARouteIsItsTargets) {
  gateway::Config config = sample();
  const std::string before = fingerprint_of_model(config, "support");
  config.routes[0].name = "support-next";
  EXPECT_EQ(fingerprint_of_model(config, "support-next"), before);
  config.routes[0].targets[1].model = "small-next";
  EXPECT_NE(fingerprint_of_model(config, "support-next"), before);
}

TEST(Candidate, FactsNameExactVersions) {
  const gateway::Config config = sample();
  const std::vector<std::string> tools{"refund", "lookup", "unknown"};
  knowledge::IndexSpec spec;
  const Candidate facts = candidate_facts({.config = config,
                                           .prompt = "greet",
                                           .prompt_version = "v3",
                                           .model = "support",
                                           .tenant = "default",
                                           .tools = tools,
                                           .collection = "handbook",
                                           .index_version = 7,
                                           .spec = &spec});
  EXPECT_EQ(facts.at("prompt"), "greet@v3");
  EXPECT_EQ(facts.at("model"), "support");
  EXPECT_EQ(facts.at("config"), "abc123");
  EXPECT_EQ(facts.at("index"), "handbook@v7");
  EXPECT_EQ(facts.at("chunker"), "chunk-1 words 400/80");
  EXPECT_EQ(facts.at("embedder"), "local-hash-1");
  EXPECT_EQ(facts.at("tool_schema_fingerprint").size(), 33u);
  EXPECT_FALSE(facts.contains("policy_fingerprint"));
}

TEST(Candidate, ThePolicyIsTheOneThatItsRequestsHave) {
  gateway::Config config = sample();
  EXPECT_EQ(policy_of(config, "default", "k", "small"), "");
  config.default_policy = "strict";
  EXPECT_EQ(policy_of(config, "default", "k", "small"), "strict");
  config.routes[0].policy = "mild";
  EXPECT_EQ(policy_of(config, "default", "k", "support"), "mild");
  config.policy_for.push_back({"tenants", "default", ""});
  EXPECT_EQ(policy_of(config, "default", "k", "support"), "tenants");
  config.policy_for.push_back({"keys", "", "k"});
  EXPECT_EQ(policy_of(config, "default", "k", "support"), "keys");
  const Candidate facts = candidate_facts({.config = config, .model = "small"});
  EXPECT_EQ(facts.at("policy_fingerprint"), fingerprint_of_policy(config.policies[0]));
}

TEST(Candidate, GradingThatIsTheRunsOwnIsTold) {
  RunSpec spec;
  EXPECT_EQ(grading_of(spec), "");
  spec.assertions = "[]";
  spec.repeats = 3;
  spec.grader = "judge";
  EXPECT_EQ(grading_of(spec), "") << "none of these lets more through";
  spec.assertions = R"([{"type":"contains","value":"a"}])";
  const std::string one = grading_of(spec);
  EXPECT_EQ(one.size(), 16u);
  spec.assertions = R"([ {"value":"a", "type":"contains"} ])";
  EXPECT_EQ(grading_of(spec), one) << "the same in other words";
  spec.threshold = 0.1;
  EXPECT_NE(grading_of(spec), one);
  RunSpec mild;
  mild.threshold = 0.1;
  EXPECT_NE(grading_of(mild), "");
  RunSpec lucky;
  lucky.repeats = 5;
  lucky.reducer = Reducer::pass_at_k;
  EXPECT_NE(grading_of(lucky), "");
}

TEST(Candidate, ARulesActionIsPartOfAPolicy) {
  gateway::Config config = sample();
  const std::string before = fingerprint_of_policy(config.policies[0]);
  config.policies[0].input[0].threshold = 0.5;
  EXPECT_NE(fingerprint_of_policy(config.policies[0]), before);
}

}  // namespace
}  // namespace maester::evals
