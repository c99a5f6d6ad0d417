// Policies and governed tools as the operator writes them (`[[policies]]`, `[[tools]]`), checked:
// app/config reads them, policy.h compiles them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "access/secret.h"
#include "base/clock.h"
#include "gateway/guard/text_window.h"

namespace maester::gateway::guard {

enum class RuleType : std::uint8_t {
  pii,
  secrets,
  injection,
  words,
  topics,
  regex,
  languages,
  urls,
  length,
  json_schema,
  moderation,
  webhook,
};
std::string_view to_string(RuleType type);
std::optional<RuleType> rule_type(std::string_view name);

struct RuleConfig {
  RuleType type = RuleType::pii;
  std::string name;  // in receipts; the type when none was given
  Action action = Action::block;
  bool allow_on_error = false;        // what happens when the rule cannot run: let pass, or refuse
  std::vector<std::string> kinds;     // pii, secrets; moderation: categories. None = all
  std::vector<std::string> allow;     // values, hosts or languages that are no finding
  std::vector<std::string> deny;      // urls, languages
  std::vector<std::string> words;     // words, topics
  std::vector<std::string> patterns;  // regex
  std::vector<std::string> roles;     // input: whose messages are scanned; none = all
  std::optional<std::int64_t> max_characters, min_characters;  // length
  double threshold = 1.0;                                      // injection
  std::string schema;                                          // json_schema
  std::string model;                                           // moderation
  std::string url;                                             // webhook
  access::Secret secret;                                       // webhook: signs what is sent
  milliseconds timeout{2'000};                                 // moderation, webhook
};

struct PolicyConfig {
  std::string name;
  std::vector<RuleConfig> input, output;
};

enum class ToolFault : std::uint8_t { refuse, repair, record };

// A tool that callers may declare and models may call.
struct ToolConfig {
  std::string name;
  std::string version;
  std::string tenant;  // "" = of every tenant
  std::string schema;  // of its arguments, JSON; "" = the caller's own
  bool enabled = true;
  std::vector<std::string> roles, keys, groups;  // who may use it; none = everybody
};

// What holds for all tools.
struct ToolRules {
  bool governed = false;  // tools that are not configured are refused
  bool strip = false;     // what a caller may not use is left out instead of refused
  ToolFault on_invalid = ToolFault::record;  // a call in an answer that is not permitted or valid
  bool operator==(const ToolRules&) const = default;
};

}  // namespace maester::gateway::guard
