#include <algorithm>
#include <array>
#include <type_traits>

#include "base/hash.h"
#include "codec/json_writer.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

std::string_view role_name(Role role) {
  switch (role) {
    case Role::system:
      return "system";
    case Role::developer:
      return "developer";
    case Role::user:
      return "user";
    case Role::assistant:
      return "assistant";
    case Role::tool:
      return "tool";
  }
  return "user";
}

std::string where(std::size_t index, std::string_view field) {
  return "messages[" + std::to_string(index) + "]." + std::string(field);
}

template <class T>
const T* as(const Part& part) {
  return std::get_if<T>(&part);
}

// Fields of Mistral's own, which callers of its dialect may send.
bool is_mistrals(std::string_view name) {
  constexpr std::array kNames = {std::string_view("safe_prompt"), std::string_view("prompt_mode"),
                                 std::string_view("random_seed"), std::string_view("prediction")};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}
// Fields of OpenAI's that change nothing in the answer.
bool is_bookkeeping(std::string_view name) {
  constexpr std::array kNames = {
      std::string_view("store"), std::string_view("metadata"), std::string_view("prompt_cache_key"),
      std::string_view("prompt_cache_retention"), std::string_view("safety_identifier")};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Status copy_mistrals(json::Writer& w, const ChatRequest& request, const EncodeOptions& options) {
  const bool any = std::any_of(request.unknown_fields.begin(), request.unknown_fields.end(),
                               [](const std::string& name) { return is_mistrals(name); });
  if (!any) return {};
  if (options.source_body.empty()) {
    return fail(Code::invalid_request,
                "`" + request.unknown_fields.front() + "` cannot be sent with this request.",
                request.unknown_fields.front());
  }
  TRY_ASSIGN(const json::Document doc, json::Document::parse(options.source_body));
  for (const std::string& name : request.unknown_fields) {
    if (!is_mistrals(name) || (name == "random_seed" && request.seed)) continue;
    if (const json::Value own = doc.root().get(name); own.exists()) w.key(name).raw(own.raw());
  }
  return {};
}

// Mistral takes ids of nine letters and digits alone. Others become a digest, the same at the call
// and at its result.
std::string call_id(const std::string& id, const Config& config) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (!config.mistral || (id.size() == 9 && std::all_of(id.begin(), id.end(), plain))) return id;
  return sha256_hex(id).substr(0, 9);
}

// A budget of thinking, which only other protocols have, as the effort that comes nearest.
std::string effort_of(const ChatRequest& request, const EncodeOptions& options,
                      const Config& config) {
  if (!request.reasoning_effort.empty() || !request.thinking_budget)
    return request.reasoning_effort;
  const std::int64_t budget = *request.thinking_budget;
  if (budget == 0 && !is_reasoning_model(options.upstream_model)) return {};
  if (budget == 0) return config.mistral ? "none" : "minimal";
  return budget <= 2'048 ? "low" : budget <= 8'192 ? "medium" : "high";
}

void write_image(json::Writer& w, const ImagePart& image) {
  w.begin_object().field("type", "image_url").key("image_url").begin_object();
  w.field("url",
          image.data.empty() ? image.url : "data:" + image.media_type + ";base64," + image.data);
  w.optional_field("detail", image.detail).end_object().end_object();
}

Status write_document(json::Writer& w, const DocumentPart& document, std::size_t index,
                      const Config& config) {
  if (config.mistral && document.text.empty()) {
    w.begin_object().field("type", "document_url");
    w.field("document_url", document.data.empty()
                                ? document.url
                                : "data:" + document.media_type + ";base64," + document.data);
    w.optional_field("document_name", document.title).end_object();
    return {};
  }
  if (document.data.empty()) {
    return fail(Code::invalid_request,
                "This model's provider takes a document only as base64 data, not as a URL or text.",
                where(index, "content"));
  }
  w.begin_object().field("type", "file").key("file").begin_object();
  w.field("filename", document.title.empty() ? "document" : document.title);
  w.field("file_data", "data:" + document.media_type + ";base64," + document.data);
  w.end_object().end_object();
  return {};
}

