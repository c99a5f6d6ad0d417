#include "prompts/settings.h"

#include <array>
#include <utility>

#include "codec/json.h"
#include "codec/json_schema.h"

namespace maester::prompts {
namespace {

constexpr std::size_t kMaxStops = 16;

// `config.x` for a person: the object is a document of its own.
Error within_config(Error error) {
  error.param = error.param.empty() ? "config" : "config." + error.param;
  return error;
}

Status read_decimal(json::Value value, double least, double most, std::string& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(const double number, value.as_double());
  if (number < least || number > most) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be from " + std::to_string(static_cast<int>(least)) +
                    " to " + std::to_string(static_cast<int>(most)) + ".",
                value.path());
  }
  TRY_ASSIGN(out, value.as_number_text());
  return {};
}

Status read_integer(json::Value value, std::int64_t least, std::optional<std::int64_t>& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(out, value.as_int());
  if (*out >= least) return {};
  return fail(Code::invalid_request,
              "`" + value.path() + "` must be " + std::to_string(least) + " or more.",
              value.path());
}

Status read_stop(json::Value stop, std::vector<std::string>& out) {
  if (stop.empty()) return {};
  if (stop.is_string()) {
    out.emplace_back(stop.string_or(""));
    return {};
  }
  if (!stop.is_array() || stop.size() > kMaxStops) {
    return fail(Code::invalid_request, "`stop` must be a string or a list of at most 16.", "stop");
  }
  for (const json::Value one : stop) {
    TRY_ASSIGN(const std::string_view text, one.as_string());
    out.emplace_back(text);
  }
  return {};
}

Status read_response_format(json::Value format, std::string& out) {
  if (format.empty()) return {};
  TRY_ASSIGN(const std::string_view type, format.get("type").as_string());
  if (type == "json_schema") {
    const json::Value told = format.get("json_schema");
    TRY(told.get("name").as_string());
    const json::Value schema = told.get("schema");
    if (!schema.is_object()) {
      return fail(Code::invalid_request, "`" + schema.path() + "` must be a JSON schema.",
                  schema.path());
    }
    auto compiled = JsonSchema::compile(schema.raw());
    if (!compiled) {
      Error error = std::move(compiled).error();
      error.param = schema.path();
      return fail(std::move(error));
    }
  } else if (type != "text" && type != "json_object") {
    return fail(Code::invalid_request,
                "`response_format.type` is text, json_object or json_schema, not `" +
                    std::string(type) + "`.",
                "response_format.type");
  }
  out = format.raw();
  return {};
}

Status read_members(json::Value config, Settings& out) {
  for (const auto& [name, text] :
       {std::pair("model", &out.model), std::pair("reasoning_effort", &out.reasoning_effort)}) {
    if (const json::Value value = config.get(name); !value.empty()) {
      TRY_ASSIGN(*text, value.as_string());
    }
  }
  TRY(read_decimal(config.get("temperature"), 0, 2, out.temperature));
  TRY(read_decimal(config.get("top_p"), 0, 1, out.top_p));
  TRY(read_decimal(config.get("frequency_penalty"), -2, 2, out.frequency_penalty));
  TRY(read_decimal(config.get("presence_penalty"), -2, 2, out.presence_penalty));
  const json::Value newer = config.get("max_completion_tokens");
  TRY(read_integer(newer.empty() ? config.get("max_tokens") : newer, 1, out.max_tokens));
  TRY(read_integer(config.get("top_k"), 1, out.top_k));
  TRY(read_integer(config.get("seed"), INT64_MIN, out.seed));
  TRY(read_stop(config.get("stop"), out.stop));
  return read_response_format(config.get("response_format"), out.response_format);
}

}  // namespace

Result<Settings> read_settings(std::string_view config) {
  Settings out;
  if (config.empty()) return out;
  const auto parsed = json::Document::parse(config);
  if (!parsed || !parsed->root().is_object()) {
    return fail(Code::invalid_request, "A prompt's `config` is a JSON object.", "config",
                parsed ? "" : parsed.error().message);
  }
  if (const auto twice = parsed->root().duplicate_key()) {
    return fail(Code::invalid_request, "`config` has `" + std::string(*twice) + "` twice.",
                "config");
  }
  Status read = read_members(parsed->root(), out);
  if (!read) return fail(within_config(std::move(read).error()));
  return out;
}

}  // namespace maester::prompts
