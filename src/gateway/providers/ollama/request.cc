#include <string>
#include <utility>

#include "codec/json_writer.h"
#include "gateway/providers/common/refuse.h"
#include "gateway/providers/ollama/adapter.h"

namespace maester::gateway::ollama {

namespace {

std::unexpected<Error> refuse(std::string param, const std::string& why) {
  return fail(Code::invalid_request, "Ollama cannot honour `" + param + "`: " + why, param);
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

Status check_parts(const Message& message, std::size_t index) {
  const std::string param = providers::message_path(index, "content");
  for (const Part& part : message.parts) {
    if (const auto* image = std::get_if<ImagePart>(&part)) {
      if (image->data.empty()) return refuse(param, "images must be base64 data, not URLs.");
    } else if (std::holds_alternative<DocumentPart>(part)) {
      return refuse(param, "it takes no files.");
    } else if (std::holds_alternative<AudioPart>(part)) {
      return refuse(param, "it takes no audio.");
    } else if (const auto* opaque = std::get_if<OpaquePart>(&part)) {
      return refuse(param, "a part of type `" + opaque->type + "` has no counterpart there.");
    }
  }
  return {};
}

// The text is one string there, images and calls stand beside it.
Status write_message(json::Writer& w, const ChatRequest& request, std::size_t index) {
  const Message& message = request.messages[index];
  if (!message.name.empty() && message.role != Role::tool) {
    return refuse(providers::message_path(index, "name"),
                  "participants have no names there; put it into the text.");
  }
  TRY(check_parts(message, index));
  std::string text, thinking;
  bool images = false, calls = false;
  for (const Part& part : message.parts) {
    if (const auto* one = std::get_if<TextPart>(&part)) text += one->text;
    if (const auto* one = std::get_if<RefusalPart>(&part)) text += one->text;
    if (const auto* one = std::get_if<ThinkingPart>(&part)) thinking += one->text;
    images |= std::holds_alternative<ImagePart>(part);
    calls |= std::holds_alternative<ToolCall>(part);
  }
  w.begin_object().field("role", role_name(message.role)).field("content", text);
  w.optional_field("thinking", thinking);
  if (images) {
    w.key("images").begin_array();
    for (const Part& part : message.parts) {
      if (const auto* image = std::get_if<ImagePart>(&part)) w.value(image->data);
    }
    w.end_array();
  }
  if (calls) {
    w.key("tool_calls").begin_array();
    for (const Part& part : message.parts) {
      const auto* call = std::get_if<ToolCall>(&part);
      if (call == nullptr) continue;
      TRY_ASSIGN(const std::string arguments, providers::arguments_object(*call, index));
      w.begin_object().key("function").begin_object().field("name", call->name);
      w.raw_field("arguments", arguments).end_object().end_object();
    }
    w.end_array();
  }
  if (message.role == Role::tool) {
    w.optional_field("tool_name", providers::tool_of_result(request, index));
  }
  w.end_object();
  return {};
}

Status refuse_inexpressible(const ChatRequest& request) {
  for (const std::string& name : request.unknown_fields) {
    if (!providers::is_ignorable_field(name)) return refuse(name, "leave it out.");
  }
  if (request.n.value_or(1) > 1) return refuse("n", "it gives one answer; send `n` requests.");
  if (!request.parallel_tool_calls.value_or(true)) {
    return refuse("parallel_tool_calls", "models may always make several calls at once.");
  }
  const auto& choice = request.tool_choice;
  if (choice &&
      (choice->mode == ToolChoice::Mode::required || choice->mode == ToolChoice::Mode::named)) {
    return refuse("tool_choice", "a call cannot be forced.");
  }
  if (request.thinking_budget.value_or(0) > 0) {
    return refuse("thinking_budget", "thinking has levels there; send `reasoning_effort`.");
  }
  const std::string& tier = request.service_tier;
  if (!tier.empty() && tier != "auto" && tier != "default") {
    return refuse("service_tier", "there is one.");
  }
  return {};
}

void write_tools(json::Writer& w, const ChatRequest& request) {
  const bool none = request.tool_choice && request.tool_choice->mode == ToolChoice::Mode::none;
  if (request.tools.empty() || none) return;
  w.key("tools").begin_array();
  for (const Tool& tool : request.tools) {
    w.begin_object().field("type", "function").key("function").begin_object();
    w.field("name", tool.name).optional_field("description", tool.description);
    w.raw_field("parameters", tool.parameters.empty()
                                  ? std::string_view(R"({"type":"object","properties":{}})")
                                  : std::string_view(tool.parameters));
    w.end_object().end_object();
  }
  w.end_array();
}

void write_number(json::Writer& w, std::string_view name, const std::string& text) {
  if (!text.empty()) w.raw_field(name, text);
}

void write_options(json::Writer& w, const ChatRequest& request, std::optional<std::int64_t> limit) {
  w.key("options").begin_object();
  if (limit) w.field("num_predict", *limit);
  write_number(w, "temperature", request.temperature);
  write_number(w, "top_p", request.top_p);
  write_number(w, "frequency_penalty", request.frequency_penalty);
  write_number(w, "presence_penalty", request.presence_penalty);
  if (request.top_k) w.field("top_k", *request.top_k);
  if (request.seed) w.field("seed", *request.seed);
  if (!request.stop.empty()) {
    w.key("stop").begin_array();
    for (const std::string& stop : request.stop) w.value(stop);
    w.end_array();
  }
  w.end_object();
}

// Levels are known to gpt-oss alone; the others think or do not.
void write_think(json::Writer& w, const ChatRequest& request, std::string_view model) {
  const std::string& effort = request.reasoning_effort;
  if (effort.empty() && !request.thinking_budget) return;
  if (effort.empty() || effort == "none") {
    w.field("think", false);
  } else if (model.find("gpt-oss") == std::string_view::npos) {
    w.field("think", true);
  } else {
    w.field("think", effort == "minimal" ? "low" : effort == "xhigh" ? "high" : effort);
  }
}

}  // namespace

Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options) {
  TRY(refuse_inexpressible(request));
  ProviderRequest out;
  out.path = "/api/chat";
  out.headers = {{"content-type", "application/json"},
                 {"accept", options.stream ? "application/x-ndjson" : "application/json"}};
  json::Writer w(out.body);
  w.begin_object().field("model", options.upstream_model).key("messages").begin_array();
  for (std::size_t i = 0; i < request.messages.size(); ++i) TRY(write_message(w, request, i));
  w.end_array();
  write_tools(w, request);
  const auto& format = request.response_format;
  if (format && format->kind != ResponseFormat::Kind::text) {
    if (format->schema.empty())
      w.field("format", "json");
    else
      w.raw_field("format", format->schema);
  }
  write_think(w, request, options.upstream_model);
  write_options(w, request, options.max_tokens ? options.max_tokens : request.max_tokens);
  w.field("stream", options.stream).end_object();  // it streams unless told not to
  return out;
}

}  // namespace maester::gateway::ollama
