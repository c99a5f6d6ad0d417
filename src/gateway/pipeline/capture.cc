#include "gateway/pipeline/capture.h"

#include "codec/json_writer.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/pipeline/surface.h"
#include "gateway/providers/openai/openai.h"
#include "meter/records.h"

namespace maester::gateway {
namespace {

std::string texts_of(const ChatRequest& chat) {
  std::string out;
  for (const Message& message : chat.messages) {
    for (const Part& part : message.parts) {
      const auto* text = std::get_if<TextPart>(&part);
      if (text == nullptr) continue;
      if (!out.empty()) out += '\n';
      out += text->text;
    }
  }
  return out;
}

void nullable(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  text.empty() ? w.null() : w.value(text);
}

void write_request(json::Writer& w, const Call& call) {
  const Target& target = *call.attempt()->target;
  w.key("request").begin_object().field("request_id", call.id_text);
  nullable(w, "prompt_name", call.prompt.name);
  nullable(w, "prompt_version", call.prompt.version);
  nullable(w, "prompt_hash", call.prompt.hash);
  w.field("rendered_prompt", call.prompt.name.empty() ? texts_of(call.chat) : call.prompt.text);
  w.key("variables");
  call.options.variables_json.empty() ? w.null() : w.raw(call.options.variables_json);
  w.field("requested_model", call.requested_model).field("resolved_model", target.model);
  w.field("provider", target.provider->config.name).key("max_tokens");
  call.chat.max_tokens ? w.value(*call.chat.max_tokens) : w.null();
  w.end_object();
}

void write_response(json::Writer& w, const Call& call) {
  const auto& choices = call.attempt()->response.choices;
  w.key("response").begin_object().field("content", choices.empty() ? "" : choices.front().content);
  w.key("cost");
  write_cost(w, call, true);
  w.key("evaluation");
  call.evaluation ? checks::append_evaluation(w, *call.evaluation) : static_cast<void>(w.null());
  w.field("trace_id", call.trace->id().to_string()).end_object();
}

// The chat as OpenAI's API has it. A body that was forwarded is kept as it was sent, extension left
// out.
std::string replay_body(const Call& call) {
  static const std::unique_ptr<Provider> kWriter = openai::make_provider({});
  EncodeOptions options;
  options.upstream_model = call.requested_model;
  options.source_protocol = call.surface->protocol();
  if (call.pass_through && options.source_protocol == Protocol::openai_chat)
    options.source_body = call.body;
  options.max_tokens = call.chat.max_tokens;
  auto encoded = kWriter->encode(call.chat, options);
  return encoded ? std::move(encoded->body) : std::string("null");
}

}  // namespace

std::string write_capture(const Call& call) {
  std::string out;
  json::Writer w(out);
  w.begin_object().key("record").begin_object();
  write_request(w, call);
  write_response(w, call);
  w.field("created_at", format_rfc3339(call.received_wall)).end_object();
  w.key("replay").begin_object().raw_field("body", replay_body(call));
  w.key("checks");
  call.options.checks_json.empty() ? w.null() : w.raw(call.options.checks_json);
  w.end_object().end_object();
  return out;
}

std::string sealed_capture(const Call& call, const Services& services) {
  if (call.snapshot->config().capture != Capture::full || !call.attempt()->delivered ||
      call.operation != Operation::chat) {
    return {};
  }
  auto sealed =
      services.vault.seal(capture_place(call.principal.tenant, call.id_text), write_capture(call));
  if (!sealed) {
    services.log.event(obs::Level::error, "capture_failed")
        .field("request_id", call.id_text)
        .field("reason", sealed.error().message);
    return {};
  }
  return meter::encode(meter::Capture{call.id_text, call.principal.tenant, std::move(*sealed)});
}

}  // namespace maester::gateway
