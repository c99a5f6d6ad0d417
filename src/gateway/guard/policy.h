// A policy, compiled: what is looked for in requests and in answers, and what is done about it.
// Immutable; shared by all cores as a part of the snapshot.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json_schema.h"
#include "gateway/guard/policy_config.h"
#include "gateway/guard/scan.h"
#include "gateway/guard/text_window.h"

namespace maester::gateway::guard {

struct Rule {
  RuleConfig config;
  std::unique_ptr<Scanner> scanner;  // of rules that find places in a text; else null
  std::optional<JsonSchema> schema;
  bool remote() const {
    return config.type == RuleType::moderation || config.type == RuleType::webhook;
  }
  bool acts() const { return config.action != Action::record; }
};

// Fails with Code::invalid_request, `param` naming the setting: "patterns[1]", "kinds[0]", ...
Result<Rule> compile_rule(RuleConfig config);

// The rules for one direction.
struct Phase {
  std::vector<Rule> rules;
  // Rules that find places, in their order: those that a stream can be cut anywhere for, and all.
  std::vector<SpanRule> streamable, spans;
  bool acts = false;        // some rule does more than record
  bool holds_back = false;  // some rule that does more needs the whole text
  bool remote = false;      // some rule asks somebody else
  bool empty() const { return rules.empty(); }
};

class Policy {
 public:
  static Result<std::shared_ptr<const Policy>> compile(const PolicyConfig& config);
  const std::string& name() const { return name_; }
  // The first 12 hexadecimal digits of the SHA-256 of its content, name included.
  const std::string& version() const { return version_; }
  const Phase& input() const { return input_; }
  const Phase& output() const { return output_; }

 private:
  std::string name_, version_;
  Phase input_, output_;
};

}  // namespace maester::gateway::guard
