// The OpenAI chat surface: what callers of POST /v1/chat/completions write and read. Inbound a
// request is read into the normal form; outbound an answer, a stream or an error is written as
// OpenAI's clients expect it. Pure; no adapter's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/chat.h"
#include "gateway/surfaces/request_fields.h"

namespace maester::gateway {

// Fails with Code::invalid_request, `param` naming the field as OpenAI does
// ("messages[2].content"), for a wrong type, a value out of bounds, or a key that stands twice in
// an object that is read here (`maester` included, whose members the caller reads). `messages` may
// be missing when `maester.prompt` is there; `model` may be missing (the default is used). Fields
// that are known to no type in chat.h are named in request.unknown_fields and otherwise left alone.
Result<ParsedChat> parse_openai_chat(const json::Document& document, const ChatLimits& limits = {});

// An OpenAI `response_format`; absent and null say nothing. Errors name the field.
Status read_response_format(json::Value format, ChatRequest& out);

// What an answer carries that the provider does not decide.
struct AnswerShape {
  std::string id = {};         // used when the provider gave none
  std::string model = {};      // what `model` says; "" = the provider's word
  std::int64_t created = 0;    // seconds; used when the provider gave none
  bool include_usage = false;  // streams: the caller asked for the usage chunk
  // JSON of the extension in a whole answer, "" when the request carried none.
  std::string_view maester = {};
};

// Elements of `reasoning_details` and `annotations`. Offsets become characters of `content`.
void append_openai_thinking(std::string& out, const ThinkingPart& block, std::size_t index);
void append_openai_annotation(std::string& out, const Citation& citation, std::string_view content);

std::string encode_openai_response(const ChatResponse& response, const AnswerShape& shape);
void append_openai_usage(std::string& out, const meter::Usage& usage);  // the `usage` object

// Turns the normal stream into server-sent chat.completion.chunk events. The order is the caller's:
// every event to append(), then append_usage(), append_maester() and append_done() at a clean end;
// or append_openai_error_event() and nothing more at a broken one. One instance a stream.
class OpenAiChunkEncoder {
 public:
  explicit OpenAiChunkEncoder(AnswerShape shape) : shape_(std::move(shape)) {}
  void append(std::string& out, const StreamEvent& event);
  // The chunk with `choices: []`, when it was asked for and the provider told its usage.
  void append_usage(std::string& out);
  void append_maester(std::string& out, std::string_view json);
  static void append_done(std::string& out);

 private:
  struct Choice {
    std::int64_t index = 0;
    bool role_sent = false;
    std::int64_t calls = 0;  // begun
    std::string said;        // so far, for the offsets of citations
    std::string thought;     // since the last signature
    std::size_t blocks = 0;  // signed
  };
  void begin(std::string& out, std::int64_t choice);
  void end(std::string& out, std::string_view finish);
  void append_text(std::string& out, std::int64_t choice, std::string_view field,
                   std::string_view text);
  void append_call(std::string& out, const ToolCallDelta& delta);
  void append_list(std::string& out, std::int64_t choice, std::string_view field,
                   std::string_view element);
  void append_signed(std::string& out, const ThinkingSigned& event);
  void append_citation(std::string& out, const CitationDelta& event);
  const std::string& head();
  Choice& choice(std::int64_t index);

  AnswerShape shape_;
  std::string head_;
  StreamStart start_;
  std::optional<StreamUsage> usage_;
  std::vector<Choice> choices_;
};

// OpenAI's error shape, extended by the request id: {"error":{message,type,param,code,request_id}}.
struct OpenAiError {
  std::string_view message, type, param, code, request_id;
  std::string_view detail_name{}, detail_json{};  // one more member; "" = none
};
void append_openai_error(std::string& out, const OpenAiError& error);
// The same as an event that ends a stream which has begun; no [DONE] follows.
void append_openai_error_event(std::string& out, const OpenAiError& error);
// OpenAI's `type` for an HTTP status: invalid_request_error, authentication_error,
// rate_limit_error, server_error, ...
std::string_view openai_error_type(int status);

}  // namespace maester::gateway
