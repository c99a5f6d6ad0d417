// Rendering a version with a caller's variables: deterministic, one pass, values are data
// (THREATS.md R3).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "prompts/prompt.h"

namespace maester::prompts {

inline constexpr std::size_t kMaxHistory = 1'000;  // messages for one placeholder

struct RenderedMessage {
  std::string role;
  std::string text;  // of one from a placeholder: its texts, joined by line feeds
  // Of one from a placeholder that is more than a role and a text: the message as the caller gave
  // it, a JSON object in OpenAI's form; else "".
  std::string json = {};
  bool operator==(const RenderedMessage&) const = default;
};

struct Rendered {
  std::vector<RenderedMessage> messages;
  std::string text;  // of a chat: the messages' texts joined by line feeds
  std::string
      hash;  // hash_messages() of what was rendered: of a plain template the SHA-256 of `text`
};

// `variables` is an object, or absent or null for none. A string is put in as it is; a number, a
// boolean and a value of type json as their source text; of type messages an array of messages in
// OpenAI's form takes the placeholder's place. Pure and thread-safe. Fails with
//   missing_variable  a variable that a template or a placeholder uses has no value: `param` names
//                     the first, the message all of them
//   unprocessable     a value of another type than declared, or none of its `enum`; a variable that
//                     is not declared (only where the version declares its variables: a guard
//                     against misspelt names)
//   invalid_request   `variables` is no object, or has a key twice
//   too_large         more than kMaxRenderedBytes in all, or more than kMaxHistory messages
Result<Rendered> render(const PromptVersion& version, json::Value variables);

}  // namespace maester::prompts
