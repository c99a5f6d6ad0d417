#include "gateway/surfaces/responses_surface.h"

#include <utility>

#include "gateway/problem.h"
#include "gateway/surfaces/chat_common.h"
#include "gateway/surfaces/openai_chat.h"
#include "gateway/surfaces/responses.h"

namespace maester::gateway {
namespace {

ResponsesShape shape_of(const Call& call) {
  ResponsesShape shape;
  shape.id = "resp_" + call.id_text;
  shape.model = call.requested_model;
  shape.created = unix_seconds(call);
  if (call.document) shape.request = call.document->root();
  return shape;
}

// The provider's own last event, `maester` added to the response in it.
std::string own_end(const Call& call) {
  const std::string& raw = call.attempt()->end_event;
  const std::string maester = maester_json(call);
  const std::size_t data = raw.find("data:");
  if (maester.empty() || data == raw.npos) return raw;
  const std::size_t begin = data + 5, end = raw.find('\n', begin);
  const auto document = json::Document::parse(std::string_view(raw).substr(begin, end - begin));
  if (!document || !document->root().get("response").is_object()) return raw;
  json::Edit edit(*document);
  edit.add_member(document->root().get("response"), "maester", maester);
  return raw.substr(0, begin) + " " + edit.apply() + "\n\n";
}

class Writer final : public StreamWriter {
 public:
  explicit Writer(const Call& call) : encoder_(shape_of(call)) {}

  void append_events(std::string& out, const std::vector<StreamEvent>& events) override {
    translated_ = true;
    for (const StreamEvent& event : events) encoder_.append(out, event);
  }
  void append_end(std::string& out, const Call& call) override {
    if (translated_ || call.attempt()->end_event.empty())
      encoder_.append_end(out, maester_json(call));
    else
      out += own_end(call);
  }
  void append_error(std::string& out, const Call& call, const Error& error) override {
    const int status = http_status(error.code);
    std::string whole;
    append_openai_error(whole, {error.message, openai_error_type(status), error.param,
                                to_string(error.code), call.id_text});
    const auto document = json::Document::parse(whole);
    encoder_.append_error(out, error.message, to_string(error.code), error.param,
                          document->root().get("error").raw());
  }

 private:
  ResponsesEventEncoder encoder_;
  bool translated_ = false;
};

}  // namespace

Status ResponsesSurface::read(Call& call) const {
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  TRY_ASSIGN(ParsedChat parsed, parse_responses(*call.document, limits_of(call)));
  return take_parsed(call, std::move(parsed));
}

std::int64_t ResponsesSurface::estimate_input_tokens(const Call& call) const {
  return bound_chat_input(call);
}

Error ResponsesSurface::budget_refusal(const Call& call) const {
  return request_budget_refusal(call);
}

std::string ResponsesSurface::write_answer(const Call& call) const {
  const Attempt& attempt = *call.attempt();
  const std::string maester = maester_json(call);
  if (!attempt.raw_body.empty()) return with_maester(attempt.raw_body, maester);
  ResponsesShape shape = shape_of(call);
  shape.maester = maester;
  return encode_response_object(shape, attempt.response, response_status(attempt.response));
}

std::unique_ptr<StreamWriter> ResponsesSurface::stream_writer(const Call& call) const {
  return std::make_unique<Writer>(call);
}

}  // namespace maester::gateway
