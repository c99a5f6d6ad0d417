#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "gateway/surfaces/openai_chat.h"
#include "gateway/surfaces/openai_chat_messages.h"

namespace maester::gateway {

namespace {

// Fields that are read here, or that mean nothing to a provider: never in unknown_fields.
constexpr std::array kKnown = {std::string_view("model"),
                               std::string_view("messages"),
                               std::string_view("maester"),
                               std::string_view("tools"),
                               std::string_view("tool_choice"),
                               std::string_view("parallel_tool_calls"),
                               std::string_view("response_format"),
                               std::string_view("max_tokens"),
                               std::string_view("max_completion_tokens"),
                               std::string_view("temperature"),
                               std::string_view("top_p"),
                               std::string_view("frequency_penalty"),
                               std::string_view("presence_penalty"),
                               std::string_view("top_k"),
                               std::string_view("seed"),
                               std::string_view("n"),
                               std::string_view("stop"),
                               std::string_view("reasoning_effort"),
                               std::string_view("service_tier"),
                               std::string_view("user"),
                               std::string_view("stream"),
                               std::string_view("stream_options")};

bool is_known(std::string_view name) {
  for (const std::string_view known : kKnown) {
    if (known == name) return true;
  }
  return false;
}

std::unexpected<Error> invalid(std::string message, std::string param) {
  return invalid_field(std::move(message), std::move(param));
}

Status read_stop(json::Value stop, std::int64_t most, std::vector<std::string>& out) {
  if (stop.empty()) return {};
  if (stop.is_string()) {
    out.emplace_back(stop.string_or(""));
    return {};
  }
  if (!stop.is_array()) return invalid("`stop` must be a string or an array of strings.", "stop");
  if (static_cast<std::int64_t>(stop.size()) > most) {
    return invalid("`stop` may hold at most " + std::to_string(most) + " sequences.", "stop");
  }
  for (const json::Value item : stop) {
    TRY_ASSIGN(const std::string_view text, item.as_string());
    out.emplace_back(text);
  }
  return {};
}

Result<Tool> read_tool(json::Value value) {
  TRY(require_unique_keys(value));
  const json::Value function = value.get("function");
  TRY(require_object(function));
  TRY(require_unique_keys(function));
  Tool tool;
  TRY_ASSIGN(const std::string_view name, function.get("name").as_string());
  tool.name = name;
  TRY(read_string(function.get("description"), tool.description));
  if (const json::Value parameters = function.get("parameters"); !parameters.empty()) {
    TRY(require_object(parameters));
    tool.parameters = parameters.raw();
  }
  if (const json::Value strict = function.get("strict"); !strict.empty()) {
    TRY_ASSIGN(tool.strict, strict.as_bool());
  }
  return tool;
}

// Tools that only OpenAI knows (type "custom" and others) make the whole list one unknown field: a
// provider of the same protocol gets the caller's bytes, another one refuses by name.
Status read_tools(json::Value tools, const ChatLimits& limits, ChatRequest& out) {
  if (tools.empty()) return {};
  if (!tools.is_array()) return invalid("`tools` must be an array of tools.", "tools");
  if (static_cast<std::int64_t>(tools.size()) > limits.max_tools) {
    return invalid("`tools` may hold at most " + std::to_string(limits.max_tools) + " tools.",
                   "tools");
  }
  for (const json::Value tool : tools) {
    TRY(require_object(tool));
    const json::Value type = tool.get("type");  // left out by some callers
    if (!type.empty()) TRY(type.as_string());
    if (type.string_or("function") != "function") {
      out.unknown_fields.push_back(tool.path() + ".type");
      continue;
    }
    TRY_ASSIGN(Tool read, read_tool(tool));
    out.tools.push_back(std::move(read));
  }
  return {};
}

Status read_tool_choice(json::Value choice, ChatRequest& out) {
  if (choice.empty()) return {};
  ToolChoice read;
  if (choice.is_string()) {
    const std::string_view mode = choice.string_or("");
    if (mode == "none")
      read.mode = ToolChoice::Mode::none;
    else if (mode == "required")
      read.mode = ToolChoice::Mode::required;
    else if (mode != "auto") {
      return invalid("`tool_choice` must be \"none\", \"auto\", \"required\" or a named tool.",
                     "tool_choice");
    }
  } else {
    TRY(require_object(choice));
    TRY(require_unique_keys(choice));
    if (choice.get("type").string_or("function") != "function") {
      out.unknown_fields.emplace_back("tool_choice.type");
      return {};
    }
    TRY_ASSIGN(const std::string_view name, choice.get("function").get("name").as_string());
    read.mode = ToolChoice::Mode::named;
    read.name = name;
  }
  out.tool_choice = std::move(read);
  return {};
}

Status read_numbers(json::Value root, const ChatLimits& limits, ChatRequest& out) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  TRY_ASSIGN(out.max_tokens, read_optional_int(root.get("max_tokens"), 1, kMost));
  TRY_ASSIGN(const auto completion, read_optional_int(root.get("max_completion_tokens"), 1, kMost));
  if (completion) out.max_tokens = completion;
  TRY_ASSIGN(out.n, read_optional_int(root.get("n"), 1, limits.max_n));
  TRY_ASSIGN(out.top_k, read_optional_int(root.get("top_k"), -1, kMost));
  TRY_ASSIGN(out.seed, read_optional_int(root.get("seed"), INT64_MIN, INT64_MAX));
  TRY(read_decimal(root.get("temperature"), 0, 2, out.temperature));
  TRY(read_decimal(root.get("top_p"), 0, 1, out.top_p));
  TRY(read_decimal(root.get("frequency_penalty"), -2, 2, out.frequency_penalty));
  TRY(read_decimal(root.get("presence_penalty"), -2, 2, out.presence_penalty));
  return read_stop(root.get("stop"), limits.max_stop, out.stop);
}

Status read_stream(json::Value root, ChatRequest& out) {
  TRY(read_bool(root.get("stream"), out.stream));
  const json::Value options = root.get("stream_options");
  if (options.empty()) return {};
  TRY(require_object(options));
  TRY(require_unique_keys(options));
  if (!out.stream) {
    return invalid("`stream_options` is only allowed when `stream` is true.", "stream_options");
  }
  return read_bool(options.get("include_usage"), out.include_usage);
}

}  // namespace

