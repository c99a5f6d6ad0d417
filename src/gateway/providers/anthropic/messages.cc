#include <string>
#include <utility>

#include "gateway/providers/anthropic/adapter.h"
#include "gateway/providers/common/refuse.h"

namespace maester::gateway::anthropic {

namespace {

std::string where(std::size_t index, std::string_view field) {
  return "messages[" + std::to_string(index) + "]." + std::string(field);
}

std::unexpected<Error> refuse(std::size_t index, std::string_view field, const std::string& why) {
  const std::string param = where(index, field);
  return fail(Code::invalid_request, "Anthropic's models cannot take `" + param + "`: " + why,
              param);
}

bool is_system(const Message& message) {
  return message.role == Role::system || message.role == Role::developer;
}

void write_text(json::Writer& w, const TextPart& text) {
  if (text.text.empty()) return;  // an empty block is an error there
  w.begin_object().field("type", "text").field("text", text.text);
  if (!text.cache_control.empty()) w.raw_field("cache_control", text.cache_control);
  w.end_object();
}

void write_image(json::Writer& w, const ImagePart& image) {
  w.begin_object().field("type", "image").key("source").begin_object();
  if (image.data.empty()) {
    w.field("type", "url").field("url", image.url);
  } else {
    w.field("type", "base64").field("media_type", image.media_type).field("data", image.data);
  }
  w.end_object();
  if (!image.cache_control.empty()) w.raw_field("cache_control", image.cache_control);
  w.end_object();
}

Status write_call(json::Writer& w, const ToolCall& call, std::size_t index) {
  std::string_view input = call.arguments;
  if (input.find_first_not_of(" \t\r\n") == std::string_view::npos) input = "{}";
  const auto doc = json::Document::parse(input);
  if (!doc || !doc->root().is_object()) {
    return refuse(index, "tool_calls",
                  "the arguments of `" + call.name + "` are not a JSON object.");
  }
  w.begin_object()
      .field("type", "tool_use")
      .field("id", providers::safe_id(call.id))
      .field("name", call.name);
  w.raw_field("input", doc->root().raw()).end_object();
  return {};
}

void write_thinking(json::Writer& w, const ThinkingPart& thinking) {
  w.begin_object();
  if (thinking.redacted_data.empty()) {
    w.field("type", "thinking").field("thinking", thinking.text);
    w.field("signature", thinking.signature);
  } else {
    w.field("type", "redacted_thinking").field("data", thinking.redacted_data);
  }
  w.end_object();
}

Status write_document(json::Writer& w, const DocumentPart& document, std::size_t index) {
  const bool pdf = document.media_type == "application/pdf";
  if (!document.data.empty() && !pdf) {
    return refuse(index, "content", "of base64 files only a PDF can be sent.");
  }
  w.begin_object().field("type", "document").key("source").begin_object();
  if (!document.data.empty()) {
    w.field("type", "base64").field("media_type", document.media_type).field("data", document.data);
  } else if (!document.url.empty()) {
    w.field("type", "url").field("url", document.url);
  } else {
    w.field("type", "text").field("media_type", "text/plain").field("data", document.text);
  }
  w.end_object();
  w.optional_field("title", document.title).optional_field("context", document.context);
  if (document.citations) {
    w.key("citations").begin_object().field("enabled", true).end_object();
  }
  if (!document.cache_control.empty()) w.raw_field("cache_control", document.cache_control);
  w.end_object();
  return {};
}

Status write_opaque(json::Writer& w, const OpaquePart& part, std::size_t index, Protocol source) {
  if (source == Protocol::anthropic_messages) {
    w.raw(part.json);
    return {};
  }
  if (part.type == "file") {
    return refuse(index, "content", "of files only a PDF in `file_data` can be sent.");
  }
  if (part.type == "function_call") {
    return refuse(index, "function_call", "send `tool_calls` in its place.");
  }
  return refuse(index, "content", "a part of type `" + part.type + "` has no counterpart there.");
}

Status write_part(json::Writer& w, const Part& part, std::size_t index, Protocol source) {
  if (const auto* text = std::get_if<TextPart>(&part)) {
    write_text(w, *text);
  } else if (const auto* image = std::get_if<ImagePart>(&part)) {
    write_image(w, *image);
  } else if (const auto* document = std::get_if<DocumentPart>(&part)) {
    return write_document(w, *document, index);
  } else if (std::holds_alternative<AudioPart>(part)) {
    return refuse(index, "content", "they take no audio.");
  } else if (const auto* call = std::get_if<ToolCall>(&part)) {
    return write_call(w, *call, index);
  } else if (const auto* thinking = std::get_if<ThinkingPart>(&part)) {
    write_thinking(w, *thinking);
  } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
    write_text(w, TextPart{refusal->text, {}});
  } else if (const auto* opaque = std::get_if<OpaquePart>(&part)) {
    return write_opaque(w, *opaque, index, source);
  }
  return {};
}

Status write_tool_result(json::Writer& w, const Message& message, std::size_t index,
                         Protocol source) {
  if (message.tool_call_id.empty()) {
    return refuse(index, "role", "a `function` message names no call; send role `tool`.");
  }
  w.begin_object()
      .field("type", "tool_result")
      .field("tool_use_id", providers::safe_id(message.tool_call_id));
  w.key("content").begin_array();
  for (const Part& part : message.parts) TRY(write_part(w, part, index, source));
  w.end_array();
  if (message.tool_error) w.field("is_error", true);
  w.end_object();
  return {};
}

Status write_system(json::Writer& w, const ChatRequest& request) {
  bool any = false;
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    if (!is_system(request.messages[i])) continue;
    for (const Part& part : request.messages[i].parts) {
      const auto* text = std::get_if<TextPart>(&part);
      if (text == nullptr) return refuse(i, "content", "a system message may hold text only.");
      if (text->text.empty()) continue;
      if (!any) w.key("system").begin_array();
      any = true;
      write_text(w, *text);
    }
  }
  if (any) w.end_array();
  return {};
}

}  // namespace

// Anthropic knows two roles in turn: neighbours of one role become one message, results of tools
// are the user's.
Status write_messages(json::Writer& w, const ChatRequest& request, const EncodeOptions& options) {
  TRY(write_system(w, request));
  w.key("messages").begin_array();
  std::string_view open;
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    if (!message.name.empty() && message.role != Role::tool) {
      return refuse(i, "name", "participants have no names there; put it into the text.");
    }
    if (is_system(message)) continue;
    const std::string_view role = message.role == Role::assistant ? "assistant" : "user";
    if (role != open) {
      if (!open.empty()) w.end_array().end_object();
      w.begin_object().field("role", role).key("content").begin_array();
      open = role;
    }
    if (message.role == Role::tool) {
      TRY(write_tool_result(w, message, i, options.source_protocol));
      continue;
    }
    for (const Part& part : message.parts) {
      TRY(write_part(w, part, i, options.source_protocol));
    }
  }
  if (open.empty()) {
    return fail(Code::invalid_request,
                "Anthropic's models need at least one message that is no system message.",
                "messages");
  }
  w.end_array().end_object().end_array();
  return {};
}

}  // namespace maester::gateway::anthropic
