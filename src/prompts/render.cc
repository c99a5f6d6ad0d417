#include "prompts/render.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace maester::prompts {
namespace {

using Values = std::map<std::string_view, std::string_view>;

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
  if (type == "boolean") return "a boolean";
  return "a string";
}

// The text that stands for the value, as the declared type has it.
Result<std::string_view> text_of(const Variable& variable, json::Value value) {
  if (variable.type == "json") return value.raw();
  if (variable.type == "number" && value.is_number()) return value.as_number_text();
  if (variable.type == "boolean" && value.is_bool()) return value.raw();
  if (variable.type == "string" && value.is_string()) return value.as_string();
  return fail(Code::unprocessable,
              "Variable `" + variable.name + "` must be " +
                  std::string(with_article(variable.type)) + ", not " +
                  std::string(kind_name(value.kind())) + ".",
              "variables." + variable.name);
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
      TRY_ASSIGN(const std::string_view text, text_of(*variable, value));
      values.emplace(variable->name, text);
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
  for (const MessageTemplate& message : version.messages) {
    for (const std::string& name : message.content.variables()) {
      if (values.contains(name)) continue;
      if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
    }
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

}  // namespace

Result<Rendered> render(const PromptVersion& version, json::Value variables) {
  TRY_ASSIGN(const Values values, check_variables(version, variables));
  TRY(check_complete(version, values));
  const Template::Lookup lookup = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
  Rendered out;
  std::size_t bytes = 0;
  for (const MessageTemplate& message : version.messages) {
    TRY_ASSIGN(std::string text, message.content.render(lookup, kMaxRenderedBytes - bytes));
    bytes += text.size();
    if (!out.messages.empty()) out.text += '\n';
    out.text += text;
    out.messages.emplace_back(message.role, std::move(text));
  }
  out.hash = hash_messages(version.is_chat, out.messages);
  return out;
}

}  // namespace maester::prompts
