#include <utility>

#include "gateway/providers/anthropic/adapter.h"
#include "gateway/providers/common/anthropic_thinking.h"
#include "gateway/providers/common/request_edit.h"

namespace maester::gateway::anthropic {

namespace {

void write_tools(json::Writer& w, const ChatRequest& request) {
  if (request.tools.empty()) return;
  w.key("tools").begin_array();
  for (const Tool& tool : request.tools) {
    w.begin_object().field("name", tool.name).optional_field("description", tool.description);
    w.raw_field("input_schema", tool.parameters.empty()
                                    ? std::string_view(R"({"type":"object","properties":{}})")
                                    : std::string_view(tool.parameters));
    if (tool.strict.value_or(false)) w.field("strict", true);
    if (!tool.cache_control.empty()) w.raw_field("cache_control", tool.cache_control);
    w.end_object();
  }
  w.end_array();
}

void write_tool_choice(json::Writer& w, const ChatRequest& request) {
  const bool one_at_a_time = !request.parallel_tool_calls.value_or(true);
  if (request.tools.empty() || (!request.tool_choice && !one_at_a_time)) return;
  const ToolChoice choice = request.tool_choice.value_or(ToolChoice{});
  w.key("tool_choice").begin_object();
  switch (choice.mode) {
    case ToolChoice::Mode::automatic:
      w.field("type", "auto");
      break;
    case ToolChoice::Mode::none:
      w.field("type", "none");
      break;
    case ToolChoice::Mode::required:
      w.field("type", "any");
      break;
    case ToolChoice::Mode::named:
      w.field("type", "tool").field("name", choice.name);
      break;
  }
  if (one_at_a_time && choice.mode != ToolChoice::Mode::none) {
    w.field("disable_parallel_tool_use", true);
  }
  w.end_object();
}

void write_sampling(json::Writer& w, const ChatRequest& request) {
  if (!request.temperature.empty()) w.raw_field("temperature", request.temperature);
  if (!request.top_p.empty()) w.raw_field("top_p", request.top_p);
  if (request.top_k && *request.top_k >= 0) w.field("top_k", *request.top_k);
  if (!request.stop.empty()) {
    w.key("stop_sequences").begin_array();
    for (const std::string& stop : request.stop) w.value(stop);
    w.end_array();
  }
  if (!request.user.empty()) {
    w.key("metadata").begin_object().field("user_id", request.user).end_object();
  }
  if (!request.service_tier.empty()) {
    w.field("service_tier", request.service_tier == "auto" ? "auto" : "standard_only");
  }
  const auto& format = request.response_format;
  if (format && format->kind == ResponseFormat::Kind::json_schema) {
    w.key("output_config").begin_object().key("format").begin_object();
    w.field("type", "json_schema").raw_field("schema", format->schema).end_object().end_object();
  }
}

Result<std::string> translate(const ChatRequest& request, const EncodeOptions& options) {
  TRY(refuse_inexpressible(request));
  std::string body;
  json::Writer w(body);
  TRY_ASSIGN(const providers::Thinking thinking,
             providers::plan_anthropic_thinking(request, options));
  w.begin_object().field("model", options.upstream_model).field("max_tokens", thinking.limit);
  TRY(write_messages(w, request, options));
  write_tools(w, request);
  write_tool_choice(w, request);
  write_sampling(w, request);
  if (thinking.mode != providers::Thinking::Mode::unsaid) {
    const bool on = thinking.mode == providers::Thinking::Mode::on;
    w.key("thinking").begin_object().field("type", on ? "enabled" : "disabled");
    if (on) w.field("budget_tokens", thinking.budget);
    w.end_object();
  }
  if (options.stream) w.field("stream", true);
  w.end_object();
  return body;
}

// The caller's own Messages request: its bytes, but for what the attempt decides.
Result<std::string> edit_source(const EncodeOptions& options) {
  TRY_ASSIGN(const json::Document doc, providers::parse_source(options.source_body));
  const json::Value root = doc.root();
  json::Edit edit(doc);
  providers::edit_common(edit, root, options);
  if (options.max_tokens) {
    providers::set_member(edit, root, "max_tokens", std::to_string(*options.max_tokens));
  } else if (root.get("max_tokens").empty()) {
    providers::set_member(edit, root, "max_tokens", std::to_string(providers::kDefaultMaxTokens));
  }
  return edit.apply();
}

}  // namespace

Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options) {
  ProviderRequest out;
  out.headers = {{"content-type", "application/json"},
                 {"accept", options.stream ? "text/event-stream" : "application/json"},
                 {"anthropic-version", "2023-06-01"}};
  const bool same =
      options.source_protocol == Protocol::anthropic_messages && !options.source_body.empty();
  if (same) {
    TRY_ASSIGN(out.body, edit_source(options));
  } else {
    TRY_ASSIGN(out.body, translate(request, options));
  }
  return out;
}

}  // namespace maester::gateway::anthropic
