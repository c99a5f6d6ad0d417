// OpenAI's Responses: what callers of POST /v1/responses write and read. Nothing is stored here:
// what needs a stored response only a provider of the same protocol can do. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/chat.h"
#include "gateway/surfaces/request_fields.h"

namespace maester::gateway {

// Fails with Code::invalid_request, `param` naming the field ("input[2].content"). Built-in tools,
// `store: true`, `previous_response_id`, `background` and other fields that no chat can express are
// in request.unknown_fields.
Result<ParsedChat> parse_responses(const json::Document& document, const ChatLimits& limits = {});

// responses_input.cc: a text, or items. Calls and thinking join the assistant's message before
// them.
Status read_responses_input(json::Value input, std::int64_t most, bool optional, ChatRequest& out);

// Signed or sealed thinking as the `encrypted_content` of a reasoning item, and back; nullopt for
// another provider's.
std::string seal_thinking(const ThinkingPart& block);
std::optional<ThinkingPart> unseal_thinking(std::string_view encrypted_content);

struct ResponsesShape {
  std::string id;            // "resp_..."
  std::string model;         // used when the provider gave none
  std::int64_t created = 0;  // seconds
  json::Value request;       // the caller's body, of which an answer repeats some; must live on
  std::string_view maester = {};
};

// responses_output.cc: parts of an answer, each a JSON object.
std::string reasoning_item(std::string_view id, std::string_view text, const ThinkingPart* block);
std::string message_item(std::string_view id, std::string_view status, const Choice& choice);
std::string call_item(std::string_view id, std::string_view status, const ToolCall& call);
std::string text_part(std::string_view text, const std::vector<Citation>& citations);
std::string refusal_part(std::string_view text);
std::string responses_annotation(const Citation& citation, std::string_view content);
// The whole object; `status` "in_progress" has neither output nor usage.
std::string encode_response_object(const ResponsesShape& shape, const ChatResponse& response,
                                   std::string_view status);
std::string_view response_status(const ChatResponse& response);  // completed | incomplete

// Turns the normal stream into the Responses' events. As with the other encoders: append() for each
// event, then append_end() or append_error().
class ResponsesEventEncoder {
 public:
  explicit ResponsesEventEncoder(ResponsesShape shape) : shape_(std::move(shape)) {}
  void append(std::string& out, const StreamEvent& event);
  void append_end(std::string& out, std::string_view maester);
  void append_error(std::string& out, std::string_view message, std::string_view code,
                    std::string_view param, std::string_view error_object);

 private:
  enum class Open : std::uint8_t { none, reasoning, text, refusal };
  struct Item {
    std::int64_t index = 0;
    std::string id;
  };
  struct CallItem {
    Item item;
    ToolCall call;
    bool begun = false;
  };
  void begin(std::string& out);
  Item next_item(std::string_view prefix);
  void emit(std::string& out, std::string_view type, const std::string& members);
  void emit_item(std::string& out, std::string_view type, const Item& item,
                 const std::string& json);
  void emit_part(std::string& out, std::string_view type, std::string_view slot,
                 const std::string& part);
  void emit_text(std::string& out, std::string_view type, std::string_view slot,
                 std::string_view field, std::string_view text);
  void open(std::string& out, Open kind);
  void close(std::string& out, const ThinkingPart* block = nullptr);
  void append_delta(std::string& out, Open kind, std::string_view text);
  void append_signed(std::string& out, const ThinkingSigned& event);
  void append_citation(std::string& out, const Citation& citation);
  void append_call(std::string& out, const ToolCallDelta& delta);

  ResponsesShape shape_;
  StreamStart start_;
  StreamAccumulator sum_;
  std::vector<CallItem> calls_;
  std::vector<std::pair<std::int64_t, std::string>> done_;  // items by their index, as they ended
  Item item_;
  Open open_ = Open::none;
  std::string text_;  // of the open item
  std::vector<Citation> citations_;
  std::int64_t sequence_ = 0, items_ = 0;
  bool begun_ = false;
};

}  // namespace maester::gateway
