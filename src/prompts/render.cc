#include "prompts/render.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace maester::prompts {
namespace {

struct Value {
  std::string_view text;
  json::Value messages;  // of type messages
};
using Values = std::map<std::string_view, Value>;

std::string_view kind_name(json::Kind kind) {
  switch (kind) {
    case json::Kind::absent:
      return "nothing";
    case json::Kind::null:
      return "null";
    case json::Kind::boolean:
      return "a boolean";
    case json::Kind::number:
      return "a number";
    case json::Kind::string:
      return "a string";
    case json::Kind::array:
      return "an array";
    case json::Kind::object:
      return "an object";
  }
  return "nothing";
}

std::string_view with_article(std::string_view type) {
  if (type == "number") return "a number";
  if (type == "integer") return "a whole number";
  if (type == "boolean") return "a boolean";
  if (type == "messages") return "an array of messages";
  return "a string";
}

Error wrong_type(const Variable& variable, json::Value value) {
  return make_error(Code::unprocessable,
                    "Variable `" + variable.name + "` must be " +
                        std::string(with_article(variable.type)) + ", not " +
                        std::string(kind_name(value.kind())) + ".",
                    "variables." + variable.name);
}

Status check_choice(const Variable& variable, std::string_view text) {
  if (variable.choices.empty() ||
      std::find(variable.choices.begin(), variable.choices.end(), text) != variable.choices.end())
    return {};
  std::string choices;
  for (const std::string& one : variable.choices)
    choices += (choices.empty() ? "`" : ", `") + one + "`";
  return fail(Code::unprocessable,
              "Variable `" + variable.name + "` must be one of " + choices + ", not `" +
                  std::string(text.substr(0, 100)) + "`.",
              "variables." + variable.name);
}

// Whether the message is one that a provider can be sent, as far as every provider agrees.
Status check_message(const Variable& variable, json::Value message, std::size_t index) {
  static constexpr std::array<std::string_view, 5> kRoles{"system", "developer", "user",
                                                          "assistant", "tool"};
  const std::string where = "variables." + variable.name + "[" + std::to_string(index) + "]";
  if (!message.is_object()) {
    return fail(Code::unprocessable,
                "`" + where + "` must be a message, `{role, content}`, not " +
                    std::string(kind_name(message.kind())) + ".",
                where);
  }
  if (const auto twice = message.duplicate_key()) {
    return fail(Code::invalid_request, "`" + where + "` has `" + std::string(*twice) + "` twice.",
                where);
  }
  const std::string_view role = message.get("role").string_or("");
  if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
    return fail(Code::unprocessable,
                "`" + where + ".role` must be system, developer, user, assistant or tool.",
                where + ".role");
  }
  const json::Value content = message.get("content");
  const bool calls = role == "assistant" && message.get("tool_calls").is_array();
  if (!content.is_string() && !content.is_array() && !(calls && content.empty())) {
    return fail(Code::unprocessable,
                "`" + where + ".content` must be a string or an array of parts, not " +
                    std::string(kind_name(content.kind())) + ".",
                where + ".content");
  }
  return {};
}

Status check_messages(const Variable& variable, json::Value value) {
  if (!value.is_array()) return fail(wrong_type(variable, value));
  if (value.size() > kMaxHistory) {
    return fail(Code::too_large, "A placeholder takes 1,000 messages.",
                "variables." + variable.name);
  }
  std::size_t index = 0;
  for (const json::Value message : value) TRY(check_message(variable, message, index++));
  return {};
}

// The text that stands for the value, as the declared type has it.
Result<std::string_view> text_of(const Variable& variable, json::Value value) {
  if (variable.type == "json") return value.raw();
  if (variable.type == "number" && value.is_number()) return value.as_number_text();
  if (variable.type == "integer" && value.is_number()) {
    // 2 and 2.0 are one integer; how it was written stands in the text.
    if (value.as_int()) return value.as_number_text();
    return fail(Code::unprocessable,
                "Variable `" + variable.name + "` must be a whole number of 64 bits, not " +
                    std::string(value.raw().substr(0, 100)) + ".",
                "variables." + variable.name);
  }
  if (variable.type == "boolean" && value.is_bool()) return value.raw();
  if (variable.type == "string" && value.is_string()) return value.as_string();
  return fail(wrong_type(variable, value));
}

Result<Value> value_of(const Variable& variable, json::Value value) {
  if (variable.type == "messages") {
    TRY(check_messages(variable, value));
    return Value{{}, value};
  }
  TRY_ASSIGN(const std::string_view text, text_of(variable, value));
  TRY(check_choice(variable, text));
  return Value{text, {}};
}

