#include "gateway/surfaces/chat_surface.h"

#include "codec/json_writer.h"
#include "codec/tokens/tokens.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/problem.h"
#include "gateway/surfaces/extension.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {
namespace {

std::string maester_json(const Call& call) {
  std::string out;
  if (!call.options.asked) return out;
  json::Writer w(out);
  write_maester(w, call);
  return out;
}

AnswerShape shape_of(const Call& call) {
  AnswerShape shape;
  shape.id = "chatcmpl-" + call.id_text;
  shape.created =
      std::chrono::floor<std::chrono::seconds>(call.received_wall).time_since_epoch().count();
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
  const RequestLimits& limits = call.snapshot->config().limits;
  TRY_ASSIGN(ParsedChat parsed,
             parse_openai_chat(*call.document, {limits.max_messages, limits.max_tools,
                                                limits.max_stop, limits.max_n}));
  TRY(read_extension(parsed.maester, call.options));
  call.chat = std::move(parsed.request);
  if (call.options.user.empty()) call.options.user = call.chat.user;
  call.pass_through = true;
  return {};
}

std::int64_t ChatSurface::estimate_input_tokens(const Call& call) const {
  // A hard budget needs an upper bound: the exact count where the tokenizer is known and the chat
  // is text alone; else no token is shorter than a byte (RULES.md §11).
  const auto encoding = tokens::encoding_for_model(call.chat.model);
  std::int64_t bound = static_cast<std::int64_t>(call.pass_through ? call.body.size() : 0);
  std::int64_t counted = 0;
  bool text_only = call.chat.tools.empty() && !call.chat.response_format;
  std::int64_t bytes = 0;
  for (const Message& message : call.chat.messages) {
    bytes += 16;
    counted += 4;
    for (const Part& part : message.parts) {
      const auto* text = std::get_if<TextPart>(&part);
      text_only = text_only && text != nullptr;
      if (text == nullptr) continue;
      bytes += static_cast<std::int64_t>(text->text.size());
      if (encoding && text_only)
        counted += static_cast<std::int64_t>(tokens::count_tokens(*encoding, text->text));
    }
  }
  if (encoding && text_only) return counted + 3;
  return std::max(bound, bytes);
}

Error ChatSurface::budget_refusal(const Call& call) const {
  return make_error(
      Code::budget_exceeded,
      "The request's budget of " + call.options.max_cost.to_string() + " USD (scope `" +
          call.options.budget_scope + "`) does not cover its estimated cost of " +
          call.budget.estimate.total().to_string() +
          " USD: raise `maester.budget.max_cost_usd`, lower `max_tokens`, or ask a cheaper model.",
      "maester.budget.max_cost_usd");
}

std::string ChatSurface::write_answer(const Call& call) const {
  const Attempt& attempt = *call.attempt();
  const std::string maester = maester_json(call);
  if (!attempt.raw_body.empty()) {
    if (maester.empty()) return attempt.raw_body;
    if (auto document = json::Document::parse(attempt.raw_body);
        document && document->root().is_object()) {
      json::Edit edit(*document);
      edit.add_member(document->root(), "maester", maester);
      return edit.apply();
    }
  }
  AnswerShape shape = shape_of(call);
  shape.maester = maester;
  return encode_openai_response(attempt.response, shape);
}

std::unique_ptr<StreamWriter> ChatSurface::stream_writer(const Call& call) const {
  return std::make_unique<ChatStreamWriter>(call);
}

}  // namespace maester::gateway
