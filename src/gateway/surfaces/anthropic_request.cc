#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "gateway/surfaces/anthropic_messages.h"

namespace maester::gateway {
namespace {

// Fields that are read here, or that mean nothing to another provider: never in unknown_fields. The
// marker of a cached prefix is a hint about the price alone.
constexpr std::array<std::string_view, 18> kKnown{
    "model",  "messages",    "maester",      "system",        "tools",          "tool_choice",
    "top_p",  "temperature", "top_k",        "thinking",      "stop_sequences", "max_tokens",
    "stream", "metadata",    "service_tier", "output_config", "output_format",  "cache_control"};

// Members of an object that no type holds, by their path.
void note_unknown(json::Value object, std::initializer_list<std::string_view> known,
                  ChatRequest& out) {
  for (const json::Value member : object) {
    if (member.is_null() || std::find(known.begin(), known.end(), member.key()) != known.end())
      continue;
    out.unknown_fields.push_back(member.path());
  }
}

// A tool that Anthropic defines or runs (web search, code execution, a shell) only its own models
// know.
Status read_tool(json::Value value, ChatRequest& out) {
  TRY(require_object(value));
  TRY(require_unique_keys(value));
  if (value.get("type").string_or("custom") != "custom") {
    out.unknown_fields.push_back(value.path() + ".type");
    return {};
  }
  Tool tool;
  TRY_ASSIGN(tool.name, value.get("name").as_string());
  TRY(read_string(value.get("description"), tool.description));
  const json::Value schema = value.get("input_schema");
  TRY(require_object(schema));
  tool.parameters = schema.raw();
  if (const json::Value strict = value.get("strict"); !strict.empty()) {
    TRY_ASSIGN(tool.strict, strict.as_bool());
  }
  if (const json::Value mark = value.get("cache_control"); mark.is_object()) {
    tool.cache_control = mark.raw();
  }
  note_unknown(value, {"type", "name", "description", "input_schema", "strict", "cache_control"},
               out);
  out.tools.push_back(std::move(tool));
  return {};
}

Status read_tools(json::Value tools, std::int64_t most, ChatRequest& out) {
  if (tools.empty()) return {};
  if (!tools.is_array()) return invalid_field("`tools` must be an array of tools.", "tools");
  if (static_cast<std::int64_t>(tools.size()) > most) {
    return invalid_field("`tools` may hold at most " + std::to_string(most) + " tools.", "tools");
  }
  for (const json::Value tool : tools) TRY(read_tool(tool, out));
  return {};
}

Status read_tool_choice(json::Value choice, ChatRequest& out) {
  if (choice.empty()) return {};
  TRY(require_object(choice));
  TRY(require_unique_keys(choice));
  TRY_ASSIGN(const std::string_view type, choice.get("type").as_string());
  ToolChoice read;
  if (type == "any") {
    read.mode = ToolChoice::Mode::required;
  } else if (type == "none") {
    read.mode = ToolChoice::Mode::none;
  } else if (type == "tool") {
    read.mode = ToolChoice::Mode::named;
    TRY_ASSIGN(read.name, choice.get("name").as_string());
  } else if (type != "auto") {
    return invalid_field("`tool_choice.type` must be `auto`, `any`, `tool` or `none`.",
                         "tool_choice.type");
  }
  if (const json::Value one = choice.get("disable_parallel_tool_use"); !one.empty()) {
    TRY_ASSIGN(const bool disabled, one.as_bool());
    out.parallel_tool_calls = !disabled;
  }
  out.tool_choice = std::move(read);
  return {};
}

// `adaptive` leaves it to the model, which is what another provider's model does by itself.
Status read_thinking(json::Value thinking, ChatRequest& out) {
  if (thinking.empty()) return {};
  TRY(require_object(thinking));
  TRY(require_unique_keys(thinking));
  TRY_ASSIGN(const std::string_view type, thinking.get("type").as_string());
  if (type == "enabled") {
    constexpr std::int64_t kMost = std::int64_t{1} << 40;
    TRY_ASSIGN(out.thinking_budget, read_optional_int(thinking.get("budget_tokens"), 1, kMost));
    if (!out.thinking_budget) {
      return invalid_field("`thinking.budget_tokens` is missing.", "thinking.budget_tokens");
    }
  } else if (type == "disabled") {
    out.thinking_budget = 0;
  } else if (type != "adaptive") {
    out.unknown_fields.emplace_back("thinking.type");
  }
  note_unknown(thinking, {"type", "budget_tokens"}, out);
  return {};
}

Status read_format(json::Value format, ChatRequest& out) {
  if (format.empty()) return {};
  TRY(require_object(format));
  TRY(require_unique_keys(format));
  TRY_ASSIGN(const std::string_view type, format.get("type").as_string());
  if (type != "json_schema") {
    out.unknown_fields.push_back(format.path() + ".type");
    return {};
  }
  ResponseFormat read;
  read.kind = ResponseFormat::Kind::json_schema;
  TRY(require_object(format.get("schema")));
  read.schema = format.get("schema").raw();
  read.strict = true;
  out.response_format = std::move(read);
  return {};
}

Status read_output_config(json::Value config, ChatRequest& out) {
  if (config.empty()) return {};
  TRY(require_object(config));
  TRY(require_unique_keys(config));
  TRY(read_string(config.get("effort"), out.reasoning_effort));
  if (out.reasoning_effort == "max") out.reasoning_effort = "xhigh";
  TRY(read_format(config.get("format"), out));
  note_unknown(config, {"effort", "format"}, out);
  return {};
}

Status read_numbers(json::Value root, MessagesUse use, ChatRequest& out) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  TRY_ASSIGN(out.max_tokens, read_optional_int(root.get("max_tokens"), 0, kMost));
  if (!out.max_tokens && use == MessagesUse::answer) {
    return invalid_field("`max_tokens` is missing: say how long the answer may be.", "max_tokens");
  }
  TRY_ASSIGN(out.top_k, read_optional_int(root.get("top_k"), 0, kMost));
  TRY(read_decimal(root.get("temperature"), 0, 1, out.temperature));
  return read_decimal(root.get("top_p"), 0, 1, out.top_p);
}

Status read_stop(json::Value stop, std::int64_t most, ChatRequest& out) {
  if (stop.empty()) return {};
  if (!stop.is_array()) {
    return invalid_field("`stop_sequences` must be an array of strings.", "stop_sequences");
  }
  if (static_cast<std::int64_t>(stop.size()) > most) {
    return invalid_field("`stop_sequences` may hold at most " + std::to_string(most) +
                             " sequences (`limits.max_stop`).",
                         "stop_sequences");
  }
  for (const json::Value item : stop) {
    TRY_ASSIGN(const std::string_view text, item.as_string());
    out.stop.emplace_back(text);
  }
  return {};
}

Status read_rest(json::Value root, ChatRequest& out) {
  TRY(read_bool(root.get("stream"), out.stream));
  out.include_usage = true;  // Anthropic's streams always tell it
  if (const json::Value metadata = root.get("metadata"); !metadata.empty()) {
    TRY(require_object(metadata));
    TRY(require_unique_keys(metadata));
    TRY(read_string(metadata.get("user_id"), out.user));
    note_unknown(metadata, {"user_id"}, out);
  }
  TRY(read_string(root.get("service_tier"), out.service_tier));
  if (out.service_tier == "standard_only") out.service_tier = "default";
  return {};
}

}  // namespace

