#include "prompts/prompt.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/hash.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_equal.h"

namespace maester::prompts {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::array<std::string_view, 4> kRoles = {"system", "developer", "user", "assistant"};
constexpr std::array<std::string_view, 6> kTypes = {"string",  "number", "integer",
                                                    "boolean", "json",   "messages"};
constexpr std::string_view kPlaceholderRole = "placeholder";

template <class List>
bool contains(const List& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

Status check_sizes(const NewVersion& pushed) {
  std::size_t bytes = pushed.template_text.size();
  std::size_t expanded = pushed.template_expanded.size();
  for (const NewMessage& message : pushed.messages) {
    bytes += message.text.size();
    expanded += message.expanded.size();
  }
  if (std::max(bytes, expanded) > kMaxTemplateBytes) {
    return fail(Code::too_large, "A prompt's templates may have 256 KiB together.", "template");
  }
  if (pushed.messages.size() > kMaxMessages) {
    return fail(Code::too_large, "A prompt may have 256 messages.", "messages");
  }
  if (pushed.variables.size() > kMaxVariables) {
    return fail(Code::too_large, "A prompt may declare 256 variables.", "variables");
  }
  if (pushed.config.size() > kMaxConfigBytes) {
    return fail(Code::too_large, "A prompt's config may have 64 KiB.", "config");
  }
  if (pushed.fallback.size() > kMaxTemplateBytes) {
    return fail(Code::too_large, "A prompt's fallback may have 256 KiB.", "fallback");
  }
  if (pushed.message.size() > kMaxCommitMessageBytes) {
    return fail(Code::too_large, "A commit message may have 4 KiB.", "message");
  }
  return {};
}

Result<MessageTemplate> make_message(NewMessage pushed, const std::string& where) {
  MessageTemplate out;
  if (!pushed.placeholder.empty()) {
    if (!pushed.role.empty() || !pushed.text.empty()) {
      return fail(Code::invalid_request,
                  "A placeholder stands alone: `{\"placeholder\": \"" + pushed.placeholder +
                      "\"}`, without role and content.",
                  where);
    }
    // Named as variables are, so that a value can be given for it.
    auto named = Template::parse("{" + pushed.placeholder + "}");
    if (!named || named->variables() != std::vector{pushed.placeholder}) {
      return fail(Code::unprocessable,
                  "`" + pushed.placeholder +
                      "` is no name: a letter or `_`, then letters, digits, `_`, `.` or `-`.",
                  where);
    }
    out.placeholder = std::move(pushed.placeholder);
    return out;
  }
  if (!contains(kRoles, pushed.role)) {
    return fail(
        Code::invalid_request,
        "A message's role is system, developer, user or assistant, not `" + pushed.role + "`.",
        where);
  }
  if (!pushed.expanded.empty()) out.pinned = std::move(pushed.text);
  auto parsed = Template::parse(std::move(pushed.expanded.empty() ? pushed.text : pushed.expanded));
  if (!parsed) {
    Error error = std::move(parsed).error();
    error.param = where;
    return fail(std::move(error));
  }
  out.role = std::move(pushed.role);
  out.content = std::move(*parsed);
  return out;
}

Status fill_messages(NewVersion& pushed, PromptVersion& out) {
  if (pushed.messages.empty() == pushed.template_text.empty()) {
    return fail(Code::invalid_request, "A prompt has either a `template` or `messages`.",
                "template");
  }
  out.is_chat = !pushed.messages.empty();
  if (!out.is_chat) {
    TRY_ASSIGN(MessageTemplate one, make_message({"user", std::move(pushed.template_text), "",
                                                  std::move(pushed.template_expanded)},
                                                 "template"));
    out.messages.push_back(std::move(one));
    return {};
  }
  for (std::size_t i = 0; i < pushed.messages.size(); ++i) {
    TRY_ASSIGN(MessageTemplate one,
               make_message(std::move(pushed.messages[i]), "messages[" + std::to_string(i) + "]"));
    out.messages.push_back(std::move(one));
  }
  return {};
}

Status check_choices(const Variable& variable) {
  if (variable.choices.empty()) return {};
  const std::string where = "variables." + variable.name;
  if (variable.type != "string") {
    return fail(Code::invalid_request,
                "Only a string has an `enum`, and variable `" + variable.name + "` is declared " +
                    variable.type + ".",
                where);
  }
  if (variable.choices.size() > kMaxChoices) {
    return fail(Code::too_large, "An `enum` may have 256 values.", where);
  }
  return {};
}

Status check_declared(const std::vector<Variable>& declared) {
  std::vector<std::string_view> seen;
  for (const Variable& variable : declared) {
    if (!contains(kTypes, variable.type)) {
      return fail(Code::invalid_request,
                  "The type of variable `" + variable.name +
                      "` is string, number, integer, boolean, json or messages, not `" +
                      variable.type + "`.",
                  "variables." + variable.name);
    }
    TRY(check_choices(variable));
    if (contains(seen, variable.name)) {
      return fail(Code::invalid_request, "Variable `" + variable.name + "` is declared twice.",
                  "variables." + variable.name);
    }
    seen.push_back(variable.name);
  }
  return {};
}

const Variable* find_variable(const std::vector<Variable>& among, std::string_view name) {
  const auto found = std::find_if(among.begin(), among.end(),
                                  [&](const Variable& variable) { return variable.name == name; });
  return found == among.end() ? nullptr : &*found;
}

// A message's texts use `name`; as a placeholder when `as_messages`.
Status use_variable(const std::string& name, bool as_messages,
                    const std::vector<Variable>& inherited, PromptVersion& out) {
  const Variable* known = find_variable(out.variables, name);
  if (known == nullptr && out.variables_declared) {
    return fail(Code::unprocessable,
                as_messages ? "The placeholder `" + name +
                                  "` is not among `variables`; declare it with type messages."
                            : "The template uses variable `" + name +
                                  "`, which `variables` does not declare; declare it or write `{{" +
                                  name + "}}` for the text itself.",
                "variables." + name);
  }
  if (known == nullptr) {
    Variable derived{name, as_messages ? "messages" : "string"};
    if (const Variable* told = find_variable(inherited, name); told != nullptr && !as_messages)
      derived = *told;
    out.variables.push_back(std::move(derived));
  } else if ((known->type == "messages") != as_messages) {
    return fail(Code::unprocessable,
                as_messages ? "The placeholder `" + name +
                                  "` needs a variable of type messages, "
                                  "not " +
                                  known->type + "."
                            : "Variable `" + name +
                                  "` has messages: it stands in a `placeholder`, not in a text.",
                "variables." + name);
  }
  return {};
}

Status fill_variables(std::vector<Variable> declared, const std::vector<Variable>& inherited,
                      PromptVersion& out) {
  for (Variable& variable : declared) {
    if (variable.type.empty()) variable.type = "string";
  }
  TRY(check_declared(declared));
  // A declaration is a set: the order in which it was written makes no other content.
  std::sort(declared.begin(), declared.end(),
            [](const Variable& a, const Variable& b) { return a.name < b.name; });
  out.variables_declared = !declared.empty();
  out.variables = std::move(declared);
  for (const MessageTemplate& one : out.messages) {
    if (!one.placeholder.empty()) TRY(use_variable(one.placeholder, true, inherited, out));
    for (const std::string& name : one.content.variables())
      TRY(use_variable(name, false, inherited, out));
  }
  return {};
}

// The same values, however they are written: a config goes through files of other forms and back.
bool same_config(const std::string& a, const std::string& b) {
  if (a == b) return true;
  if (a.empty() || b.empty()) return false;
  const auto x = json::Document::parse(a), y = json::Document::parse(b);
  return x && y && json::equal(x->root(), y->root());
}

}  // namespace

Status check_name(std::string_view what, std::string_view name) {
  const bool well_formed = !name.empty() && name.size() <= kMaxNameBytes && is_word(name.front()) &&
                           std::all_of(name.begin(), name.end(),
                                       [](char c) { return is_word(c) || c == '.' || c == '-'; });
  if (well_formed) return {};
  return fail(Code::invalid_request,
              "A " + std::string(what) +
                  " has 1 to 128 letters, digits, `_`, `-` and `.`, and begins with a letter, a "
                  "digit or `_`.",
              std::string(what));
}

Result<PromptVersion> make_version(NewVersion pushed) {
  TRY(check_name("name", pushed.name));
  if (!pushed.version.empty()) TRY(check_name("version", pushed.version));
  TRY(check_sizes(pushed));
  if (!utf8::valid(pushed.message)) {
    return fail(Code::invalid_request, "The commit message is not valid UTF-8.", "message");
  }
  if (!utf8::valid(pushed.fallback)) {
    return fail(Code::invalid_request, "The fallback is not valid UTF-8.", "fallback");
  }
  PromptVersion out;
  out.name = std::move(pushed.name);
  TRY(fill_messages(pushed, out));
  TRY(fill_variables(std::move(pushed.variables), pushed.inherited, out));
  out.references = std::move(pushed.references);
  out.message = std::move(pushed.message);
  out.fallback = std::move(pushed.fallback);
  TRY_ASSIGN(out.settings, read_settings(pushed.config));
  out.config = std::move(pushed.config);
  std::vector<std::pair<std::string, std::string>> sources;
  for (const MessageTemplate& one : out.messages) {
    if (one.placeholder.empty()) {
      sources.emplace_back(one.role, one.content.source());
    } else {
      sources.emplace_back(kPlaceholderRole, one.placeholder);
    }
  }
  out.template_hash = hash_messages(out.is_chat, sources);
  return out;
}

bool same_content(const PromptVersion& a, const PromptVersion& b) {
  const bool same_text =
      a.is_chat == b.is_chat && a.variables == b.variables &&
      a.variables_declared == b.variables_declared && a.fallback == b.fallback &&
      std::equal(a.messages.begin(), a.messages.end(), b.messages.begin(), b.messages.end(),
                 [](const MessageTemplate& x, const MessageTemplate& y) {
                   return x.role == y.role && x.placeholder == y.placeholder &&
                          x.source() == y.source();
                 });
  return same_text && same_config(a.config, b.config);
}

std::string hash_messages(bool is_chat,
                          const std::vector<std::pair<std::string, std::string>>& messages) {
  if (!is_chat) return sha256_hex(messages.empty() ? std::string_view() : messages.front().second);
  std::string canonical;
  for (const auto& [role, text] : messages) {
    canonical += role;
    canonical += ' ';
    canonical += std::to_string(text.size());
    canonical += '\n';
    canonical += text;
    canonical += '\n';
  }
  return sha256_hex(canonical);
}

}  // namespace maester::prompts
