#include "gateway/surfaces/chat_surface.h"

#include <utility>

#include "gateway/problem.h"
#include "gateway/surfaces/chat_common.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {
namespace {

AnswerShape shape_of(const Call& call) {
  AnswerShape shape;
  shape.id = "chatcmpl-" + call.id_text;
  shape.created = unix_seconds(call);
  shape.include_usage = call.chat.include_usage;
  return shape;
}

class ChatStreamWriter final : public StreamWriter {
 public:
  explicit ChatStreamWriter(const Call& call) : encoder_(shape_of(call)) {}

  void append_events(std::string& out, const std::vector<StreamEvent>& events) override {
    translated_ = true;
    for (const StreamEvent& event : events) encoder_.append(out, event);
  }
  void append_end(std::string& out, const Call& call) override {
    if (translated_) encoder_.append_usage(out);
    if (call.options.asked) encoder_.append_maester(out, maester_json(call));
    OpenAiChunkEncoder::append_done(out);
  }
  void append_error(std::string& out, const Call& call, const Error& error) override {
    const int status = http_status(error.code);
    append_openai_error_event(out, {error.message, openai_error_type(status), error.param,
                                    to_string(error.code), call.id_text});
  }

 private:
  OpenAiChunkEncoder encoder_;
  bool translated_ = false;
};

}  // namespace

Status ChatSurface::read(Call& call) const {
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  TRY_ASSIGN(ParsedChat parsed, parse_openai_chat(*call.document, limits_of(call)));
  return take_parsed(call, std::move(parsed));
}

std::int64_t ChatSurface::estimate_input_tokens(const Call& call) const {
  return bound_chat_input(call);
}

Error ChatSurface::budget_refusal(const Call& call) const {
  return request_budget_refusal(call);
}

std::string ChatSurface::write_answer(const Call& call) const {
  const Attempt& attempt = *call.attempt();
  const std::string maester = maester_json(call);
  if (!attempt.raw_body.empty()) return with_maester(attempt.raw_body, maester);
  AnswerShape shape = shape_of(call);
  shape.maester = maester;
  return encode_openai_response(attempt.response, shape);
}

std::unique_ptr<StreamWriter> ChatSurface::stream_writer(const Call& call) const {
  return std::make_unique<ChatStreamWriter>(call);
}

}  // namespace maester::gateway
