#include "app/litellm.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/config.h"
#include "app/litellm_model.h"

namespace maester::app {
namespace {

LitellmImport imported(std::string_view yaml) {
  auto made = import_litellm(yaml);
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made ? std::move(*made) : LitellmImport{};
}

gateway::Config loaded(const LitellmImport& made) {
  auto config = parse_config(made.toml, "made.toml", Environment::stand_in());
  EXPECT_TRUE(config.has_value()) << to_string(config.error()) << made.toml;
  return config ? std::move(config->config) : gateway::Config{};
}

bool has_note(const LitellmImport& made, std::string_view where, std::string_view why) {
  return std::any_of(made.notes.begin(), made.notes.end(), [&](const LitellmNote& one) {
    return one.where == where && one.why.find(why) != std::string::npos;
  });
}

constexpr std::string_view kTwo = R"yaml(
model_list:
  - model_name: gpt
    litellm_params: {model: openai/gpt-4o, api_key: os.environ/A, weight: 9}
  - model_name: gpt
    litellm_params: {model: openai/gpt-4o, api_key: os.environ/B, weight: 1}
  - model_name: claude
    litellm_params: {model: claude-3-5-haiku-20241022, api_key: sk-literal}
)yaml";

TEST(LitellmImport, SeveralDeploymentsOfANameAreARoute) {
  const LitellmImport made = imported(kTwo);
  const gateway::Config config = loaded(made);
  ASSERT_EQ(config.providers.size(), 3u);
  EXPECT_EQ(config.providers[2].kind, gateway::ProviderKind::anthropic);
  ASSERT_EQ(config.models.size(), 3u);
  ASSERT_EQ(config.routes.size(), 1u);
  EXPECT_EQ(config.routes[0].name, "gpt");
  EXPECT_NE(made.toml.find("api_key = \"${env:A}\""), std::string::npos) << made.toml;
  EXPECT_NE(made.toml.find("weight = 9"), std::string::npos) << made.toml;
  EXPECT_EQ(config.models[2].name, "claude");
}

TEST(LitellmImport, FallbacksStandBehindTheRoutesOwn) {
  const LitellmImport made = imported(std::string(kTwo) +
                                      "litellm_settings:\n  fallbacks: [{gpt: [claude]}]\n"
                                      "  context_window_fallbacks: [{gpt: [claude]}]\n");
  (void)loaded(made);
  EXPECT_NE(made.toml.find("{ model = \"claude\", weight = 0 }"), std::string::npos) << made.toml;
  EXPECT_NE(made.toml.find("context_length = [\"claude\"]"), std::string::npos) << made.toml;
}

TEST(LitellmImport, AnOrderIsAPriority) {
  const LitellmImport made = imported(R"yaml(
model_list:
  - {model_name: m, litellm_params: {model: openai/second, api_key: os.environ/A, order: 2}}
  - {model_name: m, litellm_params: {model: openai/first, api_key: os.environ/A, order: 1}}
)yaml");
  const gateway::Config config = loaded(made);
  ASSERT_EQ(config.routes.size(), 1u);
  EXPECT_NE(made.toml.find("strategy = \"priority\""), std::string::npos) << made.toml;
  EXPECT_EQ(config.models[0].upstream_model, "first");
}

TEST(LitellmImport, PricesAreExact) {
  EXPECT_EQ(litellm_price("1.5e-07"), "0.15");
  EXPECT_EQ(litellm_price("0.000002"), "2");
  EXPECT_EQ(litellm_price("0.00000000375"), "0.00375");
  EXPECT_EQ(litellm_price("0"), "0");
  EXPECT_EQ(litellm_price("1e-16"), std::nullopt) << "less than a femtodollar";
  EXPECT_EQ(litellm_price("-1"), std::nullopt);
  EXPECT_EQ(litellm_price("free"), std::nullopt);
}

TEST(LitellmImport, WhatIsLeftIsNamedWithItsPlace) {
  const LitellmImport made = imported(R"yaml(
model_list:
  - {model_name: a, litellm_params: {model: sagemaker/x, api_base: "https://x.example"}}
  - {model_name: b, litellm_params: {model: openai/b, api_key: os.environ/A, temperature: 0.1}}
  - {model_name: "*", litellm_params: {model: "openai/*", api_key: os.environ/A}}
litellm_settings: {num_retries: 7, success_callback: [langfuse], unheard_of: 1}
general_settings: {master_key: os.environ/MASTER, database_url: x}
litellm_typo: {}
)yaml");
  const gateway::Config config = loaded(made);
  ASSERT_EQ(config.models.size(), 1u);
  ASSERT_EQ(config.keys.size(), 1u);
  EXPECT_EQ(config.keys[0].role, "admin");
  ASSERT_EQ(config.routes.size(), 1u);
  EXPECT_EQ(config.routes[0].retry_attempts, 3);
  EXPECT_TRUE(has_note(made, "model_list[0]", "`sagemaker`"));
  EXPECT_TRUE(has_note(made, "model_list[1].litellm_params.temperature", "not set by the gateway"));
  EXPECT_TRUE(has_note(made, "model_list[2]", "star"));
  EXPECT_TRUE(has_note(made, "litellm_settings.num_retries", "3 attempts"));
  EXPECT_TRUE(has_note(made, "litellm_settings.success_callback", "receipts"));
  EXPECT_TRUE(has_note(made, "litellm_settings.unheard_of", "no counterpart"));
  EXPECT_TRUE(has_note(made, "general_settings.database_url", "not needed"));
  EXPECT_TRUE(has_note(made, "litellm_typo", "no counterpart"));
}

TEST(LitellmImport, AddressesOfThisMachineAreOpened) {
  const LitellmImport made = imported(R"yaml(
model_list:
  - {model_name: l, litellm_params: {model: ollama/llama3, api_base: "http://localhost:11434"}}
)yaml");
  const gateway::Config config = loaded(made);
  ASSERT_EQ(config.providers.size(), 1u);
  EXPECT_EQ(config.providers[0].base_url, "http://localhost:11434");
  EXPECT_EQ(config.providers[0].kind, gateway::ProviderKind::ollama);
  EXPECT_EQ(config.egress_allow, std::vector<std::string>{"localhost:11434"});
}

TEST(LitellmImport, EachProviderGetsTheAdapterThatSpeaksItsProtocol) {
  const LitellmImport made = imported(R"yaml(
model_list:
  - {model_name: mi, litellm_params: {model: mistral/mistral-large}}
  - {model_name: ge, litellm_params: {model: gemini/gemini-2.5-pro}}
  - {model_name: co, litellm_params: {model: cohere_chat/command-a, api_base: "https://co.example/v2/chat", api_key: k}}
  - {model_name: ol, litellm_params: {model: ollama_chat/llama3}}
  - {model_name: az, litellm_params: {model: azure/deployed, api_base: "https://x.openai.azure.com/", api_version: "2024-10-21"}}
  - {model_name: az1, litellm_params: {model: azure/deployed, api_base: "https://x.openai.azure.com", api_version: preview}}
  - {model_name: be, litellm_params: {model: bedrock/converse/us.anthropic.claude-x-v1:0, aws_region_name: us-east-1, aws_role_name: r}}
  - {model_name: be2, litellm_params: {model: bedrock/eu-west-1/amazon.titan-embed-text-v2:0, api_key: os.environ/BK}, model_info: {mode: embedding}}
  - {model_name: ve, litellm_params: {model: vertex_ai/gemini-2.5-pro, vertex_project: p, vertex_location: europe-west1}}
  - {model_name: gr, litellm_params: {model: groq/llama}}
  - {model_name: ds, litellm_params: {model: deepseek/deepseek-chat}}
  - {model_name: xa, litellm_params: {model: xai/grok-4}}
  - {model_name: or, litellm_params: {model: openrouter/z/model}}
)yaml");
  const gateway::Config config = loaded(made);
  using enum gateway::ProviderKind;
  std::vector<gateway::ProviderKind> kinds;
  for (const auto& one : config.providers) kinds.push_back(one.kind);
  EXPECT_EQ(kinds, (std::vector{mistral, gemini, cohere, ollama, azure, azure, bedrock, bedrock,
                                gemini, openai_compatible, openai_compatible, openai_compatible,
                                openai_compatible}))
      << made.toml;
  ASSERT_EQ(config.providers.size(), 13u);
  EXPECT_EQ(config.providers[2].base_url, "https://co.example");
  EXPECT_EQ(config.providers[4].api_version, "2024-10-21");
  EXPECT_EQ(config.providers[5].api_version, "");
  EXPECT_EQ(config.providers[6].region, "us-east-1");
  EXPECT_TRUE(config.providers[6].aws.has_value());
  EXPECT_EQ(config.providers[7].region, "eu-west-1");
  EXPECT_FALSE(config.providers[7].aws.has_value());
  EXPECT_EQ(config.models[6].upstream_model, "us.anthropic.claude-x-v1:0");
  EXPECT_EQ(config.models[7].upstream_model, "amazon.titan-embed-text-v2:0");
  EXPECT_EQ(config.providers[8].base_url,
            "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1/"
            "publishers/google");
  EXPECT_EQ(config.models[12].upstream_model, "z/model");
  EXPECT_TRUE(has_note(made, "model_list[6].litellm_params.aws_role_name", "not assumed"));
  EXPECT_NE(made.toml.find("${env:GROQ_API_KEY}"), std::string::npos);
  EXPECT_EQ(made.notes.size(), 1u) << made.notes.back().where << ": " << made.notes.back().why;
}

TEST(LitellmImport, WhatAnAddressCannotBeMadeOfIsLeftOut) {
  const LitellmImport made = imported(R"yaml(
model_list:
  - {model_name: a, litellm_params: {model: azure/x}}
  - {model_name: b, litellm_params: {model: bedrock/anthropic.claude-x}}
  - {model_name: c, litellm_params: {model: vertex_ai/gemini-2.5-pro, vertex_location: us-east1}}
  - {model_name: d, litellm_params: {model: vertex_ai/claude-x, vertex_project: p, vertex_location: us-east1}}
)yaml");
  EXPECT_TRUE(has_note(made, "model_list[0]", "`api_base`"));
  EXPECT_TRUE(has_note(made, "model_list[1].litellm_params.aws_region_name", "region"));
  EXPECT_TRUE(has_note(made, "model_list[2]", "`vertex_project`"));
  EXPECT_TRUE(has_note(made, "model_list[3]", "Google's own"));
}

TEST(LitellmImport, BudgetsAreCallsOfTheApi) {
  const LitellmImport made =
      imported(std::string(kTwo) + "litellm_settings: {max_budget: 100, budget_duration: 1d}\n");
  ASSERT_EQ(made.calls.size(), 1u);
  EXPECT_EQ(made.calls[0].path, "/v1/budgets");
  EXPECT_NE(made.calls[0].body.find(R"("window":"day","limit_usd":"100")"), std::string::npos);
}

TEST(LitellmImport, AnAliasIsARouteToTheSameModels) {
  const LitellmImport made = imported(
      std::string(kTwo) + "router_settings: {model_group_alias: {old: gpt, gone: nobody}}\n");
  EXPECT_EQ(loaded(made).routes.size(), 2u);
  EXPECT_TRUE(has_note(made, "model_group_alias.gone", "`nobody`"));
}

TEST(LitellmImport, RefusesWhatIsNoLitellmFile) {
  EXPECT_FALSE(import_litellm("a: [1").has_value());
  EXPECT_FALSE(import_litellm("just text").has_value());
  EXPECT_FALSE(import_litellm("model_list: 3").has_value());
  EXPECT_TRUE(import_litellm("model_list: []").has_value());
  EXPECT_TRUE(import_litellm("model_list: [3, null, {}, {model_name: x}]").has_value());
}

}  // namespace
}  // namespace maester::app
