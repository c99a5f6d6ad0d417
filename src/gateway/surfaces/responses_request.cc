#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "gateway/surfaces/responses.h"

namespace maester::gateway {
namespace {

// Fields that are read here, and hints that change nothing in an answer.
constexpr std::array<std::string_view, 24> kKnown{"model",
                                                  "input",
                                                  "instructions",
                                                  "maester",
                                                  "tools",
                                                  "tool_choice",
                                                  "text",
                                                  "reasoning",
                                                  "max_output_tokens",
                                                  "temperature",
                                                  "top_p",
                                                  "stream",
                                                  "user",
                                                  "service_tier",
                                                  "parallel_tool_calls",
                                                  "stream_options",
                                                  "metadata",
                                                  "include",
                                                  "truncation",
                                                  "store",
                                                  "background",
                                                  "safety_identifier",
                                                  "prompt_cache_key",
                                                  "prompt_cache_retention"};

Status read_tool(json::Value value, ChatRequest& out) {
  TRY(require_object(value));
  TRY(require_unique_keys(value));
  TRY_ASSIGN(const std::string_view type, value.get("type").as_string());
  if (type != "function") {
    out.unknown_fields.push_back(value.path() + ".type");
    return {};
  }
  Tool tool;
  TRY_ASSIGN(tool.name, value.get("name").as_string());
  TRY(read_string(value.get("description"), tool.description));
  if (const json::Value schema = value.get("parameters"); !schema.empty()) {
    TRY(require_object(schema));
    tool.parameters = schema.raw();
  }
  if (const json::Value strict = value.get("strict"); !strict.empty()) {
    TRY_ASSIGN(tool.strict, strict.as_bool());
  }
  out.tools.push_back(std::move(tool));
  return {};
}

Status read_tools(json::Value tools, std::int64_t most, ChatRequest& out) {
  if (tools.empty()) return {};
  if (!tools.is_array() || static_cast<std::int64_t>(tools.size()) > most) {
    return invalid_field("`tools` must be an array of at most " + std::to_string(most) + " tools.",
                         "tools");
  }
  for (const json::Value tool : tools) TRY(read_tool(tool, out));
  return {};
}

Status read_tool_choice(json::Value choice, ChatRequest& out) {
  if (choice.empty()) return {};
  ToolChoice read;
  if (choice.is_object()) {
    if (choice.get("type").string_or("") != "function") {
      out.unknown_fields.emplace_back("tool_choice.type");
      return {};
    }
    read.mode = ToolChoice::Mode::named;
    TRY_ASSIGN(read.name, choice.get("name").as_string());
  } else {
    TRY_ASSIGN(const std::string_view mode, choice.as_string());
    if (mode == "none") {
      read.mode = ToolChoice::Mode::none;
    } else if (mode == "required") {
      read.mode = ToolChoice::Mode::required;
    } else if (mode != "auto") {
      return invalid_field("`tool_choice` must be none, auto, required or a named function.",
                           "tool_choice");
    }
  }
  out.tool_choice = std::move(read);
  return {};
}

Status read_text(json::Value text, ChatRequest& out) {
  TRY(require_optional_object(text));
  if (!text.get("verbosity").empty()) out.unknown_fields.emplace_back("text.verbosity");
  const json::Value format = text.get("format");
  if (format.empty()) return {};
  TRY(require_object(format));
  TRY(require_unique_keys(format));
  TRY_ASSIGN(const std::string_view type, format.get("type").as_string());
  ResponseFormat read;
  if (type == "json_schema") {
    read.kind = ResponseFormat::Kind::json_schema;
    TRY_ASSIGN(read.schema_name, format.get("name").as_string());
    TRY(require_object(format.get("schema")));
    read.schema = format.get("schema").raw();
    if (const json::Value strict = format.get("strict"); !strict.empty()) {
      TRY_ASSIGN(read.strict, strict.as_bool());
    }
  } else if (type == "json_object") {
    read.kind = ResponseFormat::Kind::json_object;
  } else if (type != "text") {
    out.unknown_fields.emplace_back("text.format.type");
    return {};
  }
  out.response_format = std::move(read);
  return {};
}

// What an answer may bring besides: sealed thinking always comes; nothing else is to be had.
Status read_include(json::Value include, ChatRequest& out) {
  if (include.empty()) return {};
  if (!include.is_array()) return invalid_field("`include` must be an array.", "include");
  for (const json::Value each : include) {
    TRY_ASSIGN(const std::string_view name, each.as_string());
    if (name != "reasoning.encrypted_content") out.unknown_fields.push_back(each.path());
  }
  return {};
}

// What needs a response that is kept: refused unless the provider keeps it.
Status read_storing(json::Value root, ChatRequest& out) {
  for (const std::string_view name : {"store", "background"}) {
    bool asked = false;
    TRY(read_bool(root.get(name), asked));
    if (asked) out.unknown_fields.emplace_back(name);
  }
  if (root.get("truncation").string_or("disabled") != "disabled")
    out.unknown_fields.emplace_back("truncation");
  return {};
}

Status read_numbers(json::Value root, ChatRequest& out) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  TRY_ASSIGN(out.max_tokens, read_optional_int(root.get("max_output_tokens"), 1, kMost));
  TRY(read_decimal(root.get("temperature"), 0, 2, out.temperature));
  TRY(read_decimal(root.get("top_p"), 0, 1, out.top_p));
  if (const json::Value parallel = root.get("parallel_tool_calls"); !parallel.empty()) {
    TRY_ASSIGN(out.parallel_tool_calls, parallel.as_bool());
  }
  return {};
}

Status read_rest(json::Value root, ChatRequest& out) {
  TRY(read_text(root.get("text"), out));
  TRY(require_optional_object(root.get("reasoning")));
  TRY(read_string(root.get("reasoning").get("effort"), out.reasoning_effort));
  TRY(read_include(root.get("include"), out));
  TRY(read_storing(root, out));
  TRY(read_string(root.get("user"), out.user));
  TRY(read_string(root.get("service_tier"), out.service_tier));
  TRY(read_bool(root.get("stream"), out.stream));
  out.include_usage = true;  // the last event always tells it
  return {};
}

}  // namespace

Result<ParsedChat> parse_responses(const json::Document& document, const ChatLimits& limits) {
  const json::Value root = document.root();
  if (!root.is_object()) return invalid_field("The request body must be a JSON object.", "");
  TRY(require_unique_keys(root));
  ParsedChat out;
  ChatRequest& request = out.request;
  TRY_ASSIGN(out.maester, read_maester_member(root));
  TRY(read_string(root.get("model"), request.model));
  std::string instructions;
  TRY(read_string(root.get("instructions"), instructions));
  if (!instructions.empty()) {
    Message& message = request.messages.emplace_back();
    message.role = Role::system;
    message.parts.emplace_back(TextPart{std::move(instructions), {}});
  }
  const bool optional =
      !out.maester.get("prompt").empty() || !root.get("previous_response_id").empty();
  TRY(read_responses_input(root.get("input"), limits.max_messages, optional, request));
  TRY(read_tools(root.get("tools"), limits.max_tools, request));
  TRY(read_tool_choice(root.get("tool_choice"), request));
  TRY(read_numbers(root, request));
  TRY(read_rest(root, request));
  for (const json::Value member : root) {
    const bool known = std::find(kKnown.begin(), kKnown.end(), member.key()) != kKnown.end();
    if (!known && !member.is_null()) request.unknown_fields.emplace_back(member.key());
  }
  return out;
}

}  // namespace maester::gateway