Result<ParsedChat> parse_anthropic_messages(const json::Document& document,
                                            const ChatLimits& limits, MessagesUse use) {
  const json::Value root = document.root();
  if (!root.is_object()) return invalid_field("The request body must be a JSON object.", "");
  TRY(require_unique_keys(root));
  ParsedChat out;
  ChatRequest& request = out.request;
  TRY_ASSIGN(out.maester, read_maester_member(root));
  TRY(read_string(root.get("model"), request.model));
  TRY(read_anthropic_system(root.get("system"), request.messages));
  const bool has_prompt = !out.maester.get("prompt").empty();
  TRY(read_anthropic_messages(root.get("messages"), limits.max_messages, has_prompt,
                              request.messages));
  TRY(read_tools(root.get("tools"), limits.max_tools, request));
  TRY(read_tool_choice(root.get("tool_choice"), request));
  TRY(read_thinking(root.get("thinking"), request));
  TRY(read_output_config(root.get("output_config"), request));
  TRY(read_format(root.get("output_format"), request));
  TRY(read_numbers(root, use, request));
  TRY(read_stop(root.get("stop_sequences"), limits.max_stop, request));
  TRY(read_rest(root, request));
  for (const json::Value member : root) {
    const std::string_view name = member.key();
    const bool known = std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
    if (!known && !member.is_null()) request.unknown_fields.emplace_back(name);
  }
  return out;
}

}  // namespace maester::gateway