Status read_response_format(json::Value format, ChatRequest& out) {
  if (format.empty()) return {};
  TRY(require_object(format));
  TRY(require_unique_keys(format));
  TRY_ASSIGN(const std::string_view type, format.get("type").as_string());
  ResponseFormat read;
  if (type == "json_schema") {
    const json::Value schema = format.get("json_schema");
    TRY(require_object(schema));
    TRY(require_unique_keys(schema));
    read.kind = ResponseFormat::Kind::json_schema;
    TRY_ASSIGN(const std::string_view name, schema.get("name").as_string());
    read.schema_name = name;
    if (const json::Value body = schema.get("schema"); !body.empty()) {
      TRY(require_object(body));
      read.schema = body.raw();
    }
    if (const json::Value strict = schema.get("strict"); !strict.empty()) {
      TRY_ASSIGN(read.strict, strict.as_bool());
    }
  } else if (type == "json_object") {
    read.kind = ResponseFormat::Kind::json_object;
  } else if (type != "text") {
    out.unknown_fields.emplace_back("response_format.type");  // "grammar" and others
    return {};
  }
  out.response_format = std::move(read);
  return {};
}

Result<ParsedChat> parse_openai_chat(const json::Document& document, const ChatLimits& limits) {
  const json::Value root = document.root();
  if (!root.is_object()) {
    return invalid("The request body must be a JSON object.", "");
  }
  TRY(require_unique_keys(root));
  ParsedChat out;
  ChatRequest& request = out.request;
  TRY_ASSIGN(out.maester, read_maester_member(root));
  TRY(read_string(root.get("model"), request.model));
  const bool has_prompt = !out.maester.get("prompt").empty();
  TRY(read_messages(root.get("messages"), limits.max_messages, has_prompt, request.messages));
  TRY(read_tools(root.get("tools"), limits, request));
  TRY(read_tool_choice(root.get("tool_choice"), request));
  if (const json::Value parallel = root.get("parallel_tool_calls"); !parallel.empty()) {
    TRY_ASSIGN(request.parallel_tool_calls, parallel.as_bool());
  }
  TRY(read_response_format(root.get("response_format"), request));
  TRY(read_numbers(root, limits, request));
  TRY(read_string(root.get("reasoning_effort"), request.reasoning_effort));
  TRY(read_string(root.get("service_tier"), request.service_tier));
  TRY(read_string(root.get("user"), request.user));
  TRY(read_stream(root, request));
  for (const json::Value member : root) {
    const std::string_view name = member.key();
    if (!member.is_null() && !is_known(name)) request.unknown_fields.emplace_back(name);
  }
  return out;
}

}  // namespace maester::gateway
