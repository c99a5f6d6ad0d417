// The Anthropic surface: what callers of POST /v1/messages write and read. Inbound a request is
// read into the normal form; outbound an answer, a stream or an error is written as Anthropic's
// clients expect it. Pure; no adapter's business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/chat.h"
#include "gateway/surfaces/request_fields.h"

namespace maester::gateway {

// What is to be done with the request: only an answer needs `max_tokens`.
enum class MessagesUse : std::uint8_t { answer, count_tokens };

// Fails with Code::invalid_request, `param` naming the field ("messages[2].content[0].source"), for
// a wrong type, a value out of bounds, or a key that stands twice in an object that is read here.
// `model` may be missing (the default is used), `messages` when `maester.prompt` is there. Fields
// that are known to no type in chat.h are named in request.unknown_fields.
Result<ParsedChat> parse_anthropic_messages(const json::Document& document,
                                            const ChatLimits& limits = {},
                                            MessagesUse use = MessagesUse::answer);

// anthropic_blocks.cc: `system` and `messages`. A user's message with results of tools becomes a
// message of role `tool` for each, and one of the user for the rest.
Status read_anthropic_system(json::Value system, std::vector<Message>& out);
Status read_anthropic_messages(json::Value messages, std::int64_t most, bool optional,
                               std::vector<Message>& out);

// What an answer carries that the provider does not decide.
struct MessageShape {
  std::string id = {};            // used when the provider gave none
  std::string model = {};         // used when the provider gave none
  std::string_view maester = {};  // JSON of the extension, "" when the request carried none
};

std::string encode_anthropic_response(const ChatResponse& response, const MessageShape& shape);
// The `usage` object.
void append_anthropic_usage(std::string& out, const meter::Usage& usage,
                            std::string_view service_tier);
// Anthropic's word for how an answer ended.
std::string_view anthropic_stop_reason(FinishReason reason, std::string_view provider_reason,
                                       bool called);
void append_anthropic_citation(std::string& out, const Citation& citation, std::size_t number);

// Turns the normal stream into Anthropic's events. The protocol has one block at a time: what a
// provider interleaves (arguments of parallel calls) waits for its turn. Every event to append(),
// then append_end() at a clean end, or append_anthropic_error_event() and nothing more.
class AnthropicEventEncoder {
 public:
  explicit AnthropicEventEncoder(MessageShape shape) : shape_(std::move(shape)) {}
  void append(std::string& out, const StreamEvent& event);
  // Closes what is open; message_delta and message_stop, which carries `maester` when not "".
  void append_end(std::string& out, std::string_view maester);
  static void append_stop(std::string& out, std::string_view maester);

 private:
  enum class Block : std::uint8_t { none, text, thinking, tool };
  struct Call {
    std::string id, name, arguments;
    std::size_t sent = 0;  // bytes of arguments
  };
  void begin_message(std::string& out);
  void begin_block(std::string& out, Block block, std::string_view content_block);
  void end_block(std::string& out);
  void append_delta(std::string& out, std::string_view type, std::string_view field,
                    std::string_view text);
  void append_text(std::string& out, Block block, std::string_view text);
  void append_signed(std::string& out, const ThinkingSigned& event);
  void append_citation(std::string& out, const Citation& citation);
  void take_call(std::string& out, const ToolCallDelta& delta);
  void pump_calls(std::string& out, bool all);
  bool call_is_whole() const;

  MessageShape shape_;
  StreamStart start_;
  std::optional<StreamUsage> usage_;
  StreamFinish finish_;
  std::vector<Call> calls_;
  std::size_t call_ = 0;   // the first that is not closed
  std::string late_text_;  // came while a call was incomplete
  std::int64_t index_ = -1;
  std::size_t citations_ = 0;
  Block open_ = Block::none;
  bool begun_ = false, refused_ = false;
};

// {"type":"error","error":{type,message,code,param},"request_id"}: Anthropic's shape, with
// Maester's code.
struct AnthropicError {
  std::string_view message, type, param, code, request_id;
  std::string_view detail_name{}, detail_json{};  // one more member of `error`; "" = none
};
void append_anthropic_error(std::string& out, const AnthropicError& error);
// The same as an event that ends a stream which has begun; no message_stop follows.
void append_anthropic_error_event(std::string& out, const AnthropicError& error);
// Anthropic's `type` for an HTTP status.
std::string_view anthropic_error_type(int status);

}  // namespace maester::gateway
