// The normalised chat: what every surface and every provider is translated to and from.
//
// Same-protocol requests are forwarded as the caller's bytes; these types hold what Maester reads
// of them, and everything that a translation to another protocol needs. What they cannot hold, a
// translation must refuse by name, never drop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "meter/usage.h"

namespace maester::gateway {

// The protocols in which chats are asked for and answered. A caller's bytes are forwarded when a
// provider speaks the caller's protocol, and translated otherwise.
enum class Protocol : std::uint8_t {
  openai_chat,
  openai_responses,
  openai_completions,  // the retired one: a prompt, no messages
  anthropic_messages,
  gemini,
  bedrock_converse,
  cohere_chat,
  ollama_chat,
};

enum class Role : std::uint8_t { system, developer, user, assistant, tool };

struct TextPart {
  std::string text;
  std::string cache_control;  // JSON of Anthropic's marker, "" when none
};
struct ImagePart {
  std::string url;         // http(s) URL, or
  std::string media_type;  // with base64 `data`
  std::string data;
  std::string detail;  // OpenAI's low | high | auto, "" when absent
  std::string cache_control;
};
// A file to be read by the model: a PDF, a text.
struct DocumentPart {
  std::string media_type;  // "application/pdf", "text/plain"
  std::string url;         // http(s) URL, or
  std::string data;        // base64, or
  std::string text;        // of a text/plain one
  std::string title;       // or its file name
  std::string context;     // what is said about it, not to be cited
  bool citations = false;  // the answer is to cite it
  std::string cache_control;
};
struct AudioPart {
  std::string format;  // "wav", "mp3"
  std::string data;    // base64
};
struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;       // a JSON text; "{}" when the provider sent none
  std::string signature = {};  // Gemini's thought signature, to be sent back with the call
  bool operator==(const ToolCall&) const = default;
};
struct ThinkingPart {  // to be sent back unchanged to the provider that made it
  std::string text;
  std::string signature;
  std::string redacted_data;  // for redacted thinking; text is empty then
  bool operator==(const ThinkingPart&) const = default;
};
struct RefusalPart {
  std::string text;
};
// A part that only its own protocol can express (a file kept at the provider, server tools, ...):
// `type` names it.
struct OpaquePart {
  std::string type;
  std::string json;
};
using Part = std::variant<TextPart, ImagePart, DocumentPart, AudioPart, ToolCall, ThinkingPart,
                          RefusalPart, OpaquePart>;

struct Message {
  Role role = Role::user;
  std::vector<Part> parts;
  std::string name;          // OpenAI's optional participant name
  std::string tool_call_id;  // role tool
  bool tool_error = false;   // Anthropic's is_error
};

struct Tool {
  std::string name;
  std::string description;
  std::string parameters;  // JSON schema text, "" when absent
  std::optional<bool> strict;
  std::string cache_control;
};
struct ToolChoice {
  enum class Mode : std::uint8_t { automatic, none, required, named } mode = Mode::automatic;
  std::string name;  // of Mode::named
};
struct ResponseFormat {
  enum class Kind : std::uint8_t { text, json_object, json_schema } kind = Kind::text;
  std::string schema_name;
  std::string schema;  // JSON
  std::optional<bool> strict;
};

struct ChatRequest {
  std::string model;
  std::vector<Message> messages;
  std::vector<Tool> tools;
  std::optional<ToolChoice> tool_choice;
  std::optional<bool> parallel_tool_calls;
  std::optional<ResponseFormat> response_format;
  std::optional<std::int64_t>
      max_tokens;  // max_tokens or max_completion_tokens, whichever was sent
  // Decimals stay as their text: they are forwarded, never computed with.
  std::string temperature, top_p, frequency_penalty, presence_penalty;
  std::optional<std::int64_t> top_k, seed, n;
  std::vector<std::string> stop;
  std::string reasoning_effort;                 // none | minimal | low | medium | high | xhigh
  std::optional<std::int64_t> thinking_budget;  // tokens; 0 = no thinking
  std::string service_tier;
  std::string user;
  bool stream = false;
  bool include_usage = false;  // stream_options.include_usage
  // Fields of the body that are known to no type here, by name: what a translation refuses unless
  // it may ignore them.
  std::vector<std::string> unknown_fields;
};

