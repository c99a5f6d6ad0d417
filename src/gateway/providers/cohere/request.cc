#include <string>
#include <utility>

#include "gateway/providers/cohere/adapter.h"
#include "gateway/providers/common/refuse.h"

namespace maester::gateway::cohere {

namespace {

std::unexpected<Error> refuse(std::string param, const std::string& why) {
  return fail(Code::invalid_request, "Cohere's models cannot honour `" + param + "`: " + why,
              param);
}

std::string_view role_name(Role role) {
  switch (role) {
    case Role::system:
    case Role::developer:
      return "system";
    case Role::assistant:
      return "assistant";
    case Role::tool:
      return "tool";
    case Role::user:
      break;
  }
  return "user";
}

Status write_part(json::Writer& w, const Part& part, std::size_t index) {
  const std::string param = providers::message_path(index, "content");
  if (const auto* text = std::get_if<TextPart>(&part)) {
    w.begin_object().field("type", "text").field("text", text->text).end_object();
  } else if (const auto* image = std::get_if<ImagePart>(&part)) {
    w.begin_object().field("type", "image_url").key("image_url").begin_object();
    w.field("url", image->data.empty() ? image->url
                                       : "data:" + image->media_type + ";base64," + image->data);
    w.optional_field("detail", image->detail).end_object().end_object();
  } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
    w.begin_object().field("type", "text").field("text", refusal->text).end_object();
  } else if (std::holds_alternative<DocumentPart>(part)) {
    return refuse(param, "they take no files.");
  } else if (std::holds_alternative<AudioPart>(part)) {
    return refuse(param, "they take no audio.");
  } else if (const auto* opaque = std::get_if<OpaquePart>(&part)) {
    return refuse(param, "a part of type `" + opaque->type + "` has no counterpart there.");
  }
  return {};
}

void write_calls(json::Writer& w, const Message& message) {
  std::string plan;
  bool any = false;
  for (const Part& part : message.parts) {
    if (const auto* thinking = std::get_if<ThinkingPart>(&part)) plan += thinking->text;
    const auto* call = std::get_if<ToolCall>(&part);
    if (call == nullptr) continue;
    if (!any) w.key("tool_calls").begin_array();
    any = true;
    w.begin_object().field("id", call->id).field("type", "function").key("function");
    w.begin_object().field("name", call->name);
    w.field("arguments", call->arguments.empty() ? "{}" : call->arguments);
    w.end_object().end_object();
  }
  if (!any) return;
  w.end_array();
  w.optional_field("tool_plan", plan);  // why it called them
}

Status write_message(json::Writer& w, const Message& message, std::size_t index) {
  if (!message.name.empty() && message.role != Role::tool) {
    return refuse(providers::message_path(index, "name"),
                  "participants have no names there; put it into the text.");
  }
  w.begin_object().field("role", role_name(message.role));
  if (message.role == Role::tool) w.field("tool_call_id", message.tool_call_id);
  bool shown = false;
  for (const Part& part : message.parts) {
    if (std::holds_alternative<ToolCall>(part) || std::holds_alternative<ThinkingPart>(part))
      continue;
    if (!shown) w.key("content").begin_array();
    shown = true;
    TRY(write_part(w, part, index));
  }
  if (shown) w.end_array();
  if (message.role == Role::assistant) write_calls(w, message);
  w.end_object();
  return {};
}

Status write_tools(json::Writer& w, const ChatRequest& request) {
  if (request.tools.empty()) return {};
  bool strict = false;
  w.key("tools").begin_array();
  for (const Tool& tool : request.tools) {
    strict |= tool.strict.value_or(false);
    w.begin_object().field("type", "function").key("function").begin_object();
    w.field("name", tool.name).optional_field("description", tool.description);
    w.raw_field("parameters", tool.parameters.empty()
                                  ? std::string_view(R"({"type":"object","properties":{}})")
                                  : std::string_view(tool.parameters));
    w.end_object().end_object();
  }
  w.end_array();
  if (strict) w.field("strict_tools", true);
  if (!request.tool_choice) return {};
  switch (request.tool_choice->mode) {
    case ToolChoice::Mode::automatic:
      break;
    case ToolChoice::Mode::none:
      w.field("tool_choice", "NONE");
      break;
    case ToolChoice::Mode::required:
      w.field("tool_choice", "REQUIRED");
      break;
    case ToolChoice::Mode::named:
      return refuse("tool_choice", "a tool cannot be named; ask for `required`.");
  }
  return {};
}

void write_number(json::Writer& w, std::string_view name, const std::string& text) {
  if (!text.empty()) w.raw_field(name, text);
}

void write_thinking(json::Writer& w, const ChatRequest& request) {
  const std::string& effort = request.reasoning_effort;
  if (effort.empty() && !request.thinking_budget) return;
  const bool off = effort == "none" || request.thinking_budget == 0;
  w.key("thinking").begin_object().field("type", off ? "disabled" : "enabled");
  if (request.thinking_budget && !off) {
    w.field("token_budget", *request.thinking_budget);
  } else if (!off && effort != "high" && effort != "xhigh") {
    w.field("token_budget", effort == "medium" ? 8'192 : 1'024);
  }
  w.end_object();
}

void write_sampling(json::Writer& w, const ChatRequest& request,
                    std::optional<std::int64_t> limit) {
  if (limit) w.field("max_tokens", *limit);
  write_number(w, "temperature", request.temperature);
  write_number(w, "p", request.top_p);
  write_number(w, "frequency_penalty", request.frequency_penalty);
  write_number(w, "presence_penalty", request.presence_penalty);
  if (request.top_k) w.field("k", *request.top_k);
  if (request.seed) w.field("seed", *request.seed);
  if (!request.stop.empty()) {
    w.key("stop_sequences").begin_array();
    for (const std::string& stop : request.stop) w.value(stop);
    w.end_array();
  }
  const auto& format = request.response_format;
  if (format && format->kind != ResponseFormat::Kind::text) {
    w.key("response_format").begin_object().field("type", "json_object");
    if (!format->schema.empty()) w.raw_field("json_schema", format->schema);
    w.end_object();
  }
  write_thinking(w, request);
}

Status refuse_inexpressible(const ChatRequest& request) {
  for (const std::string& name : request.unknown_fields) {
    if (!providers::is_ignorable_field(name)) return refuse(name, "leave it out.");
  }
  if (request.n.value_or(1) > 1) return refuse("n", "they give one answer; send `n` requests.");
  if (!request.parallel_tool_calls.value_or(true)) {
    return refuse("parallel_tool_calls", "they may always make several calls at once.");
  }
  const std::string& tier = request.service_tier;
  if (!tier.empty() && tier != "auto" && tier != "default") {
    return refuse("service_tier", "they know `auto` and `default`.");
  }
  return {};
}

}  // namespace

Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options,
                                       const Config& config) {
  TRY(refuse_inexpressible(request));
  ProviderRequest out;
  out.path = config.prefix + "/chat";
  out.headers = {{"content-type", "application/json"},
                 {"accept", options.stream ? "text/event-stream" : "application/json"}};
  json::Writer w(out.body);
  w.begin_object().field("model", options.upstream_model).key("messages").begin_array();
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    TRY(write_message(w, request.messages[i], i));
  }
  w.end_array();
  TRY(write_tools(w, request));
  write_sampling(w, request, options.max_tokens ? options.max_tokens : request.max_tokens);
  w.field("stream", options.stream).end_object();
  return out;
}

}  // namespace maester::gateway::cohere