void write_audio(json::Writer& w, const AudioPart& audio, const Config& config) {
  if (config.mistral) {
    w.begin_object().field("type", "input_audio").field("input_audio", audio.data).end_object();
    return;
  }
  w.begin_object().field("type", "input_audio").key("input_audio").begin_object();
  w.field("data", audio.data).field("format", audio.format).end_object().end_object();
}

void write_call(json::Writer& w, const ToolCall& call, const Config& config) {
  w.begin_object()
      .field("id", call_id(call.id, config))
      .field("type", "function")
      .key("function")
      .begin_object();
  w.field("name", call.name).field("arguments", call.arguments.empty() ? "{}" : call.arguments);
  w.end_object();
  if (!call.signature.empty() && config.tolerant && !config.mistral) {
    w.key("extra_content").begin_object().key("google").begin_object();
    w.field("thought_signature", call.signature).end_object().end_object();
  }
  w.end_object();
}

// Text alone is a string, anything else an array of parts. Tool calls have a member of their own;
// thinking belongs to the provider that made it and is not part of what was said.
Status write_content(json::Writer& w, const Message& message, std::size_t index,
                     const Config& config) {
  std::size_t shown = 0, texts = 0;
  for (const Part& part : message.parts) {
    if (as<ToolCall>(part) != nullptr || as<ThinkingPart>(part) != nullptr) continue;
    ++shown;
    if (as<TextPart>(part) != nullptr) ++texts;
  }
  w.key("content");
  if (shown == 0) {
    if (message.role == Role::assistant)
      w.null();
    else
      w.value("");
    return {};
  }
  if (shown == 1 && texts == 1) {
    for (const Part& part : message.parts) {
      if (const auto* text = as<TextPart>(part)) w.value(text->text);
    }
    return {};
  }
  w.begin_array();
  for (const Part& part : message.parts) {
    if (const auto* text = as<TextPart>(part)) {
      w.begin_object().field("type", "text").field("text", text->text).end_object();
    } else if (const auto* image = as<ImagePart>(part)) {
      write_image(w, *image);
    } else if (const auto* refusal = as<RefusalPart>(part)) {
      w.begin_object().field("type", "refusal").field("refusal", refusal->text).end_object();
    } else if (const auto* document = as<DocumentPart>(part)) {
      TRY(write_document(w, *document, index, config));
    } else if (const auto* audio = as<AudioPart>(part)) {
      write_audio(w, *audio, config);
    } else if (const auto* opaque = as<OpaquePart>(part)) {
      if (opaque->type != "file") {
        return fail(Code::invalid_request,
                    "This model's provider cannot take a part of type `" + opaque->type + "`.",
                    where(index, "content"));
      }
      w.raw(opaque->json);
    }
  }
  w.end_array();
  return {};
}

Status write_message(json::Writer& w, const Message& message, std::size_t index,
                     const Config& config) {
  if (config.mistral && !message.name.empty() && message.role != Role::tool) {
    return fail(Code::invalid_request,
                "Mistral's models know no names of participants: put it into the text.",
                where(index, "name"));
  }
  const bool developer = message.role == Role::developer && config.mistral;
  w.begin_object().field("role", role_name(developer ? Role::system : message.role));
  TRY(write_content(w, message, index, config));
  w.optional_field("name", message.name);
  if (!message.tool_call_id.empty()) w.field("tool_call_id", call_id(message.tool_call_id, config));
  bool any = false;
  for (const Part& part : message.parts) {
    const auto* call = as<ToolCall>(part);
    if (call == nullptr) continue;
    if (!any) w.key("tool_calls").begin_array();
    any = true;
    write_call(w, *call, config);
  }
  if (any) w.end_array();
  w.end_object();
  return {};
}

