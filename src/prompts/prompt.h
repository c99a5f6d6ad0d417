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
#include "prompts/settings.h"

namespace maester::prompts {

struct Variable {
  std::string name;
  // string | number | integer | boolean | json | messages (a placeholder's: an array of messages)
  std::string type = "string";
  std::vector<std::string> choices = {};  // of a string: what it may be; empty = anything
  bool operator==(const Variable&) const = default;
};

// A version of another prompt whose text stands inside this one: `{@name@version}`.
struct Reference {
  std::string prompt, version;
  bool operator==(const Reference&) const = default;
};

// One message, or the place for those that a caller brings.
struct MessageTemplate {
  std::string role;    // system | developer | user | assistant; "" of a placeholder
  Template content;    // what is rendered: references replaced by what they name
  std::string pinned;  // as it was written, its references with versions; "" = it has none
  std::string placeholder = {};  // the variable of type `messages` that stands here
  // What a person wrote, with references.
  const std::string& source() const { return pinned.empty() ? content.source() : pinned; }
};

struct PromptVersion {
  std::string tenant, name, version;
  // A plain template (is_chat false) is one message of role `user`.
  std::vector<MessageTemplate> messages;
  bool is_chat = false;
  // As declared, by name; or, when nothing was declared, those of the templates in order of first
  // use: strings, but for what placeholders and referenced prompts say.
  std::vector<Variable> variables;
  bool variables_declared = false;
  std::vector<Reference> references;  // distinct, in order of first use
  std::string message;                // the commit message
  std::string author;                 // id of the key that pushed it; "" = the program
  std::string config;                 // a JSON object, or ""
  Settings settings;                  // what of `config` the pipeline applies
  std::string fallback;               // what clients use when they reach no registry; "" = none
  std::string template_hash;  // see hash_messages(), over the templates with references replaced
  WallTime created_at{};
};

// A message as it is pushed: a role with a text, or a placeholder alone.
struct NewMessage {
  std::string role, text;
  std::string placeholder = {};
  std::string expanded = {};  // `text` with its references replaced, once they are (references.h)
};

// What a caller pushes. Exactly one of `template_text` and `messages` is given.
struct NewVersion {
  std::string name;
  std::string version;  // "" = the next vN
  std::string template_text;
  std::string template_expanded = {};  // see NewMessage::expanded
  std::vector<NewMessage> messages;
  std::vector<Variable> variables;
  std::vector<std::string> labels;  // moved to this version in the same transaction
  std::string message;
  std::string config;
  std::string fallback = {};
  std::vector<Reference> references = {};  // filled in by pin_references()
  std::vector<Variable> inherited = {};    // types of the referenced prompts' variables
};

// Bounds of one version and of one prompt (RULES.md: every count is bounded before it is
// allocated).
inline constexpr std::size_t kMaxTemplateBytes = 256 * 1024;  // of all messages together
inline constexpr std::size_t kMaxMessages = 256;
inline constexpr std::size_t kMaxVariables = 256;
inline constexpr std::size_t kMaxConfigBytes = 64 * 1024;
inline constexpr std::size_t kMaxCommitMessageBytes = 4096;
inline constexpr std::size_t kMaxChoices = 256;
inline constexpr std::size_t kMaxReferences = 64;
inline constexpr int kMaxReferenceDepth = 5;
inline constexpr std::size_t kMaxVersions = 10'000;
inline constexpr std::size_t kMaxLabels = 64;
inline constexpr std::size_t kMaxRenderedBytes = 10u << 20;

// Checks a push and makes the version it stands for (`version`, `author` and `created_at` stay
// empty). Fails with Code::invalid_request for a malformed name, role, type or setting,
// Code::unprocessable for a template that does not parse or that uses a variable which the
// declaration does not name or declares as another kind, Code::too_large past a bound. References
// must have been replaced (references.h).
Result<PromptVersion> make_version(NewVersion pushed);

// Names of prompts, versions and labels: [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}. `what` names it in the
// error.
Status check_name(std::string_view what, std::string_view name);

// True when both would render and be sent alike: messages, variables, config and fallback are
// equal.
bool same_content(const PromptVersion& a, const PromptVersion& b);

// The identity of a text or a chat. Of a plain text: its SHA-256. Of a chat: the SHA-256 of, for
// each message in order,
//     role SP byte-length-in-decimal LF text LF
// so that no two different chats share a form. 64 hexadecimal digits. A message that is more than a
// role and a text counts as its JSON under the role with `*` behind it, a placeholder's place as
// its name under the role `placeholder`: no message has such a role.
std::string hash_messages(bool is_chat,
                          const std::vector<std::pair<std::string, std::string>>& messages);

}  // namespace maester::prompts
