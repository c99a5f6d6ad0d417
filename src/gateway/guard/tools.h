// Tools as the operator governs them: which exist, in which version, for whom. Immutable; shared by
// all cores as a part of the snapshot. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "base/result.h"
#include "codec/json_schema.h"
#include "gateway/guard/policy_config.h"

namespace maester::gateway::guard {

struct GovernedTool {
  ToolConfig config;
  std::optional<JsonSchema> schema;  // none: the caller's own
};

enum class Permit : std::uint8_t { allowed, switched_off, not_permitted, not_configured };
// "is switched off", "is not permitted to this key", ...
std::string_view to_string(Permit permit);

class ToolBook {
 public:
  static Result<ToolBook> make(const std::vector<ToolConfig>& tools, const ToolRules& rules);
  // Nothing is governed: requests need not be looked at.
  bool empty() const { return tools_.empty() && rules_ == ToolRules{}; }
  const ToolRules& rules() const { return rules_; }
  // The tenant's own tool of that name, else everybody's; null when none is configured.
  const GovernedTool* find(std::string_view tenant, std::string_view name) const;
  Permit permit(const GovernedTool* tool, const access::Principal& principal) const;

 private:
  std::vector<GovernedTool> tools_;
  ToolRules rules_;
};

// What closes a JSON text that was cut off: the quotes, brackets and braces that are open. Nothing
// when the cut is where more than these is missing (inside of an escape, a number or a word, after
// a key, a colon or a comma), because any guess could change what is meant.
std::optional<std::string> close_json(std::string_view cut);

}  // namespace maester::gateway::guard
