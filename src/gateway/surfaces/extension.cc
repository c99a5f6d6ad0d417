#include "gateway/surfaces/extension.h"

#include <algorithm>
#include <array>

#include "codec/json_object.h"
#include "gateway/pipeline/cache_plan.h"
#include "gateway/surfaces/answers_surface.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxGroups = 200;

constexpr std::size_t kMaxMetadata = 32;
constexpr std::size_t kMaxTag = 512;

Status read_text(json::Value value, std::string& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(out, value.as_string());
  return {};
}

Status read_prompt(json::Value prompt, Options& options) {
  if (prompt.empty()) return {};
  static constexpr std::array<std::string_view, 5> kKnown{"name", "version", "label", "variables",
                                                          "fallback"};
  TRY(json::only_known(prompt, kKnown));
  TRY_ASSIGN(options.prompt_name, prompt.get("name").as_string());
  TRY(read_text(prompt.get("version"), options.prompt_version));
  TRY(read_text(prompt.get("label"), options.prompt_label));
  TRY(read_text(prompt.get("fallback"), options.prompt_fallback));
  if (!options.prompt_version.empty() && !options.prompt_label.empty()) {
    return fail(Code::invalid_request, "Give `version` or `label`, not both.", "maester.prompt");
  }
  if (const json::Value variables = prompt.get("variables"); !variables.empty()) {
    if (!variables.is_object())
      return fail(Code::invalid_request, "`maester.prompt.variables` must be an object.",
                  variables.path());
    options.variables_json = std::string(variables.raw());
  }
  return {};
}

Status read_budget(json::Value budget, Options& options) {
  if (budget.empty()) return {};
  static constexpr std::array<std::string_view, 3> kKnown{"scope", "max_cost_usd",
                                                          "allow_fallback_to_cheaper_model"};
  TRY(json::only_known(budget, kKnown));
  options.budget_asked = true;
  options.budget_scope = "default";
  TRY(read_text(budget.get("scope"), options.budget_scope));
  TRY_ASSIGN(options.max_cost, read_amount(budget.get("max_cost_usd")));
  if (const json::Value allow = budget.get("allow_fallback_to_cheaper_model"); !allow.empty()) {
    TRY_ASSIGN(options.allow_cheaper, allow.as_bool());
  }
  return {};
}

Status read_cache(json::Value cache, Options& options) {
  if (cache.empty()) return {};
  static constexpr std::array<std::string_view, 2> kKnown{"mode", "ttl_s"};
  TRY(json::only_known(cache, kKnown));
  if (const json::Value mode = cache.get("mode"); !mode.empty()) {
    TRY_ASSIGN(const std::string_view text, mode.as_string());
    options.cache_mode = parse_cache_mode(text);
    if (!options.cache_mode) {
      return fail(Code::invalid_request,
                  "`maester.cache.mode` must be \"off\", \"exact\" or \"semantic\".",
                  "maester.cache.mode");
    }
  }
  if (const json::Value ttl = cache.get("ttl_s"); !ttl.empty()) {
    TRY_ASSIGN(const std::int64_t seconds, ttl.as_int());
    if (seconds < 1) {
      return fail(Code::invalid_request, "`maester.cache.ttl_s` must be a positive number.",
                  "maester.cache.ttl_s");
    }
    options.cache_ttl = std::chrono::seconds(seconds);
  }
  return {};
}

Status read_metadata(json::Value metadata, Options& options) {
  if (metadata.empty()) return {};
  if (!metadata.is_object() || metadata.size() > kMaxMetadata) {
    return fail(Code::invalid_request, "`maester.metadata` must be an object of at most 32 texts.",
                "maester.metadata");
  }
  for (const json::Value member : metadata) {
    TRY_ASSIGN(const std::string_view text, member.as_string());
    if (text.size() > kMaxTag || member.key().size() > kMaxTag) {
      return fail(Code::invalid_request, "A metadata tag is longer than 512 bytes.", member.path());
    }
    options.metadata.emplace_back(member.key(), text);
  }
  return {};
}

Status read_groups(json::Value groups, Options& options) {
  if (groups.empty()) return {};
  if (!groups.is_array() || groups.size() > kMaxGroups) {
    return fail(Code::invalid_request, "`maester.user.groups` must be a list of at most 200 names.",
                "maester.user.groups");
  }
  options.user_groups.emplace();
  for (const json::Value group : groups) {
    TRY_ASSIGN(const std::string_view name, group.as_string());
    options.user_groups->emplace_back(name);
  }
  return {};
}

}  // namespace

Result<FemtoUsd> read_amount(json::Value value) {
  std::string_view text;
  if (value.is_string()) {
    text = value.string_or("");
  } else {
    TRY_ASSIGN(text, value.as_number_text());
  }
  const auto amount = FemtoUsd::parse(text);
  if (!amount || *amount < FemtoUsd{}) {
    return fail(
        Code::invalid_request,
        "`" + value.path() + "` must be a decimal amount in USD, zero or more, such as \"0.01\".",
        value.path());
  }
  return *amount;
}

Status read_extension(json::Value extension, Options& options) {
  if (extension.empty()) return {};
  static constexpr std::array<std::string_view, 9> kKnown{"prompt",   "checks",     "budget",
                                                          "cache",    "knowledge",  "user",
                                                          "metadata", "timeout_ms", "region"};
  TRY(json::only_known(extension, kKnown));
  options.asked = true;
  TRY(read_prompt(extension.get("prompt"), options));
  TRY(read_budget(extension.get("budget"), options));
  TRY(read_cache(extension.get("cache"), options));
  if (const json::Value knowledge = extension.get("knowledge"); !knowledge.empty()) {
    TRY_ASSIGN(options.knowledge, read_knowledge(knowledge));
  }
  TRY(read_metadata(extension.get("metadata"), options));
  TRY(read_text(extension.get("region"), options.region));
  if (const json::Value checks = extension.get("checks"); !checks.empty()) {
    TRY_ASSIGN(options.checks, checks::compile(checks));
    options.checks_json = std::string(checks.raw());
  }
  if (const json::Value user = extension.get("user"); !user.empty()) {
    static constexpr std::array<std::string_view, 2> kUser{"id", "groups"};
    TRY(json::only_known(user, kUser));
    TRY(read_text(user.get("id"), options.user));
    TRY(read_groups(user.get("groups"), options));
  }
  if (const json::Value timeout = extension.get("timeout_ms"); !timeout.empty()) {
    TRY_ASSIGN(const std::int64_t ms, timeout.as_int());
    if (ms <= 0)
      return fail(Code::invalid_request, "`maester.timeout_ms` must be positive.",
                  "maester.timeout_ms");
    const milliseconds asked{ms};
    options.timeout = options.timeout ? std::min(*options.timeout, asked) : asked;
  }
  return {};
}

}  // namespace maester::gateway