enum class FinishReason : std::uint8_t {
  none,
  stop,
  length,
  tool_calls,
  content_filter,
  function_call,
  error,
  other
};
std::string_view to_string(FinishReason reason);  // OpenAI's words

// What a part of an answer rests on. Offsets are bytes of the choice's content, end exclusive.
struct Citation {
  std::string url;                  // of a page, or
  std::string title;                // of a document
  std::string quote;                // the source's own words, "" when not told
  std::int64_t start = 0, end = 0;  // both 0: the provider did not say which part
  std::string json;                 // as the provider wrote it
  bool operator==(const Citation&) const = default;
};

struct Choice {
  std::int64_t index = 0;
  std::string content;
  std::string reasoning;  // the text of all thinking
  // The blocks of it that the provider wants back unchanged: signed or redacted ones.
  std::vector<ThinkingPart> thinking;
  std::string refusal;
  std::vector<ToolCall> tool_calls;
  std::vector<Citation> citations;
  FinishReason finish = FinishReason::none;
  std::string provider_finish;  // as the provider said it
  bool operator==(const Choice&) const = default;
};

// A whole answer, also what a stream adds up to (StreamAccumulator).
struct ChatResponse {
  std::string id;
  std::string model;
  std::int64_t created = 0;
  std::vector<Choice> choices;
  std::optional<meter::Usage> usage;  // absent when the provider told none
  std::string service_tier;
  bool operator==(const ChatResponse&) const = default;
};

// ---- the normalised stream
struct StreamStart {
  std::string id, model;
  std::int64_t created = 0;
};
struct TextDelta {
  std::int64_t choice = 0;
  std::string_view text;
};
struct ReasoningDelta {
  std::int64_t choice = 0;
  std::string_view text;
};
// Ends a block of thinking: its signature, or the whole of a redacted block. The text signed is
// what reasoning came since the previous one.
struct ThinkingSigned {
  std::int64_t choice = 0;
  std::string_view signature, redacted_data;
};
struct CitationDelta {
  std::int64_t choice = 0;
  Citation citation;
};
struct RefusalDelta {
  std::int64_t choice = 0;
  std::string_view text;
};
// `call` numbers the tool calls of a choice from 0 in order of appearance, whatever indexes the
// provider used.
struct ToolCallDelta {
  std::int64_t choice = 0;
  std::int64_t call = 0;
  std::string_view id, name, arguments;
  std::string_view signature = {};
};
struct StreamFinish {
  std::int64_t choice = 0;
  FinishReason reason = FinishReason::none;
  std::string provider_reason;
};
struct StreamUsage {
  meter::Usage usage;
  std::string service_tier;
};  // the newest replaces the older
struct StreamDone {};  // the protocol's own clean end
using StreamEvent =
    std::variant<StreamStart, TextDelta, ReasoningDelta, ThinkingSigned, RefusalDelta,
                 CitationDelta, ToolCallDelta, StreamFinish, StreamUsage, StreamDone>;

// Adds a stream up to the response it stands for. Bounded: Code::too_large past `max_bytes` of
// text.
class StreamAccumulator {
 public:
  explicit StreamAccumulator(std::size_t max_bytes = 32u << 20) : max_bytes_(max_bytes) {}
  Status add(const StreamEvent& event);
  const ChatResponse& response() const { return response_; }
  ChatResponse& response() { return response_; }
  bool done() const { return done_; }  // StreamDone was seen

 private:
  Choice& choice(std::int64_t index);
  void sign(const ThinkingSigned& event);
  std::size_t max_bytes_, bytes_ = 0;
  bool done_ = false;
  std::size_t signed_reasoning_ = 0;  // bytes of choice 0's reasoning that stand in its blocks
  ChatResponse response_;
};

}  // namespace maester::gateway
