#include <string>
#include <utility>

#include "gateway/providers/bedrock/adapter.h"
#include "gateway/providers/common/anthropic_thinking.h"
#include "gateway/providers/common/refuse.h"
#include "wire/url.h"

namespace maester::gateway::bedrock {

namespace {

std::unexpected<Error> refuse(std::string param, const std::string& why) {
  return fail(Code::invalid_request, "Bedrock's models cannot honour `" + param + "`: " + why,
              param);
}

bool is_zero(std::string_view number) {
  number = number.substr(0, number.find_first_of("eE"));
  return number.find_first_of("123456789") == std::string_view::npos;
}

bool is_family(std::string_view model, std::string_view family) {
  return model.find(family) != std::string_view::npos;
}

bool has_tool_parts(const ChatRequest& request) {
  for (const Message& message : request.messages) {
    if (message.role == Role::tool) return true;
    for (const Part& part : message.parts) {
      if (std::holds_alternative<ToolCall>(part)) return true;
    }
  }
  return false;
}

bool without_tools(const ChatRequest& request) {
  return request.tools.empty() ||
         (request.tool_choice && request.tool_choice->mode == ToolChoice::Mode::none);
}

Status refuse_inexpressible(const ChatRequest& request) {
  for (const std::string& name : request.unknown_fields) {
    if (!providers::is_ignorable_field(name)) return refuse(name, "leave it out.");
  }
  if (request.n.value_or(1) > 1) return refuse("n", "they give one answer; send `n` requests.");
  if (request.seed) return refuse("seed", "leave it out.");
  if (!is_zero(request.frequency_penalty)) return refuse("frequency_penalty", "leave it out.");
  if (!is_zero(request.presence_penalty)) return refuse("presence_penalty", "leave it out.");
  if (!request.parallel_tool_calls.value_or(true)) {
    return refuse("parallel_tool_calls", "they may always make several calls at once.");
  }
  if (!request.tools.empty() && without_tools(request) && has_tool_parts(request)) {
    return refuse("tool_choice", "`none` is not known there, and the messages hold calls.");
  }
  const std::string& tier = request.service_tier;
  if (!tier.empty() && tier != "auto" && tier != "default" && tier != "flex" &&
      tier != "priority") {
    return refuse("service_tier", "they know `auto`, `default`, `flex` and `priority`.");
  }
  if (request.response_format) {
    const ResponseFormat& format = *request.response_format;
    if (format.kind == ResponseFormat::Kind::json_object) {
      return refuse("response_format", "ask for `json_schema` with a schema.");
    }
    if (format.kind == ResponseFormat::Kind::json_schema && format.schema.empty()) {
      return refuse("response_format", "`json_schema.schema` is missing.");
    }
  }
  return {};
}

void write_tools(json::Writer& w, const ChatRequest& request) {
  if (without_tools(request)) return;
  w.key("toolConfig").begin_object().key("tools").begin_array();
  for (const Tool& tool : request.tools) {
    w.begin_object().key("toolSpec").begin_object().field("name", tool.name);
    w.optional_field("description", tool.description).key("inputSchema").begin_object();
    w.raw_field("json", tool.parameters.empty()
                            ? std::string_view(R"({"type":"object","properties":{}})")
                            : std::string_view(tool.parameters));
    w.end_object();
    if (tool.strict.value_or(false)) w.field("strict", true);
    w.end_object().end_object();
    write_cache_point(w, tool.cache_control);
  }
  w.end_array();
  if (request.tool_choice) {
    w.key("toolChoice").begin_object();
    const ToolChoice& choice = *request.tool_choice;
    if (choice.mode == ToolChoice::Mode::named)
      w.key("tool").begin_object().field("name", choice.name).end_object();
    else
      w.key(choice.mode == ToolChoice::Mode::required ? "any" : "auto").begin_object().end_object();
    w.end_object();
  }
  w.end_object();
}

void write_inference(json::Writer& w, const ChatRequest& request,
                     std::optional<std::int64_t> limit) {
  w.key("inferenceConfig").begin_object();
  if (limit) w.field("maxTokens", *limit);
  if (!request.temperature.empty()) w.raw_field("temperature", request.temperature);
  if (!request.top_p.empty()) w.raw_field("topP", request.top_p);
  if (!request.stop.empty()) {
    w.key("stopSequences").begin_array();
    for (const std::string& stop : request.stop) w.value(stop);
    w.end_array();
  }
  w.end_object();
}

void write_format(json::Writer& w, const ResponseFormat& format) {
  if (format.kind != ResponseFormat::Kind::json_schema) return;
  w.key("outputConfig").begin_object().key("textFormat").begin_object();
  w.field("type", "json_schema").key("structure").begin_object().key("jsonSchema").begin_object();
  w.field("name", format.schema_name.empty() ? "answer" : format.schema_name);
  w.field("schema", format.schema);  // a JSON text in a string
  w.end_object().end_object().end_object().end_object();
}

// What Converse has no field for goes to the model as its family names it.
Status write_additional(json::Writer& w, const ChatRequest& request, const std::string& model,
                        const providers::Thinking& thinking) {
  const bool claude = is_family(model, "anthropic."), nova = is_family(model, "amazon.nova");
  const bool asks = !request.reasoning_effort.empty() || request.thinking_budget.has_value();
  if (request.top_k && !claude && !nova) return refuse("top_k", "this model knows none.");
  if (asks && !claude && (request.thinking_budget || !is_family(model, "openai."))) {
    return refuse(request.thinking_budget ? "thinking_budget" : "reasoning_effort",
                  "this model cannot be told how long to think.");
  }
  if (!request.top_k && !asks) return {};
  w.key("additionalModelRequestFields").begin_object();
  if (request.top_k && claude) w.field("top_k", *request.top_k);
  if (request.top_k && nova) {
    w.key("inferenceConfig").begin_object().field("topK", *request.top_k).end_object();
  }
  if (asks && claude) {
    const bool on = thinking.mode == providers::Thinking::Mode::on;
    w.key("thinking").begin_object().field("type", on ? "enabled" : "disabled");
    if (on) w.field("budget_tokens", thinking.budget);
    w.end_object();
  } else if (asks) {
    w.field("reasoning_effort", request.reasoning_effort);
  }
  w.end_object();
  return {};
}

}  // namespace

Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options) {
  TRY(refuse_inexpressible(request));
  const std::string& model = options.upstream_model;
  auto limit = options.max_tokens ? options.max_tokens : request.max_tokens;
  providers::Thinking thinking;
  if (is_family(model, "anthropic.")) {
    TRY_ASSIGN(thinking, providers::plan_anthropic_thinking(request, options));
    if (limit || thinking.mode == providers::Thinking::Mode::on) limit = thinking.limit;
  }
  ProviderRequest out;
  out.path =
      "/model/" + wire::encode_segment(model) + (options.stream ? "/converse-stream" : "/converse");
  out.headers = {
      {"content-type", "application/json"},
      {"accept", options.stream ? "application/vnd.amazon.eventstream" : "application/json"}};
  json::Writer w(out.body);
  w.begin_object();
  TRY(write_messages(w, request));
  write_inference(w, request, limit);
  write_tools(w, request);
  if (request.response_format) write_format(w, *request.response_format);
  TRY(write_additional(w, request, model, thinking));
  if (!request.service_tier.empty() && request.service_tier != "auto") {
    w.key("serviceTier").begin_object().field("type", request.service_tier).end_object();
  }
  w.end_object();
  return out;
}

}  // namespace maester::gateway::bedrock
