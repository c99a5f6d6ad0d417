#include "api/prompt_json.h"

#include <algorithm>
#include <array>

#include "api/change.h"
#include "codec/json_object.h"

namespace maester::api {
namespace {

void write_message(json::Writer& w, const prompts::MessageTemplate& message) {
  w.begin_object();
  if (message.placeholder.empty()) {
    w.field("role", message.role).field("content", message.source());
  } else {
    w.field("placeholder", message.placeholder);
  }
  w.end_object();
}

void write_variable(json::Writer& w, const prompts::Variable& variable) {
  w.key(variable.name);
  if (variable.choices.empty()) {
    w.value(variable.type);
    return;
  }
  w.begin_object().field("type", variable.type).key("enum").begin_array();
  for (const std::string& choice : variable.choices) w.value(choice);
  w.end_array().end_object();
}

Result<prompts::NewMessage> read_message(json::Value message) {
  static constexpr std::array<std::string_view, 3> kKnown{"role", "content", "placeholder"};
  TRY(json::only_known(message, kKnown));
  prompts::NewMessage out;
  if (const json::Value placeholder = message.get("placeholder"); !placeholder.empty()) {
    TRY_ASSIGN(out.placeholder, placeholder.as_string());
    out.role = message.get("role").string_or("");
    out.text = message.get("content").string_or("");
    return out;
  }
  TRY_ASSIGN(out.role, message.get("role").as_string());
  TRY_ASSIGN(out.text, message.get("content").as_string());
  return out;
}

// `"number"`, or `{"type": "string", "enum": [..]}`.
Result<prompts::Variable> read_variable(json::Value told) {
  prompts::Variable out{std::string(told.key())};
  if (!told.is_object()) {
    TRY_ASSIGN(out.type, told.as_string());
    return out;
  }
  static constexpr std::array<std::string_view, 2> kKnown{"type", "enum"};
  TRY(json::only_known(told, kKnown));
  if (const json::Value type = told.get("type"); !type.empty()) {
    TRY_ASSIGN(out.type, type.as_string());
  }
  const json::Value choices = told.get("enum");
  if (!choices.empty() && !choices.is_array())
    return fail(Code::invalid_request, "`" + choices.path() + "` is a list of strings.",
                choices.path());
  for (const json::Value choice : choices) {
    TRY_ASSIGN(const std::string_view text, choice.as_string());
    out.choices.emplace_back(text);
  }
  return out;
}

}  // namespace

Result<std::string> optional_text(json::Value value) {
  if (value.empty()) return std::string();
  TRY_ASSIGN(const std::string_view text, value.as_string());
  return std::string(text);
}

void write_approvals(json::Writer& w, const std::vector<prompts::Approval>& approvals) {
  w.begin_array();
  for (const prompts::Approval& one : approvals) {
    w.begin_object().field("by", one.key_id).optional_field("comment", one.comment);
    w.field("at", format_rfc3339(one.at)).end_object();
  }
  w.end_array();
}

void write_label_target(json::Writer& w, const prompts::Target& target) {
  w.key("version");
  target.empty() ? w.null() : w.value(target.version());
  if (!target.is_split()) return;
  w.key("split");
  prompts::write_shares(w, target.shares());
}

void write_prompt_version(json::Writer& w, const prompts::PromptVersion& version,
                          const prompts::Labels& labels,
                          const std::vector<prompts::Approval>& approvals) {
  w.begin_object().field("name", version.name).field("version", version.version);
  if (version.is_chat) {
    w.key("messages").begin_array();
    for (const auto& message : version.messages) write_message(w, message);
    w.end_array();
  } else {
    w.field("template", version.messages.front().source());
  }
  w.key("variables").begin_object();
  for (const auto& variable : version.variables) write_variable(w, variable);
  w.end_object().field("variables_declared", version.variables_declared);
  if (!version.references.empty()) {
    w.key("references").begin_array();
    for (const auto& one : version.references)
      w.begin_object().field("name", one.prompt).field("version", one.version).end_object();
    w.end_array();
  }
  w.field("template_hash", version.template_hash).key("labels").begin_array();
  for (const auto& [label, state] : labels) {
    if (state.target.contains(version.version)) w.value(label);
  }
  w.end_array().field("message", version.message).key("author");
  version.author.empty() ? w.null() : w.value(version.author);
  if (!approvals.empty()) {
    w.key("approvals");
    write_approvals(w, approvals);
  }
  if (!version.config.empty()) w.raw_field("config", version.config);
  w.optional_field("fallback", version.fallback);
  w.field("created_at", format_rfc3339(version.created_at)).end_object();
}

Result<Answer> prompt_version_answer(const Context& context, const prompts::VersionPtr& version,
                                     int status) {
  const prompts::Registry& registry = context.deps.prompts;
  const std::string& tenant = context.principal.tenant;
  TRY_ASSIGN(const prompts::Labels labels, registry.labels(tenant, version->name));
  TRY_ASSIGN(const auto approvals, registry.approvals(tenant, version->name, version->version));
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  write_prompt_version(w, *version, labels, approvals);
  return answer;
}

Answer label_change_answer(const prompts::LabelChange& change) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("label", change.label);
  write_label_target(w, change.target);
  w.key("previous");
  change.previous.empty() ? w.null() : w.value(change.previous.text());
  w.field("revision", change.revision).field("changed", change.changed).end_object();
  return answer;
}

Result<prompts::NewVersion> read_new_version(json::Value body, std::string_view name) {
  prompts::NewVersion pushed;
  TRY_ASSIGN(pushed.name, optional_text(body.get("name")));
  if (!name.empty()) {
    if (!pushed.name.empty() && pushed.name != name) {
      return fail(Code::invalid_request, "`name` is not the prompt that the path names.", "name");
    }
    pushed.name = name;
  }
  TRY_ASSIGN(pushed.version, optional_text(body.get("version")));
  TRY_ASSIGN(pushed.template_text, optional_text(body.get("template")));
  TRY_ASSIGN(pushed.message, optional_text(body.get("message")));
  TRY_ASSIGN(pushed.fallback, optional_text(body.get("fallback")));
  for (const json::Value message : body.get("messages")) {
    TRY_ASSIGN(prompts::NewMessage read, read_message(message));
    pushed.messages.push_back(std::move(read));
  }
  if (const auto twice = body.get("variables").duplicate_key()) {
    return fail(Code::invalid_request, "Variable `" + std::string(*twice) + "` is declared twice.",
                "variables." + std::string(*twice));
  }
  for (const json::Value variable : body.get("variables")) {
    TRY_ASSIGN(prompts::Variable read, read_variable(variable));
    pushed.variables.push_back(std::move(read));
  }
  for (const json::Value label : body.get("labels")) {
    TRY_ASSIGN(const std::string_view text, label.as_string());
    pushed.labels.emplace_back(text);
  }
  if (const json::Value config = body.get("config"); !config.empty())
    pushed.config = std::string(config.raw());
  return pushed;
}

Result<prompts::Expected> read_expected(json::Value body) {
  prompts::Expected expected;
  if (const json::Value version = body.get("expected_version"); version.exists()) {
    TRY_ASSIGN(expected.version, optional_text(version));
  }
  if (const json::Value revision = body.get("expected_revision"); !revision.empty()) {
    TRY_ASSIGN(expected.revision, revision.as_int());
  }
  return expected;
}

}  // namespace maester::api
