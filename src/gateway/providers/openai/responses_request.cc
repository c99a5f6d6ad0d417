#include <string>
#include <utility>

#include "codec/json_writer.h"
#include "gateway/providers/common/request_edit.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

std::unexpected<Error> refuse(std::string param, const std::string& why) {
  return fail(Code::invalid_request, "The Responses API cannot express `" + param + "`: " + why,
              param);
}

std::string where(std::size_t index) {
  return "messages[" + std::to_string(index) + "].content";
}

// The caller's own Responses request: its bytes, but for what the attempt decides.
Result<std::string> edit_source(const EncodeOptions& options) {
  TRY_ASSIGN(const json::Document doc, providers::parse_source(options.source_body));
  json::Edit edit(doc);
  providers::edit_common(edit, doc.root(), options);
  if (options.max_tokens) {
    providers::set_member(edit, doc.root(), "max_output_tokens",
                          std::to_string(*options.max_tokens));
  }
  return edit.apply();
}

Status write_part(json::Writer& w, const Part& part, bool assistant, std::size_t index) {
  if (const auto* text = std::get_if<TextPart>(&part)) {
    w.begin_object().field("type", assistant ? "output_text" : "input_text");
    w.field("text", text->text).end_object();
  } else if (const auto* image = std::get_if<ImagePart>(&part)) {
    w.begin_object().field("type", "input_image");
    w.field("image_url", image->data.empty()
                             ? image->url
                             : "data:" + image->media_type + ";base64," + image->data);
    w.optional_field("detail", image->detail).end_object();
  } else if (const auto* file = std::get_if<DocumentPart>(&part)) {
    w.begin_object().field("type", "input_file");
    if (!file->url.empty()) {
      w.field("file_url", file->url);
    } else if (!file->data.empty()) {
      w.field("filename", file->title.empty() ? "document" : file->title);
      w.field("file_data", "data:" + file->media_type + ";base64," + file->data);
    } else {
      return refuse(where(index), "a document must be base64 data or a URL.");
    }
    w.end_object();
  } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
    w.begin_object().field("type", "refusal").field("refusal", refusal->text).end_object();
  } else if (std::holds_alternative<AudioPart>(part)) {
    return refuse(where(index), "it takes no audio.");
  } else if (const auto* opaque = std::get_if<OpaquePart>(&part)) {
    return refuse(where(index), "a part of type `" + opaque->type + "` has no counterpart there.");
  }
  return {};
}

bool is_item(const Part& part) {
  return std::holds_alternative<ToolCall>(part) || std::holds_alternative<ThinkingPart>(part);
}

void write_item(json::Writer& w, const Part& part) {
  if (const auto* call = std::get_if<ToolCall>(&part)) {
    w.begin_object().field("type", "function_call").field("call_id", call->id);
    w.field("name", call->name);
    w.field("arguments", call->arguments.empty() ? "{}" : call->arguments).end_object();
  }  // thinking belongs to the model that made it
}

Status write_message(json::Writer& w, const Message& message, std::size_t index) {
  if (message.role == Role::tool) {
    w.begin_object().field("type", "function_call_output");
    w.field("call_id", message.tool_call_id).key("output").begin_array();
    for (const Part& part : message.parts) TRY(write_part(w, part, false, index));
    w.end_array().end_object();
    return {};
  }
  const bool assistant = message.role == Role::assistant;
  bool open = false;
  for (const Part& part : message.parts) {
    if (is_item(part)) continue;
    if (!open) {
      w.begin_object().field("type", "message");
      w.field("role", assistant                         ? "assistant"
                      : message.role == Role::system    ? "system"
                      : message.role == Role::developer ? "developer"
                                                        : "user");
      w.key("content").begin_array();
      open = true;
    }
    TRY(write_part(w, part, assistant, index));
  }
  if (open) w.end_array().end_object();
  for (const Part& part : message.parts) write_item(w, part);
  return {};
}