void write_tools(json::Writer& w, const ChatRequest& request) {
  if (!request.tools.empty()) {
    w.key("tools").begin_array();
    for (const Tool& tool : request.tools) {
      w.begin_object().field("type", "function").key("function").begin_object();
      w.field("name", tool.name).optional_field("description", tool.description);
      if (!tool.parameters.empty()) w.raw_field("parameters", tool.parameters);
      if (tool.strict) w.field("strict", *tool.strict);
      w.end_object().end_object();
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
        w.begin_object().field("type", "function").key("function").begin_object();
        w.field("name", request.tool_choice->name).end_object().end_object();
        break;
    }
  }
  if (request.parallel_tool_calls) w.field("parallel_tool_calls", *request.parallel_tool_calls);
}

void write_response_format(json::Writer& w, const ResponseFormat& format) {
  w.key("response_format").begin_object();
  switch (format.kind) {
    case ResponseFormat::Kind::text:
      w.field("type", "text");
      break;
    case ResponseFormat::Kind::json_object:
      w.field("type", "json_object");
      break;
    case ResponseFormat::Kind::json_schema:
      w.field("type", "json_schema").key("json_schema").begin_object();
      w.field("name", format.schema_name.empty() ? "answer" : format.schema_name);
      if (!format.schema.empty()) w.raw_field("schema", format.schema);
      if (format.strict) w.field("strict", *format.strict);
      w.end_object();
      break;
  }
  w.end_object();
}

void write_number(json::Writer& w, std::string_view name, const std::string& text) {
  if (!text.empty()) w.raw_field(name, text);
}

void write_sampling(json::Writer& w, const ChatRequest& request, const EncodeOptions& options,
                    const Config& config) {
  write_number(w, "temperature", request.temperature);
  write_number(w, "top_p", request.top_p);
  write_number(w, "frequency_penalty", request.frequency_penalty);
  write_number(w, "presence_penalty", request.presence_penalty);
  if (request.top_k) w.field("top_k", *request.top_k);
  if (request.seed) w.field(config.mistral ? "random_seed" : "seed", *request.seed);
  if (request.n) w.field("n", *request.n);
  if (!request.stop.empty()) {
    w.key("stop").begin_array();
    for (const std::string& stop : request.stop) w.value(stop);
    w.end_array();
  }
  w.optional_field("reasoning_effort", effort_of(request, options, config));
  w.optional_field("service_tier", request.service_tier);
  if (!config.mistral) w.optional_field("user", request.user);
}

}  // namespace

Result<std::string> write_request(const ChatRequest& request, const EncodeOptions& options,
                                  const Config& config) {
  for (const std::string& name : request.unknown_fields) {
    if (config.mistral && (is_mistrals(name) || is_bookkeeping(name))) continue;
    return fail(Code::invalid_request,
                "This model's provider has no field `" + name + "`: leave it out.", name);
  }
  if (request.top_k && (!config.tolerant || config.mistral)) {
    return fail(Code::invalid_request, "This model's provider has no `top_k`: leave it out.",
                "top_k");
  }
  std::string body;
  json::Writer w(body);
  w.begin_object().field("model", options.upstream_model).key("messages").begin_array();
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    TRY(write_message(w, request.messages[i], i, config));
  }
  w.end_array();
  write_tools(w, request);
  if (request.response_format) write_response_format(w, *request.response_format);
  const auto limit = options.max_tokens ? options.max_tokens : request.max_tokens;
  if (limit) w.field(limit_field(options.upstream_model, config), *limit);
  write_sampling(w, request, options, config);
  if (config.mistral) TRY(copy_mistrals(w, request, options));
  if (options.stream && config.mistral) {
    w.field("stream", true);
  } else if (options.stream) {
    w.field("stream", true).key("stream_options").begin_object();
    w.field("include_usage", true).end_object();
  }
  w.end_object();
  return body;
}

}  // namespace maester::gateway::openai