std::string declared_names(const PromptVersion& version) {
  std::string out;
  for (const Variable& variable : version.variables) {
    out += (out.empty() ? "`" : ", `") + variable.name + "`";
  }
  return out;
}

Result<Values> check_variables(const PromptVersion& version, json::Value given) {
  Values values;
  if (given.empty()) return values;
  if (!given.is_object()) {
    return fail(Code::invalid_request,
                "`variables` must be an object of names and values, not " +
                    std::string(kind_name(given.kind())) + ".",
                "variables");
  }
  if (const auto twice = given.duplicate_key()) {
    return fail(Code::invalid_request,
                "Variable `" + std::string(*twice) + "` is given twice; give it once.",
                "variables." + std::string(*twice));
  }
  for (const json::Value value : given) {
    const auto variable =
        std::find_if(version.variables.begin(), version.variables.end(),
                     [&](const Variable& candidate) { return candidate.name == value.key(); });
    if (variable != version.variables.end()) {
      TRY_ASSIGN(const Value checked, value_of(*variable, value));
      values.emplace(variable->name, checked);
    } else if (version.variables_declared) {
      return fail(Code::unprocessable,
                  "Prompt `" + version.name + "` " + version.version + " has no variable `" +
                      std::string(value.key()) + "`; it declares " + declared_names(version) + ".",
                  "variables." + std::string(value.key()));
    }
  }
  return values;
}

Status check_complete(const PromptVersion& version, const Values& values) {
  std::vector<std::string_view> missing;
  const auto need = [&](const std::string& name) {
    if (values.contains(name)) return;
    if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
  };
  for (const MessageTemplate& message : version.messages) {
    if (!message.placeholder.empty()) need(message.placeholder);
    for (const std::string& name : message.content.variables()) need(name);
  }
  if (missing.empty()) return {};
  std::string names;
  for (const std::string_view name : missing) {
    names += (names.empty() ? "`" : ", `") + std::string(name) + "`";
  }
  return fail(Code::missing_variable,
              "Prompt `" + version.name + "` " + version.version + " needs " +
                  (missing.size() == 1 ? "variable " : "variables ") + names +
                  "; give a value in `variables`.",
              "variables." + std::string(missing.front()));
}

std::string texts_of(json::Value content) {
  if (content.is_string()) return std::string(content.string_or(""));
  std::string out;
  for (const json::Value part : content) {
    const json::Value text = part.get("text");
    if (!text.is_string()) continue;
    if (!out.empty()) out += '\n';
    out += text.string_or("");
  }
  return out;
}

RenderedMessage brought(json::Value message) {
  RenderedMessage out{std::string(message.get("role").string_or("")),
                      texts_of(message.get("content"))};
  if (message.size() > 2 || !message.get("content").is_string()) out.json = message.raw();
  return out;
}

std::string hash_of(bool is_chat, const std::vector<RenderedMessage>& messages) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const RenderedMessage& message : messages) {
    texts.emplace_back(message.json.empty() ? message.role : message.role + "*",
                       message.json.empty() ? message.text : message.json);
  }
  return hash_messages(is_chat, texts);
}

Status add(Rendered& out, RenderedMessage message, std::size_t& bytes) {
  bytes += message.text.size() + message.json.size();
  if (bytes > kMaxRenderedBytes) {
    return fail(Code::too_large, "The rendered prompt would have more than " +
                                     std::to_string(kMaxRenderedBytes) + " bytes.");
  }
  if (!out.messages.empty()) out.text += '\n';
  out.text += message.text;
  out.messages.push_back(std::move(message));
  return {};
}

}  // namespace

Result<Rendered> render(const PromptVersion& version, json::Value variables) {
  TRY_ASSIGN(const Values values, check_variables(version, variables));
  TRY(check_complete(version, values));
  const Template::Lookup lookup = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second.text);
  };
  Rendered out;
  std::size_t bytes = 0;
  for (const MessageTemplate& message : version.messages) {
    if (!message.placeholder.empty()) {
      for (const json::Value one : values.at(message.placeholder).messages)
        TRY(add(out, brought(one), bytes));
      continue;
    }
    TRY_ASSIGN(std::string text, message.content.render(lookup, kMaxRenderedBytes - bytes));
    TRY(add(out, {message.role, std::move(text)}, bytes));
  }
  out.hash = hash_of(version.is_chat, out.messages);
  return out;
}

}  // namespace maester::prompts
