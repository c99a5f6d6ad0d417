// Exact token counts for OpenAI's encodings, in process (RULES.md §11: the input estimate uses the
// real tokenizer where it is known).
//
// Text counts are exact: the same ids as tiktoken gives for ordinary text. Special tokens that
// stand in a text
// ("<|endoftext|>") are text like any other. Ill-formed UTF-8 counts as if each maximal ill-formed
// part were U+FFFD, which is what reaches a provider through JSON. Linear in the text, but for a
// logarithm in long pieces. Thread-safe; nothing is loaded or built at start. REQUIRES everywhere:
// a text below 4 GiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maester::tokens {

enum class Encoding : std::uint8_t { o200k_base, cl100k_base };
std::string_view to_string(Encoding encoding);

// False when the program was built without ranks (MAESTER_TOKEN_RANKS=OFF); nothing may be counted
// then.
bool available(Encoding encoding);

// The encoding of an OpenAI model, nullopt for any other or when its ranks are not there. Knows
// gpt-3.5 to gpt-5, the o series, gpt-oss, chatgpt-4o and the text-embedding models with any
// suffix, also behind "openai/" and "ft:".
std::optional<Encoding> encoding_for_model(std::string_view model);

// REQUIRES of all below: available(encoding)
std::size_t count_tokens(Encoding encoding, std::string_view text);
std::vector<std::uint32_t> encode_ordinary(Encoding encoding, std::string_view text);
// The bytes of the tokens, one after the other: decode(encode_ordinary(x)) == well_formed(x).
// Unknown ids add nothing.
std::string decode(Encoding encoding, std::span<const std::uint32_t> ids);

struct ChatText {
  std::string_view role;
  std::string_view content;
  std::string_view name;  // "" when absent
};
// The prompt tokens of a chat by OpenAI's published rule: 3 a message, 1 more for a name, and 3
// that prime the answer. Exact for text messages; an estimate as soon as the request has tools,
// images or audio, whose framing OpenAI does not publish.
std::size_t count_chat_tokens(Encoding encoding, std::span<const ChatText> messages);

// `text` with each maximal ill-formed part (Unicode 15, §3.9, table 3-8) replaced by U+FFFD.
std::string well_formed(std::string_view text);

}  // namespace maester::tokens
