#include "gateway/guard/policy.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "codec/json_writer.h"
#include "gateway/guard/language.h"
#include "gateway/guard/patterns.h"
#include "gateway/guard/pii.h"
#include "gateway/guard/secrets.h"
#include "gateway/guard/urls.h"
#include "gateway/guard/words.h"

namespace maester::gateway::guard {
namespace {

constexpr auto kTypes = std::to_array<std::string_view>(
    {"pii", "secrets", "injection", "words", "topics", "regex", "languages", "urls", "length",
     "json_schema", "moderation", "webhook"});

std::string at(std::string_view list, std::size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

Result<std::unique_ptr<Scanner>> make_pii(const RuleConfig& config) {
  std::uint32_t bits = config.kinds.empty() ? kAllPii : 0;
  for (std::size_t i = 0; i < config.kinds.size(); ++i) {
    const auto bit = pii_bit(config.kinds[i]);
    if (!bit)
      return fail(Code::invalid_request, "unknown kind `" + config.kinds[i] + "`", at("kinds", i));
    bits |= *bit;
  }
  return make_pii_scanner(bits);
}

Result<std::unique_ptr<Scanner>> make_secrets(const RuleConfig& config) {
  for (std::size_t i = 0; i < config.kinds.size(); ++i) {
    if (!is_secret_kind(config.kinds[i]))
      return fail(Code::invalid_request, "unknown kind `" + config.kinds[i] + "`", at("kinds", i));
  }
  return make_secret_scanner(config.kinds);
}

Status check_languages(const RuleConfig& config) {
  if (config.allow.empty() == config.deny.empty())
    return fail(Code::invalid_request,
                "a rule of type `languages` needs `allow` or `deny`, not both", "type");
  const auto known = known_languages();
  for (const auto* list : {&config.allow, &config.deny}) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (std::ranges::find(known, (*list)[i]) == known.end())
        return fail(Code::invalid_request, "unknown language `" + (*list)[i] + "`",
                    at(list == &config.allow ? "allow" : "deny", i));
    }
  }
  return {};
}

Status needs(bool there, std::string_view field, std::string_view type) {
  if (there) return {};
  return fail(Code::invalid_request,
              "a rule of type `" + std::string(type) + "` needs `" + std::string(field) + "`",
              "type");
}

Status make_scanner(Rule& rule) {
  const RuleConfig& config = rule.config;
  const std::string_view type = to_string(config.type);
  switch (config.type) {
    case RuleType::pii: {
      TRY_ASSIGN(rule.scanner, make_pii(config));
      return {};
    }
    case RuleType::secrets: {
      TRY_ASSIGN(rule.scanner, make_secrets(config));
      return {};
    }
    case RuleType::words:
    case RuleType::topics: {
      TRY(needs(!config.words.empty(), "words", type));
      std::string kind = config.type == RuleType::topics ? config.name : "word";
      auto made = make_word_scanner({{std::move(kind), config.words}});
      if (!made) return fail(Code::invalid_request, made.error().message, "words");
      rule.scanner = std::move(*made);
      return {};
    }
    case RuleType::regex: {
      TRY(needs(!config.patterns.empty(), "patterns", type));
      TRY_ASSIGN(rule.scanner, make_pattern_scanner(config.patterns));
      return {};
    }
    case RuleType::urls:
      rule.scanner = make_url_scanner({config.allow, config.deny});
      return {};
    case RuleType::languages:
      return check_languages(config);
    case RuleType::length:
      return needs(config.max_characters || config.min_characters, "max_characters", type);
    case RuleType::json_schema: {
      TRY(needs(!config.schema.empty(), "schema", type));
      auto schema = JsonSchema::compile(config.schema);
      if (!schema) return fail(Code::invalid_request, schema.error().message, "schema");
      rule.schema = std::move(*schema);
      return {};
    }
    case RuleType::moderation:
      return needs(!config.model.empty(), "model", type);
    case RuleType::webhook:
      return needs(!config.url.empty(), "url", type);
    case RuleType::injection:
      return {};
  }
  return {};
}

void write_list(json::Writer& w, std::string_view name, const std::vector<std::string>& list) {
  w.key(name).begin_array();
  for (const std::string& one : list) w.value(one);
  w.end_array();
}

void write_rule(json::Writer& w, const RuleConfig& rule) {
  w.begin_object().field("type", to_string(rule.type)).field("name", rule.name);
  w.field("action", to_string(rule.action)).field("allow_on_error", rule.allow_on_error);
  write_list(w, "kinds", rule.kinds);
  write_list(w, "allow", rule.allow);
  write_list(w, "deny", rule.deny);
  write_list(w, "words", rule.words);
  write_list(w, "patterns", rule.patterns);
  write_list(w, "roles", rule.roles);
  w.field("max", rule.max_characters.value_or(-1)).field("min", rule.min_characters.value_or(-1));
  w.field("threshold_percent", static_cast<std::int64_t>(rule.threshold * 100));
  w.field("schema", rule.schema).field("model", rule.model).field("url", rule.url);
  w.field("timeout_ms", rule.timeout.count()).end_object();
}

std::string version_of(const PolicyConfig& config) {
  std::string canonical;
  json::Writer w(canonical);
  w.begin_object().field("name", config.name).key("input").begin_array();
  for (const RuleConfig& rule : config.input) write_rule(w, rule);
  w.end_array().key("output").begin_array();
  for (const RuleConfig& rule : config.output) write_rule(w, rule);
  w.end_array().end_object();
  return sha256_hex(canonical).substr(0, 12);
}

// The allow list of a rule that finds places names values; of addresses and languages it names what
// the rule itself knows.
std::span<const std::string> allowed_values(const Rule& rule) {
  if (rule.config.type == RuleType::urls) return {};
  return rule.config.allow;
}

Result<Phase> compile_phase(const std::vector<RuleConfig>& rules) {
  Phase out;
  out.rules.reserve(rules.size());
  for (const RuleConfig& config : rules) {
    TRY_ASSIGN(Rule rule, compile_rule(config));
    out.rules.push_back(std::move(rule));
  }
  for (std::size_t i = 0; i < out.rules.size(); ++i) {
    const Rule& rule = out.rules[i];
    out.acts = out.acts || rule.acts();
    out.remote = out.remote || rule.remote();
    const bool streamable = rule.scanner != nullptr && rule.config.type != RuleType::regex;
    out.holds_back = out.holds_back || (rule.acts() && !streamable);
    if (rule.scanner == nullptr) continue;
    const SpanRule span{rule.scanner.get(), i, rule.config.action, allowed_values(rule)};
    out.spans.push_back(span);
    if (streamable) out.streamable.push_back(span);
  }
  return out;
}

}  // namespace

std::string_view to_string(RuleType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

std::optional<RuleType> rule_type(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name);
  if (found == kTypes.end()) return std::nullopt;
  return static_cast<RuleType>(found - kTypes.begin());
}

Result<Rule> compile_rule(RuleConfig config) {
  Rule rule;
  rule.config = std::move(config);
  TRY(make_scanner(rule));
  if (rule.config.action == Action::redact && rule.scanner == nullptr) {
    return fail(Code::invalid_request,
                "a rule of type `" + std::string(to_string(rule.config.type)) +
                    "` judges a text as a whole and cannot redact: choose `record` or `block`",
                "action");
  }
  return rule;
}

Result<std::shared_ptr<const Policy>> Policy::compile(const PolicyConfig& config) {
  auto out = std::make_shared<Policy>();
  out->name_ = config.name;
  out->version_ = version_of(config);
  TRY_ASSIGN(out->input_, compile_phase(config.input));
  TRY_ASSIGN(out->output_, compile_phase(config.output));
  return out;
}

}  // namespace maester::gateway::guard
