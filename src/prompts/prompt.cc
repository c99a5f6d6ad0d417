#include "prompts/prompt.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/hash.h"
#include "base/utf8.h"
#include "codec/json.h"

namespace maester::prompts {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::array<std::string_view, 4> kRoles = {"system", "developer", "user", "assistant"};
constexpr std::array<std::string_view, 4> kTypes = {"string", "number", "boolean", "json"};

template <class List>
bool contains(const List& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

Status check_sizes(const NewVersion& pushed) {
  std::size_t bytes = pushed.template_text.size();
  for (const auto& [role, text] : pushed.messages) bytes += text.size();
  if (bytes > kMaxTemplateBytes) {
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
  if (pushed.message.size() > kMaxCommitMessageBytes) {
    return fail(Code::too_large, "A commit message may have 4 KiB.", "message");
  }
  return {};
}

Result<MessageTemplate> make_message(std::string role, std::string text, const std::string& where) {
  if (!contains(kRoles, role)) {
    return fail(Code::invalid_request,
                "A message's role is system, developer, user or assistant, not `" + role + "`.",
                where);
  }
  auto parsed = Template::parse(std::move(text));
  if (!parsed) {
    Error error = std::move(parsed).error();
    error.param = where;
    return fail(std::move(error));
  }
  return MessageTemplate{std::move(role), std::move(*parsed)};
}

Status fill_messages(NewVersion& pushed, PromptVersion& out) {
  if (pushed.messages.empty() == pushed.template_text.empty()) {
    return fail(Code::invalid_request, "A prompt has either a `template` or `messages`.",
                "template");
  }
  out.is_chat = !pushed.messages.empty();
  if (!out.is_chat) {
    TRY_ASSIGN(MessageTemplate one,
               make_message("user", std::move(pushed.template_text), "template"));
    out.messages.push_back(std::move(one));
    return {};
  }
  for (std::size_t i = 0; i < pushed.messages.size(); ++i) {
    auto& [role, text] = pushed.messages[i];
    TRY_ASSIGN(MessageTemplate one, make_message(std::move(role), std::move(text),
                                                 "messages[" + std::to_string(i) + "]"));
    out.messages.push_back(std::move(one));
  }
  return {};
}

Status check_declared(const std::vector<Variable>& declared) {
  std::vector<std::string_view> seen;
  for (const Variable& variable : declared) {
    if (!contains(kTypes, variable.type)) {
      return fail(Code::invalid_request,
                  "The type of variable `" + variable.name +
                      "` is string, number, boolean or json, not `" + variable.type + "`.",
                  "variables." + variable.name);
    }
    if (contains(seen, variable.name)) {
      return fail(Code::invalid_request, "Variable `" + variable.name + "` is declared twice.",
                  "variables." + variable.name);
    }
    seen.push_back(variable.name);
  }
  return {};
}

Status fill_variables(std::vector<Variable> declared, PromptVersion& out) {
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
    for (const std::string& name : one.content.variables()) {
      const bool known = std::any_of(out.variables.begin(), out.variables.end(),
                                     [&](const Variable& v) { return v.name == name; });
      if (known) continue;
      if (out.variables_declared) {
        return fail(Code::unprocessable,
                    "The template uses variable `" + name +
                        "`, which `variables` does not declare; declare it or write `{{" + name +
                        "}}` for the text itself.",
                    "variables." + name);
      }
      out.variables.push_back({name, "string"});
    }
  }
  return {};
}

Status check_config(const std::string& config) {
  if (config.empty()) return {};
  auto parsed = json::Document::parse(config);
  if (!parsed || !parsed->root().is_object()) {
    return fail(Code::invalid_request, "A prompt's `config` is a JSON object.", "config",
                parsed ? "" : parsed.error().message);
  }
  return {};
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
  TRY(check_config(pushed.config));
  if (!utf8::valid(pushed.message)) {
    return fail(Code::invalid_request, "The commit message is not valid UTF-8.", "message");
  }
  PromptVersion out;
  out.name = std::move(pushed.name);
  TRY(fill_messages(pushed, out));
  TRY(fill_variables(std::move(pushed.variables), out));
  out.message = std::move(pushed.message);
  out.config = std::move(pushed.config);
  std::vector<std::pair<std::string, std::string>> sources;
  for (const MessageTemplate& one : out.messages) {
    sources.emplace_back(one.role, one.content.source());
  }
  out.template_hash = hash_messages(out.is_chat, sources);
  return out;
}

bool same_content(const PromptVersion& a, const PromptVersion& b) {
  return a.is_chat == b.is_chat && a.variables == b.variables &&
         a.variables_declared == b.variables_declared && a.config == b.config &&
         std::equal(a.messages.begin(), a.messages.end(), b.messages.begin(), b.messages.end(),
                    [](const MessageTemplate& x, const MessageTemplate& y) {
                      return x.role == y.role && x.content.source() == y.content.source();
                    });
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
