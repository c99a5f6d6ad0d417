#include <array>
#include <span>
#include <string>
#include <utility>

#include "gateway/providers/bedrock/adapter.h"
#include "gateway/providers/common/refuse.h"

namespace maester::gateway::bedrock {

namespace {

std::unexpected<Error> refuse(std::size_t index, std::string_view field, const std::string& why) {
  const std::string param = providers::message_path(index, field);
  return fail(Code::invalid_request, "Bedrock's models cannot take `" + param + "`: " + why, param);
}

struct Format {
  std::string_view type, format;
};
constexpr std::array kImages = {Format{"image/png", "png"}, Format{"image/jpeg", "jpeg"},
                                Format{"image/jpg", "jpeg"}, Format{"image/gif", "gif"},
                                Format{"image/webp", "webp"}};
constexpr std::array kDocuments = {
    Format{"application/pdf", "pdf"},
    Format{"text/csv", "csv"},
    Format{"text/html", "html"},
    Format{"text/markdown", "md"},
    Format{"text/plain", "txt"},
    Format{"application/msword", "doc"},
    Format{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    Format{"application/vnd.ms-excel", "xls"},
    Format{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"}};

std::string_view format_of(std::span<const Format> formats, std::string_view type) {
  for (const Format& one : formats) {
    if (one.type == type) return one.format;
  }
  return {};
}

Status write_image(json::Writer& w, const ImagePart& image, std::size_t index) {
  const std::string_view format = format_of(kImages, image.media_type);
  if (image.data.empty()) {
    return refuse(index, "content", "it fetches no images; send them as base64 data.");
  }
  if (format.empty()) return refuse(index, "content", "images are png, jpeg, gif or webp there.");
  w.begin_object().key("image").begin_object().field("format", format);
  w.key("source").begin_object().field("bytes", image.data).end_object();
  w.end_object().end_object();
  return {};
}

// Bedrock takes letters, digits, single blanks, hyphens, and round and square brackets.
std::string document_name(const std::string& title, std::size_t index) {
  std::string out;
  for (const char c : title.substr(0, title.rfind('.'))) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '(' || c == ')' || c == '[' || c == ']';
    if (ok || (!out.empty() && out.back() != ' ')) out += ok ? c : ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out.empty() ? "document " + std::to_string(index) : out;
}

Status write_document(json::Writer& w, const DocumentPart& document, std::size_t index) {
  if (!document.url.empty()) {
    return refuse(index, "content", "it fetches no documents; send them as base64 data.");
  }
  const std::string_view format =
      document.data.empty() ? std::string_view("txt") : format_of(kDocuments, document.media_type);
  if (format.empty()) {
    return refuse(index, "content",
                  "documents of type `" + document.media_type + "` are not known there.");
  }
  w.begin_object().key("document").begin_object().field("format", format);
  w.field("name", document_name(document.title, index)).key("source").begin_object();
  if (document.data.empty())
    w.field("text", document.text);
  else
    w.field("bytes", document.data);
  w.end_object().optional_field("context", document.context);
  if (document.citations) {
    w.key("citations").begin_object().field("enabled", true).end_object();
  }
  w.end_object().end_object();
  return {};
}

void write_text(json::Writer& w, const std::string& text) {
  if (!text.empty()) w.begin_object().field("text", text).end_object();  // "" is an error there
}

Status write_call(json::Writer& w, const ToolCall& call, std::size_t index) {
  TRY_ASSIGN(const std::string input, providers::arguments_object(call, index));
  w.begin_object().key("toolUse").begin_object();
  w.field("toolUseId", providers::safe_id(call.id)).field("name", call.name);
  w.raw_field("input", input).end_object().end_object();
  return {};
}

void write_thinking(json::Writer& w, const ThinkingPart& thinking) {
  w.begin_object().key("reasoningContent").begin_object();
  if (thinking.redacted_data.empty()) {
    w.key("reasoningText").begin_object().field("text", thinking.text);
    w.optional_field("signature", thinking.signature).end_object();
  } else {
    w.field("redactedContent", thinking.redacted_data);
  }
  w.end_object().end_object();
}

Status write_part(json::Writer& w, const Part& part, std::size_t index) {
  if (const auto* text = std::get_if<TextPart>(&part)) {
    write_text(w, text->text);
    write_cache_point(w, text->cache_control);
  } else if (const auto* image = std::get_if<ImagePart>(&part)) {
    TRY(write_image(w, *image, index));
    write_cache_point(w, image->cache_control);
  } else if (const auto* document = std::get_if<DocumentPart>(&part)) {
    TRY(write_document(w, *document, index));
    write_cache_point(w, document->cache_control);
  } else if (const auto* call = std::get_if<ToolCall>(&part)) {
    return write_call(w, *call, index);
  } else if (const auto* thinking = std::get_if<ThinkingPart>(&part)) {
    write_thinking(w, *thinking);
  } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
    write_text(w, refusal->text);
  } else if (std::holds_alternative<AudioPart>(part)) {
    return refuse(index, "content", "they take no audio.");
  } else if (const auto* opaque = std::get_if<OpaquePart>(&part)) {
    return refuse(index, "content",
                  "a part of type `" + opaque->type + "` has no counterpart there.");
  }
  return {};
}

Status write_result(json::Writer& w, const Message& message, std::size_t index) {
  if (message.tool_call_id.empty()) {
    return refuse(index, "role", "a `function` message names no call; send role `tool`.");
  }
  w.begin_object().key("toolResult").begin_object();
  w.field("toolUseId", providers::safe_id(message.tool_call_id)).key("content").begin_array();
  for (const Part& part : message.parts) TRY(write_part(w, part, index));
  w.end_array();
  if (message.tool_error) w.field("status", "error");
  w.end_object().end_object();
  return {};
}

Status write_system(json::Writer& w, const ChatRequest& request) {
  bool any = false;
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    if (!providers::is_system(request.messages[i])) continue;
    for (const Part& part : request.messages[i].parts) {
      const auto* text = std::get_if<TextPart>(&part);
      if (text == nullptr) return refuse(i, "content", "a system message may hold text only.");
      if (text->text.empty()) continue;
      if (!any) w.key("system").begin_array();
      any = true;
      write_text(w, text->text);
      write_cache_point(w, text->cache_control);
    }
  }
  if (any) w.end_array();
  return {};
}

}  // namespace

void write_cache_point(json::Writer& w, const std::string& cache_control) {
  if (cache_control.empty()) return;
  w.begin_object().key("cachePoint").begin_object().field("type", "default");
  const auto mark = json::Document::parse(cache_control);
  if (mark) w.optional_field("ttl", mark->root().get("ttl").string_or(""));
  w.end_object().end_object();
}

// Two roles in turn, as Anthropic has them.
Status write_messages(json::Writer& w, const ChatRequest& request) {
  TRY(write_system(w, request));
  w.key("messages").begin_array();
  std::string_view open;
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    if (!message.name.empty() && message.role != Role::tool) {
      return refuse(i, "name", "participants have no names there; put it into the text.");
    }
    if (providers::is_system(message)) continue;
    const std::string_view role = message.role == Role::assistant ? "assistant" : "user";
    if (role != open) {
      if (!open.empty()) w.end_array().end_object();
      w.begin_object().field("role", role).key("content").begin_array();
      open = role;
    }
    if (message.role == Role::tool) {
      TRY(write_result(w, message, i));
      continue;
    }
    for (const Part& part : message.parts) TRY(write_part(w, part, i));
  }
  if (open.empty()) {
    return fail(Code::invalid_request,
                "Bedrock's models need at least one message that is no system message.",
                "messages");
  }
  w.end_array().end_object().end_array();
  return {};
}

}  // namespace maester::gateway::bedrock