void write_tools(json::Writer& w, const ChatRequest& request) {
  if (!request.tools.empty()) {
    w.key("tools").begin_array();
    for (const Tool& tool : request.tools) {
      w.begin_object().field("type", "function").field("name", tool.name);
      w.optional_field("description", tool.description).key("parameters");
      w.raw(tool.parameters.empty() ? std::string_view(R"({"type":"object","properties":{}})")
                                    : std::string_view(tool.parameters));
      w.field("strict", tool.strict.value_or(false)).end_object();
    }
    w.end_array();
  }
  if (request.tool_choice) {
    w.key("tool_choice");
    switch (request.tool_choice->mode) {
      case ToolChoice::Mode::automatic:
        w.value("auto");
        break;
      case ToolChoice::Mode::none:
        w.value("none");
        break;
      case ToolChoice::Mode::required:
        w.value("required");
        break;
      case ToolChoice::Mode::named:
        w.begin_object().field("type", "function").field("name", request.tool_choice->name);
        w.end_object();
        break;
    }
  }
  if (request.parallel_tool_calls) w.field("parallel_tool_calls", *request.parallel_tool_calls);
}

void write_format(json::Writer& w, const ResponseFormat& format) {
  w.key("text").begin_object().key("format").begin_object();
  if (format.kind == ResponseFormat::Kind::json_schema) {
    w.field("type", "json_schema");
    w.field("name", format.schema_name.empty() ? "answer" : format.schema_name);
    if (!format.schema.empty()) w.raw_field("schema", format.schema);
    if (format.strict) w.field("strict", *format.strict);
  } else {
    w.field("type", format.kind == ResponseFormat::Kind::json_object ? "json_object" : "text");
  }
  w.end_object().end_object();
}

Status refuse_inexpressible(const ChatRequest& request) {
  if (!request.unknown_fields.empty()) return refuse(request.unknown_fields[0], "leave it out.");
  if (request.n.value_or(1) > 1) return refuse("n", "it gives one answer.");
  if (request.seed) return refuse("seed", "leave it out.");
  if (request.top_k) return refuse("top_k", "leave it out.");
  if (!request.stop.empty()) return refuse("stop", "leave it out.");
  if (!request.frequency_penalty.empty()) return refuse("frequency_penalty", "leave it out.");
  if (!request.presence_penalty.empty()) return refuse("presence_penalty", "leave it out.");
  if (request.thinking_budget) {
    return refuse("thinking_budget", "send `reasoning_effort` in its place.");
  }
  return {};
}

Result<std::string> translate(const ChatRequest& request, const EncodeOptions& options) {
  TRY(refuse_inexpressible(request));
  std::string body;
  json::Writer w(body);
  w.begin_object().field("model", options.upstream_model).key("input").begin_array();
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    TRY(write_message(w, request.messages[i], i));
  }
  w.end_array();
  write_tools(w, request);
  if (request.response_format) write_format(w, *request.response_format);
  const auto limit = options.max_tokens ? options.max_tokens : request.max_tokens;
  if (limit) w.field("max_output_tokens", *limit);
  if (!request.temperature.empty()) w.raw_field("temperature", request.temperature);
  if (!request.top_p.empty()) w.raw_field("top_p", request.top_p);
  if (!request.reasoning_effort.empty()) {
    w.key("reasoning").begin_object().field("effort", request.reasoning_effort).end_object();
  }
  w.optional_field("service_tier", request.service_tier).optional_field("user", request.user);
  if (options.stream) w.field("stream", true);
  w.end_object();
  return body;
}

}  // namespace

Result<ProviderRequest> encode_responses(const ChatRequest& request, const EncodeOptions& options,
                                         const Config& config) {
  ProviderRequest out;
  Endpoint endpoint = config.endpoint;
  endpoint.deployments = false;  // of Azure, too, the model is named in the body alone
  out.path = endpoint.path("/responses", options.upstream_model);
  out.headers = {{"content-type", "application/json"},
                 {"accept", options.stream ? "text/event-stream" : "application/json"}};
  const bool same =
      options.source_protocol == Protocol::openai_responses && !options.source_body.empty();
  if (same) {
    TRY_ASSIGN(out.body, edit_source(options));
  } else {
    TRY_ASSIGN(out.body, translate(request, options));
  }
  return out;
}

}  // namespace maester::gateway::openai
