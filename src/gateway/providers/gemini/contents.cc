#include <string>
#include <utility>

#include "gateway/providers/common/refuse.h"
#include "gateway/providers/gemini/adapter.h"

namespace maester::gateway::gemini {

namespace {

std::unexpected<Error> refuse(std::size_t index, std::string_view field, const std::string& why) {
  const std::string param = providers::message_path(index, field);
  return fail(Code::invalid_request, "Gemini's models cannot take `" + param + "`: " + why, param);
}

void write_inline(json::Writer& w, std::string_view type, std::string_view data) {
  w.begin_object().key("inlineData").begin_object();
  w.field("mimeType", type).field("data", data).end_object().end_object();
}

void write_file(json::Writer& w, std::string_view type, std::string_view uri) {
  w.begin_object().key("fileData").begin_object();
  w.optional_field("mimeType", type).field("fileUri", uri).end_object().end_object();
}

Status write_document(json::Writer& w, const DocumentPart& document, std::size_t index) {
  if (document.citations) return refuse(index, "content", "it cites no documents; leave it out.");
  if (!document.context.empty()) {
    return refuse(index, "content", "a document has no `context`; write it as text.");
  }
  if (!document.data.empty()) {
    write_inline(w, document.media_type, document.data);
  } else if (!document.url.empty()) {
    write_file(w, document.media_type, document.url);
  } else if (!document.text.empty()) {
    w.begin_object().field("text", document.text).end_object();
  }
  return {};
}

// What other models' calls carry in place of a signature, as Google's guide to thought signatures
// says: Gemini 3 refuses a turn whose first call has none.
constexpr std::string_view kNoSignature = "skip_thought_signature_validator";

Status write_call(json::Writer& w, const ToolCall& call, std::size_t index, bool needs_signature) {
  TRY_ASSIGN(const std::string arguments, providers::arguments_object(call, index));
  w.begin_object().key("functionCall").begin_object().field("name", call.name);
  w.raw_field("args", arguments).end_object();
  if (!call.signature.empty())
    w.field("thoughtSignature", call.signature);
  else if (needs_signature)
    w.field("thoughtSignature", kNoSignature);
  w.end_object();
  return {};
}

Status write_part(json::Writer& w, const Part& part, std::size_t index) {
  if (const auto* text = std::get_if<TextPart>(&part)) {
    if (!text->text.empty()) w.begin_object().field("text", text->text).end_object();
  } else if (const auto* image = std::get_if<ImagePart>(&part)) {
    if (image->data.empty())
      write_file(w, {}, image->url);
    else
      write_inline(w, image->media_type, image->data);
  } else if (const auto* document = std::get_if<DocumentPart>(&part)) {
    return write_document(w, *document, index);
  } else if (const auto* audio = std::get_if<AudioPart>(&part)) {
    write_inline(w, "audio/" + audio->format, audio->data);
  } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
    w.begin_object().field("text", refusal->text).end_object();
  } else if (const auto* opaque = std::get_if<OpaquePart>(&part)) {
    return refuse(index, "content", "a part of type `" + opaque->type + "` has no counterpart.");
  }  // thinking: Gemini does not want it back, but for the signatures of calls
  return {};
}

// The result is an object there: the tool's own when its text is one.
Status write_result(json::Writer& w, const ChatRequest& request, std::size_t index) {
  const Message& message = request.messages[index];
  const std::string_view name = providers::tool_of_result(request, index);
  if (name.empty()) {
    return refuse(index, "tool_call_id", "no call with this id stands before it.");
  }
  w.begin_object().key("functionResponse").begin_object().field("name", name);
  w.key("response");
  const std::string text = providers::text_of(message);
  const auto doc = json::Document::parse(text);
  if (doc && doc->root().is_object() && !message.tool_error)
    w.raw(doc->root().raw());
  else
    w.begin_object().field(message.tool_error ? "error" : "result", text).end_object();
  bool media = false;
  for (const Part& part : message.parts) {
    if (std::holds_alternative<TextPart>(part)) continue;
    if (!media) w.key("parts").begin_array();
    media = true;
    TRY(write_part(w, part, index));
  }
  if (media) w.end_array();
  w.end_object().end_object();
  return {};
}

Status write_message(json::Writer& w, const ChatRequest& request, std::size_t index,
                     bool needs_signature) {
  const Message& message = request.messages[index];
  if (message.role == Role::tool) return write_result(w, request, index);
  for (const Part& part : message.parts) {
    if (const auto* call = std::get_if<ToolCall>(&part)) {
      TRY(write_call(w, *call, index, needs_signature));
      needs_signature = false;  // the first of parallel calls has it
    } else {
      TRY(write_part(w, part, index));
    }
  }
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
      if (!any) w.key("systemInstruction").begin_object().key("parts").begin_array();
      any = true;
      w.begin_object().field("text", text->text).end_object();
    }
  }
  if (any) w.end_array().end_object();
  return {};
}

// Nothing would be written of it, and Gemini refuses a turn without parts.
bool is_empty(const Message& message) {
  if (message.role == Role::tool) return false;
  for (const Part& part : message.parts) {
    const auto* text = std::get_if<TextPart>(&part);
    if (std::holds_alternative<ThinkingPart>(part) || (text != nullptr && text->text.empty()))
      continue;
    return false;
  }
  return true;
}

}  // namespace

// Two roles in turn: neighbours of one role become one content, results of tools are the user's.
Status write_contents(json::Writer& w, const ChatRequest& request, const EncodeOptions& options) {
  TRY(write_system(w, request));
  const bool signs = thinks_by_level(options.upstream_model);
  w.key("contents").begin_array();
  std::string_view open;
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    if (!message.name.empty() && message.role != Role::tool) {
      return refuse(i, "name", "participants have no names there; put it into the text.");
    }
    if (providers::is_system(message) || is_empty(message)) continue;
    const std::string_view role = message.role == Role::assistant ? "model" : "user";
    if (role != open) {
      if (!open.empty()) w.end_array().end_object();
      w.begin_object().field("role", role).key("parts").begin_array();
      open = role;
    }
    TRY(write_message(w, request, i, signs));
  }
  if (open.empty()) {
    return fail(Code::invalid_request,
                "Gemini's models need at least one message that is no system message.", "messages");
  }
  w.end_array().end_object().end_array();
  return {};
}

}  // namespace maester::gateway::gemini
