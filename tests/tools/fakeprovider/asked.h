// What the fake provider reads of a request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simdjson::dom {
class parser;
}

namespace maester::rig {

enum class Api : std::uint8_t {
  openai_chat,
  anthropic,
  embeddings,
  gemini,
  bedrock,
  cohere,
  ollama
};

struct Asked {
  Api api = Api::openai_chat;
  std::string model;
  bool stream = false;
  bool include_usage = false;
  std::int64_t max_tokens = -1;
  bool count = false;              // the tokens of the prompt, no answer
  bool base64 = false;             // of an embeddings request
  std::size_t images = 0;          // of all messages
  bool prefill = false;            // the last message is the assistant's
  std::string text;                // of all messages and the system prompt, joined by line feeds
  std::size_t inputs = 1;          // of an embeddings request
  std::vector<std::string> tools;  // names of the functions on offer
};

// What a request's path says: the protocol, and of Gemini and Bedrock the model and whether it
// streams. False for a path that is none of a provider's.
bool read_target(std::string_view target, Asked& out);

// Not `ok`, with a sentence, when the body is not a request.
struct Reading {
  bool ok = false;
  std::string error = {};
};
// `out.model` and `out.stream` stay as they are where the protocol has them in the path.
Reading read_request(simdjson::dom::parser& parser, Api api, std::string_view body, Asked& out);

// The rule by which this provider counts: a token is four bytes of UTF-8 text, rounded up, at least
// one.
constexpr std::int64_t tokens_of(std::size_t text_bytes) {
  return text_bytes == 0 ? 1 : static_cast<std::int64_t>((text_bytes + 3) / 4);
}

}  // namespace maester::rig
