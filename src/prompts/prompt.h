// A prompt version: what was pushed under a name, never changed afterwards.
//
// Plain values; a PromptVersion is shared as `shared_ptr<const PromptVersion>` between all threads.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "codec/template.h"

namespace maester::prompts {

struct Variable {
  std::string name;
  std::string type = "string";  // string | number | boolean | json
  bool operator==(const Variable&) const = default;
};

struct MessageTemplate {
  std::string role;  // system | developer | user | assistant
  Template content;
};

struct PromptVersion {
  std::string tenant, name, version;
  // A plain template (is_chat false) is one message of role `user`.
  std::vector<MessageTemplate> messages;
  bool is_chat = false;
  // As declared, by name; or, when nothing was declared, those of the templates as strings in order
  // of first use.
  std::vector<Variable> variables;
  bool variables_declared = false;
  std::string message;        // the commit message
  std::string config;         // a JSON object with suggested parameters, or ""
  std::string template_hash;  // see hash_messages(), over the templates' sources
  WallTime created_at{};
};

// What a caller pushes. Exactly one of `template_text` and `messages` is given.
struct NewVersion {
  std::string name;
  std::string version;  // "" = the next vN
  std::string template_text;
  std::vector<std::pair<std::string, std::string>> messages;  // role, template
  std::vector<Variable> variables;
  std::vector<std::string> labels;  // moved to this version in the same transaction
  std::string message;
  std::string config;
};

// Bounds of one version and of one prompt (RULES.md: every count is bounded before it is
// allocated).
inline constexpr std::size_t kMaxTemplateBytes = 256 * 1024;  // of all messages together
inline constexpr std::size_t kMaxMessages = 256;
inline constexpr std::size_t kMaxVariables = 256;
inline constexpr std::size_t kMaxConfigBytes = 64 * 1024;
inline constexpr std::size_t kMaxCommitMessageBytes = 4096;
inline constexpr std::size_t kMaxVersions = 10'000;
inline constexpr std::size_t kMaxLabels = 64;
inline constexpr std::size_t kMaxRenderedBytes = 10u << 20;

// Checks a push and makes the version it stands for (`version` and `created_at` stay empty). Fails
// with Code::invalid_request for a malformed name, role or type, Code::unprocessable for a template
// that does not parse or that uses a variable which the declaration does not name, Code::too_large
// past a bound.
Result<PromptVersion> make_version(NewVersion pushed);

// Names of prompts, versions and labels: [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}. `what` names it in the
// error.
Status check_name(std::string_view what, std::string_view name);

// True when both would render alike: messages, variables and config are equal.
bool same_content(const PromptVersion& a, const PromptVersion& b);

// The identity of a text or a chat. Of a plain text: its SHA-256. Of a chat: the SHA-256 of, for
// each message in order,
//     role SP byte-length-in-decimal LF text LF
// so that no two different chats share a form. 64 hexadecimal digits.
std::string hash_messages(bool is_chat,
                          const std::vector<std::pair<std::string, std::string>>& messages);

}  // namespace maester::prompts
