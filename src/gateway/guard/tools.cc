#include "gateway/guard/tools.h"

#include <algorithm>

#include "codec/json.h"

namespace maester::gateway::guard {

std::string_view to_string(Permit permit) {
  switch (permit) {
    case Permit::allowed:
      return "is permitted";
    case Permit::switched_off:
      return "is switched off";
    case Permit::not_permitted:
      return "is not permitted to this key";
    case Permit::not_configured:
      return "is not configured here";
  }
  return "is not permitted to this key";
}

Result<ToolBook> ToolBook::make(const std::vector<ToolConfig>& tools, const ToolRules& rules) {
  ToolBook out;
  out.rules_ = rules;
  for (const ToolConfig& config : tools) {
    GovernedTool tool{config, std::nullopt};
    if (!config.schema.empty()) {
      TRY_ASSIGN(tool.schema, JsonSchema::compile(config.schema));
    }
    out.tools_.push_back(std::move(tool));
  }
  return out;
}

const GovernedTool* ToolBook::find(std::string_view tenant, std::string_view name) const {
  const GovernedTool* common = nullptr;
  for (const GovernedTool& tool : tools_) {
    if (tool.config.name != name) continue;
    if (tool.config.tenant == tenant) return &tool;
    if (tool.config.tenant.empty()) common = &tool;
  }
  return common;
}

Permit ToolBook::permit(const GovernedTool* tool, const access::Principal& principal) const {
  if (tool == nullptr) return rules_.governed ? Permit::not_configured : Permit::allowed;
  const ToolConfig& config = tool->config;
  if (!config.enabled) return Permit::switched_off;
  const auto has = [](const std::vector<std::string>& list, std::string_view one) {
    return list.empty() || std::ranges::find(list, one) != list.end();
  };
  const bool grouped =
      config.groups.empty() || std::ranges::any_of(principal.groups(), [&](const auto& group) {
        return std::ranges::find(config.groups, group) != config.groups.end();
      });
  const bool good = grouped && has(config.roles, access::to_string(principal.role)) &&
                    has(config.keys, principal.key_id);
  return good ? Permit::allowed : Permit::not_permitted;
}

std::optional<std::string> close_json(std::string_view cut) {
  std::string open;
  bool in_string = false, escaped = false, is_key = false;
  char last = 0;  // the last sign outside of white space
  for (const char c : cut) {
    if (in_string) {
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == '"') {
        in_string = false;
        last = is_key ? 'k' : '"';
      }
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') continue;
    if (c == '"') {
      in_string = true;
      is_key = !open.empty() && open.back() == '}' && last != ':';
    } else if (c == '{' || c == '[') {
      open += c == '{' ? '}' : ']';
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != c) return std::nullopt;
      open.pop_back();
    }
    if (!in_string) last = c;
  }
  // Only whole values may stand at the cut: a cut string value is closed where it stands, which
  // shortens a text but makes up nothing.
  if (escaped || (in_string && is_key) || open.empty()) return std::nullopt;
  if (!in_string && last != '"' && last != '}' && last != ']' && last != '{' && last != '[')
    return std::nullopt;
  std::string out(cut);
  if (in_string) out += '"';
  out.append(open.rbegin(), open.rend());
  if (!json::Document::parse(out)) return std::nullopt;
  return out;
}

}  // namespace maester::gateway::guard
