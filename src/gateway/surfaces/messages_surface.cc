#include "gateway/surfaces/messages_surface.h"

#include <utility>

#include "gateway/problem.h"
#include "gateway/surfaces/chat_common.h"

namespace maester::gateway {
namespace {

MessageShape shape_of(const Call& call) {
  return {.id = "msg_" + call.id_text, .model = call.requested_model};
}

class MessagesStreamWriter final : public StreamWriter {
 public:
  explicit MessagesStreamWriter(const Call& call) : encoder_(shape_of(call)) {}

  void append_events(std::string& out, const std::vector<StreamEvent>& events) override {
    translated_ = true;
    for (const StreamEvent& event : events) encoder_.append(out, event);
  }
  void append_end(std::string& out, const Call& call) override {
    const std::string maester = maester_json(call);
    if (translated_)
      encoder_.append_end(out, maester);
    else
      AnthropicEventEncoder::append_stop(out, maester);
  }
  void append_error(std::string& out, const Call& call, const Error& error) override {
    const int status = http_status(error.code);
    append_anthropic_error_event(out, {error.message, anthropic_error_type(status), error.param,
                                       to_string(error.code), call.id_text});
  }

 private:
  AnthropicEventEncoder encoder_;
  bool translated_ = false;
};

// The first version whose streams are as they are now; later ones took fields away and added some.
// A caller's version goes on to a provider of the protocol (pipeline/encode.cc).
Status check_version(const Call& call) {
  constexpr std::string_view kOldest = "2023-06-01", kForm = "0000-00-00";
  if (call.request == nullptr) return {};
  const std::string_view version = call.request->headers().get("anthropic-version");
  if (version.empty()) return {};
  bool good = version.size() == kForm.size() && version >= kOldest;
  for (std::size_t i = 0; good && i < kForm.size(); ++i) {
    const bool digit = version[i] >= '0' && version[i] <= '9';
    good = kForm[i] == '0' ? digit : version[i] == kForm[i];
  }
  if (good) return {};
  return fail(Code::invalid_request,
              "`anthropic-version` must be a date such as " + std::string(kOldest) +
                  ", which is the oldest that is served.",
              "anthropic-version");
}

}  // namespace

Status MessagesSurface::read(Call& call) const {
  TRY(check_version(call));
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  TRY_ASSIGN(ParsedChat parsed, parse_anthropic_messages(*call.document, limits_of(call), use_));
  return take_parsed(call, std::move(parsed));
}

std::int64_t MessagesSurface::estimate_input_tokens(const Call& call) const {
  return bound_chat_input(call);
}

Error MessagesSurface::budget_refusal(const Call& call) const {
  return request_budget_refusal(call);
}

std::string MessagesSurface::write_answer(const Call& call) const {
  const Attempt& attempt = *call.attempt();
  const std::string maester = maester_json(call);
  if (!attempt.raw_body.empty()) return with_maester(attempt.raw_body, maester);
  MessageShape shape = shape_of(call);
  shape.maester = maester;
  return encode_anthropic_response(attempt.response, shape);
}

std::unique_ptr<StreamWriter> MessagesSurface::stream_writer(const Call& call) const {
  return std::make_unique<MessagesStreamWriter>(call);
}

}  // namespace maester::gateway
