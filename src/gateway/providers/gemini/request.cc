#include <string>
#include <utility>

#include "gateway/providers/common/refuse.h"
#include "gateway/providers/gemini/adapter.h"
#include "wire/url.h"

namespace maester::gateway::gemini {

namespace {

std::unexpected<Error> refuse(std::string param, const std::string& why) {
  return fail(Code::invalid_request, "Gemini's models cannot honour `" + param + "`: " + why,
              param);
}

Status refuse_inexpressible(const ChatRequest& request) {
  for (const std::string& name : request.unknown_fields) {
    if (!providers::is_ignorable_field(name)) return refuse(name, "leave it out.");
  }
  if (!request.parallel_tool_calls.value_or(true)) {
    return refuse("parallel_tool_calls", "they may always make several calls at once.");
  }
  const std::string& tier = request.service_tier;
  if (!tier.empty() && tier != "auto" && tier != "default") {
    return refuse("service_tier", "they know `auto` and `default`.");
  }
  return {};
}

void write_tools(json::Writer& w, const ChatRequest& request) {
  if (request.tools.empty()) return;
  w.key("tools").begin_array().begin_object().key("functionDeclarations").begin_array();
  for (const Tool& tool : request.tools) {
    w.begin_object().field("name", tool.name).optional_field("description", tool.description);
    if (!tool.parameters.empty()) w.raw_field("parametersJsonSchema", tool.parameters);
    w.end_object();
  }
  w.end_array().end_object().end_array();
  if (!request.tool_choice) return;
  const ToolChoice& choice = *request.tool_choice;
  w.key("toolConfig").begin_object().key("functionCallingConfig").begin_object();
  switch (choice.mode) {
    case ToolChoice::Mode::automatic:
      w.field("mode", "AUTO");
      break;
    case ToolChoice::Mode::none:
      w.field("mode", "NONE");
      break;
    case ToolChoice::Mode::required:
      w.field("mode", "ANY");
      break;
    case ToolChoice::Mode::named:
      w.field("mode", "ANY").key("allowedFunctionNames").begin_array();
      w.value(choice.name).end_array();
      break;
  }
  w.end_object().end_object();
}

std::int64_t budget_of(std::string_view effort) {
  if (effort == "none") return 0;
  if (effort == "minimal") return 512;
  if (effort == "low") return 1'024;
  return effort == "medium" ? 8'192 : 24'576;
}

// A level where the model has levels: "none" is not among them, the least is `minimal`.
std::string_view level_of(std::string_view effort, std::string_view model) {
  const bool pro = model.find("-pro") != std::string_view::npos;
  if (effort == "none" || effort == "minimal") return pro ? "low" : "minimal";
  if (effort == "medium") return pro ? "high" : "medium";
  return effort == "low" ? "low" : "high";
}

void write_thinking(json::Writer& w, const ChatRequest& request, std::string_view model) {
  const std::string& effort = request.reasoning_effort;
  if (effort.empty() && !request.thinking_budget) return;
  w.key("thinkingConfig").begin_object();
  if (request.thinking_budget) {
    w.field("thinkingBudget", *request.thinking_budget);
  } else if (thinks_by_level(model)) {
    w.field("thinkingLevel", level_of(effort, model));
  } else {
    w.field("thinkingBudget", budget_of(effort));
  }
  const bool off = effort == "none" || request.thinking_budget == 0;
  if (!off) w.field("includeThoughts", true);
  w.end_object();
}

void write_number(json::Writer& w, std::string_view name, const std::string& text) {
  if (!text.empty()) w.raw_field(name, text);
}

void write_generation(json::Writer& w, const ChatRequest& request, const EncodeOptions& options) {
  w.key("generationConfig").begin_object();
  const auto limit = options.max_tokens ? options.max_tokens : request.max_tokens;
  if (limit) w.field("maxOutputTokens", *limit);
  write_number(w, "temperature", request.temperature);
  write_number(w, "topP", request.top_p);
  write_number(w, "presencePenalty", request.presence_penalty);
  write_number(w, "frequencyPenalty", request.frequency_penalty);
  if (request.top_k) w.field("topK", *request.top_k);
  if (request.seed) w.field("seed", *request.seed);
  if (request.n.value_or(1) > 1) w.field("candidateCount", *request.n);
  if (!request.stop.empty()) {
    w.key("stopSequences").begin_array();
    for (const std::string& stop : request.stop) w.value(stop);
    w.end_array();
  }
  const auto& format = request.response_format;
  if (format && format->kind != ResponseFormat::Kind::text) {
    w.field("responseMimeType", "application/json");
    if (!format->schema.empty()) w.raw_field("responseJsonSchema", format->schema);
  }
  write_thinking(w, request, options.upstream_model);
  w.end_object();
}

}  // namespace

bool thinks_by_level(std::string_view model) {
  const std::size_t at = model.find("gemini-");
  if (at == std::string_view::npos || at + 7 >= model.size()) return false;
  const char version = model[at + 7];
  return version >= '3' && version <= '9';
}

std::string path_of(const Config& config, std::string_view model, std::string_view method) {
  if (model.starts_with("models/")) model.remove_prefix(7);
  return config.prefix + "/models/" + wire::encode_segment(model) + ":" + std::string(method);
}

Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options,
                                       const Config& config) {
  TRY(refuse_inexpressible(request));
  ProviderRequest out;
  out.path = path_of(config, options.upstream_model,
                     options.stream ? "streamGenerateContent?alt=sse" : "generateContent");
  out.headers = {{"content-type", "application/json"},
                 {"accept", options.stream ? "text/event-stream" : "application/json"}};
  json::Writer w(out.body);
  w.begin_object();
  TRY(write_contents(w, request, options));
  write_tools(w, request);
  write_generation(w, request, options);
  w.end_object();
  return out;
}

}  // namespace maester::gateway::gemini
