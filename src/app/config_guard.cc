#include <algorithm>
#include <set>

#include "app/config_bind.h"
#include "app/nearest.h"
#include "codec/json_schema.h"
#include "gateway/guard/language.h"
#include "gateway/guard/pii.h"
#include "gateway/guard/policy.h"
#include "gateway/guard/secrets.h"

namespace maester::app {
namespace {

namespace guard = gateway::guard;
using Names = std::vector<std::string_view>;

constexpr std::size_t kMaxRules = 64;  // of one direction

std::vector<std::string> texts_of(const Node& list) {
  std::vector<std::string> out;
  for (const Node& item : list.items) out.push_back(item.text);
  return out;
}

guard::Action action_of(std::string_view text) {
  if (text == "record") return guard::Action::record;
  return text == "redact" ? guard::Action::redact : guard::Action::block;
}

// Settings that a type does not have: a rule that quietly ignored one would not do what was meant.
bool has_setting(guard::RuleType type, std::string_view name) {
  using enum guard::RuleType;
  if (name == "kinds") return type == pii || type == secrets || type == moderation;
  if (name == "allow")
    return type == pii || type == secrets || type == words || type == topics || type == regex ||
           type == urls || type == languages;
  if (name == "deny") return type == urls || type == languages;
  if (name == "words") return type == words || type == topics;
  if (name == "patterns") return type == regex;
  if (name == "max_characters" || name == "min_characters") return type == length;
  if (name == "sensitivity") return type == injection;
  if (name == "schema") return type == json_schema;
  if (name == "model") return type == moderation;
  if (name == "url" || name == "secret") return type == webhook;
  if (name == "timeout_ms" || name == "on_error") return type == moderation || type == webhook;
  return true;
}

void check_settings(const Node& one, guard::RuleType type, ProblemList& problems) {
  for (const Node& member : one.members) {
    if (member.given && !has_setting(type, member.field->name)) {
      problems.add(member.place, "`" + std::string(member.field->name) +
                                     "` is not a setting of rules of type `" +
                                     std::string(to_string(type)) + "`");
    }
  }
}

// Where in the rule a compile error is: "kinds[2]" or "schema".
const Node& place_of(const Node& rule, std::string_view param) {
  const std::string_view name = param.substr(0, param.find('['));
  const Node& setting = rule[name];
  if (name.size() == param.size() || setting.items.empty()) return setting;
  const auto at = static_cast<std::size_t>(
      std::strtoul(std::string(param.substr(name.size() + 1)).c_str(), nullptr, 10));
  return setting.items[std::min(at, setting.items.size() - 1)];
}

std::string nearest_for(guard::RuleType type, std::string_view param, const Node& at) {
  if (param.starts_with("kinds")) {
    const auto names = type == guard::RuleType::pii ? guard::pii_kinds() : guard::secret_kinds();
    return did_you_mean(at.text, Names(names.begin(), names.end()));
  }
  if (param.starts_with("allow") || param.starts_with("deny")) {
    const auto names = guard::known_languages();
    return did_you_mean(at.text, Names(names.begin(), names.end()));
  }
  return {};
}

guard::RuleConfig bind_rule(const Node& one, bool input, const Names& models,
                            const gateway::Config& config, ProblemList& problems) {
  guard::RuleConfig rule;
  rule.type = guard::rule_type(one["type"].text).value_or(guard::RuleType::pii);
  rule.name = one["name"].text.empty() ? one["type"].text : one["name"].text;
  rule.action = action_of(one["action"].text);
  rule.allow_on_error = one["on_error"].text == "allow";
  rule.kinds = texts_of(one["kinds"]);
  rule.allow = texts_of(one["allow"]);
  rule.deny = texts_of(one["deny"]);
  rule.words = texts_of(one["words"]);
  rule.patterns = texts_of(one["patterns"]);
  rule.roles = texts_of(one["roles"]);
  if (one["max_characters"].given) rule.max_characters = one["max_characters"].number;
  if (one["min_characters"].given) rule.min_characters = one["min_characters"].number;
  const std::string& sensitivity = one["sensitivity"].text;
  rule.threshold = sensitivity == "low" ? 1.6 : sensitivity == "high" ? 0.7 : 1.0;
  rule.schema = one["schema"].text;
  rule.model = one["model"].text;
  rule.url = one["url"].text;
  rule.secret = access::Secret(one["secret"].text);
  rule.timeout = milliseconds{one["timeout_ms"].number};
  if (!one["type"].valid) return rule;

  check_settings(one, rule.type, problems);
  if (!input && one["roles"].given)
    problems.add(one["roles"].place, "`roles` is for `input` rules only");
  static constexpr std::array<std::string_view, 5> kRoles = {"system", "developer", "user",
                                                             "assistant", "tool"};
  for (const Node& role : one["roles"].items) {
    if (std::ranges::find(kRoles, role.text) == kRoles.end()) {
      problems.add(role.place, "unknown role `" + role.text + "`" +
                                   did_you_mean(role.text, Names(kRoles.begin(), kRoles.end())));
    }
  }
  if (rule.type == guard::RuleType::moderation && !rule.model.empty() &&
      std::ranges::find(models, rule.model) == models.end()) {
    problems.add(one["model"].place, "unknown model `" + rule.model +
                                         "` in a rule of type "
                                         "`moderation`" +
                                         did_you_mean(rule.model, models));
  }
  if (rule.type == guard::RuleType::webhook && one["url"].given && one["url"].valid)
    check_outbound(one["url"], config, problems);
  if (auto compiled = guard::compile_rule(rule); !compiled) {
    const Node& at = place_of(one, compiled.error().param);
    problems.add(at.given ? at.place : one.place,
                 compiled.error().message + nearest_for(rule.type, compiled.error().param, at));
  }
  return rule;
}

void bind_rules(const Node& list, bool input, const Names& models, const gateway::Config& config,
                std::vector<guard::RuleConfig>& out, ProblemList& problems) {
  if (list.items.size() > kMaxRules)
    problems.add(list.place, "a policy may have 64 rules for one direction");
  for (const Node& one : list.items) out.push_back(bind_rule(one, input, models, config, problems));
}

void bind_tool(const Node& one, gateway::Config& config, ProblemList& problems) {
  guard::ToolConfig tool;
  tool.name = one["name"].text;
  tool.version = one["version"].text;
  tool.tenant = one["tenant"].text;
  tool.schema = one["schema"].text;
  tool.enabled = one["enabled"].flag;
  tool.roles = texts_of(one["roles"]);
  tool.keys = texts_of(one["keys"]);
  tool.groups = texts_of(one["groups"]);
  static constexpr std::array<std::string_view, 3> kRoles = {"viewer", "member", "admin"};
  for (const Node& role : one["roles"].items) {
    if (std::ranges::find(kRoles, role.text) == kRoles.end()) {
      problems.add(role.place, "unknown role `" + role.text + "`" +
                                   did_you_mean(role.text, Names(kRoles.begin(), kRoles.end())));
    }
  }
  if (!tool.schema.empty()) {
    if (auto schema = JsonSchema::compile(tool.schema); !schema) {
      problems.add(one["schema"].place,
                   "the schema of tool `" + tool.name + "`: " + schema.error().message);
    }
  }
  const bool twice = std::ranges::any_of(config.tools, [&](const guard::ToolConfig& other) {
    return other.name == tool.name && other.tenant == tool.tenant;
  });
  if (one["name"].valid && twice) {
    problems.add(one["name"].place,
                 "two [[tools]] of the same tenant are named `" + tool.name + "`");
  }
  config.tools.push_back(std::move(tool));
}

}  // namespace

void bind_guard(const Node& root, gateway::Config& config, ProblemList& problems) {
  Names models, policies;
  for (const auto& model : config.models) models.push_back(model.name);
  std::set<std::string_view> names;
  for (const Node& one : root["policies"].items) {
    guard::PolicyConfig policy;
    policy.name = one["name"].text;
    bind_rules(one["input"], true, models, config, policy.input, problems);
    bind_rules(one["output"], false, models, config, policy.output, problems);
    if (one["name"].valid && !names.insert(one["name"].text).second)
      problems.add(one["name"].place, "two [[policies]] are named `" + policy.name + "`");
    policies.push_back(one["name"].text);
    config.policies.push_back(std::move(policy));
  }
  const auto known = [&](const Node& name) {
    if (name.valid && !name.text.empty() &&
        std::ranges::find(policies, name.text) == policies.end())
      problems.add(name.place,
                   "unknown policy `" + name.text + "`" + did_you_mean(name.text, policies));
    return name.text;
  };
  config.default_policy = known(root["default_policy"]);
  std::size_t route = 0;
  for (const Node& one : root["routes"].items) config.routes[route++].policy = known(one["policy"]);
  for (const Node& one : root["policy_for"].items) {
    config.policy_for.push_back({known(one["policy"]), one["tenant"].text, one["key"].text});
    if (one["tenant"].text.empty() == one["key"].text.empty())
      problems.add(one.place, "[[policy_for]] needs `tenant` or `key`, not both");
  }
  for (const Node& one : root["tools"].items) bind_tool(one, config, problems);
  const Node& rules = root["tool_rules"];
  config.tool_rules.governed = rules["only_configured"].flag;
  config.tool_rules.strip = rules["on_denied"].text == "strip";
  config.tool_rules.on_invalid = rules["on_invalid"].text == "refuse"   ? guard::ToolFault::refuse
                                 : rules["on_invalid"].text == "repair" ? guard::ToolFault::repair
                                                                        : guard::ToolFault::record;
}

}  // namespace maester::app
