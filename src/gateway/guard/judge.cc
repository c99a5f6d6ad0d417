#include "gateway/guard/judge.h"

#include <algorithm>

#include "base/utf8.h"
#include "codec/json.h"
#include "gateway/guard/injection.h"
#include "gateway/guard/language.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kFewestForLanguage = 20;  // bytes; shorter texts are in no language

bool contains(const std::vector<std::string>& list, std::string_view one) {
  return std::ranges::find(list, one) != list.end();
}

std::string language_finding(const RuleConfig& rule, std::string_view text) {
  if (text.size() < kFewestForLanguage) return {};
  const Language language = detect_language(text);
  if (language.code.empty()) return {};
  const bool refused = rule.allow.empty() ? contains(rule.deny, language.code)
                                          : !contains(rule.allow, language.code);
  return refused ? std::string(language.code) : std::string();
}

}  // namespace

bool looks_at(const Rule& rule, std::string_view role) {
  return role.empty() || rule.config.roles.empty() || contains(rule.config.roles, role);
}

void Judge::found(const Rule& rule, std::string_view kind) {
  report_.found(phase_, rule, kind, rule.config.action);
  if (rule.config.action == Action::block && blocker_ == nullptr) {
    blocker_ = &rule;
    blocked_kind_ = kind;
  }
}

void Judge::judge_whole(std::string_view text, std::string_view role) {
  characters_ += utf8::length(text);
  for (const Rule& rule : rules_.rules) {
    if (!looks_at(rule, role)) continue;
    if (rule.config.type == RuleType::injection) {
      if (injection_score(text).score >= rule.config.threshold) found(rule, "injection");
    } else if (rule.config.type == RuleType::languages) {
      if (const std::string code = language_finding(rule.config, text); !code.empty())
        found(rule, code);
    }
  }
}

bool Judge::text(std::string& text, std::string_view role, bool spans_done) {
  judge_whole(text, role);
  std::vector<SpanRule> rules;
  for (const SpanRule& rule : rules_.spans) {
    const bool streamable = rules_.rules[rule.rule].config.type != RuleType::regex;
    if (spans_done && streamable) continue;
    if (looks_at(rules_.rules[rule.rule], role)) rules.push_back(rule);
  }
  if (rules.empty()) return false;
  TextWindow window(rules);
  std::string out;
  std::vector<Finding> findings;
  window.add(text, true, out, findings);
  bool redacted = false;
  for (const Finding& finding : findings) {
    found(rules_.rules[finding.rule], finding.kind);
    redacted = redacted || finding.action == Action::redact;
  }
  if (redacted) text = std::move(out);
  return redacted;
}

bool Judge::json(std::string& text, std::string_view role,
                 std::vector<std::pair<std::string, std::string>>* changes) {
  auto document = json::Document::parse(text);
  if (!document) return this->text(text, role);
  json::Edit edit(*document);
  bool changed = false;
  const auto visit = [&](const auto& self, json::Value value) -> void {
    if (value.is_object() || value.is_array()) {
      for (const json::Value member : value) self(self, member);
      return;
    }
    if (!value.is_string() && !value.is_number()) return;
    std::string one(value.is_string() ? value.string_or("") : value.raw());
    std::string before = one;
    if (!this->text(one, role)) return;
    edit.replace(value, json::quote(one));
    if (changes != nullptr) changes->emplace_back(std::move(before), std::move(one));
    changed = true;
  };
  visit(visit, document->root());
  if (changed) text = edit.apply();
  return changed;
}

void Judge::finish() {
  for (const Rule& rule : rules_.rules) {
    if (rule.config.type != RuleType::length) continue;
    const auto count = static_cast<std::int64_t>(characters_);
    if (rule.config.max_characters && count > *rule.config.max_characters) found(rule, "too_long");
    if (rule.config.min_characters && count < *rule.config.min_characters) found(rule, "too_short");
  }
}

void Judge::schema(std::string_view content) {
  for (const Rule& rule : rules_.rules) {
    if (!rule.schema) continue;
    const auto document = json::Document::parse(content);
    if (!document) {
      found(rule, "not_json");
    } else if (!rule.schema->validate(document->root()).valid) {
      found(rule, "schema");
    }
  }
}

void Judge::unscannable(std::string_view what, std::string_view role) {
  for (const Rule& rule : rules_.rules) {
    if (rule.remote() || rule.config.type == RuleType::length || !looks_at(rule, role)) continue;
    report_.not_scanned(phase_, rule, what, false);
  }
}

}  // namespace maester::gateway::guard
