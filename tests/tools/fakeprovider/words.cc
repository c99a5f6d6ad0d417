#include "fakeprovider/words.h"

#include <algorithm>
#include <cstdio>

#include "common/http1.h"
#include "common/net.h"
#include "fakeprovider/native.h"

namespace maester::rig {
namespace {

constexpr std::string_view kCreated = "1760000000";

std::string number(std::int64_t n) {
  return std::to_string(n);
}

std::string openai_usage(const Answer& a) {
  return "{\"prompt_tokens\":" + number(a.input_tokens) +
         ",\"completion_tokens\":" + number(a.output_tokens) +
         ",\"total_tokens\":" + number(a.input_tokens + a.output_tokens) +
         ",\"prompt_tokens_details\":{\"cached_tokens\":0},"
         "\"completion_tokens_details\":{\"reasoning_tokens\":0}}";
}

std::string openai_tool(const ToolCall& call) {
  return "\"id\":\"" + call.id +
         "\",\"type\":\"function\",\"function\":{\"name\":" + quoted(call.name) + ",\"arguments\":";
}

std::string_view openai_finish(const Answer& a) {
  return !a.tools.empty() ? "tool_calls" : a.capped ? "length" : "stop";
}

std::string openai_body(const Answer& a) {
  std::string out;
  out.reserve(512 + a.text.size());
  out.append("{\"id\":\"").append(a.id).append("\",\"object\":\"chat.completion\",\"created\":");
  out.append(kCreated).append(",\"model\":\"");
  append_escaped(out, a.model);
  out.append("\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
  if (a.tools.empty()) {
    out.push_back('"');
    append_escaped(out, a.text);
    out.append("\",\"refusal\":null");
    if (!a.reasoning.empty()) out.append(",\"reasoning_content\":").append(quoted(a.reasoning));
  } else {
    out.append("null,\"tool_calls\":[");
    for (const ToolCall& call : a.tools) {
      if (&call != a.tools.data()) out.push_back(',');
      out.append("{").append(openai_tool(call)).append(quoted(call.arguments)).append("}}");
    }
    out.push_back(']');
  }
  out.append("},\"logprobs\":null,\"finish_reason\":\"").append(openai_finish(a)).append("\"}]");
  if (a.usage) out.append(",\"usage\":").append(openai_usage(a));
  out.append(",\"system_fingerprint\":\"fp_fake\"}");
  return out;
}

// A chunk around `choices` (its inner text) and whatever follows.
std::string openai_chunk(std::string_view id, std::string_view model, std::string_view choices,
                         std::string_view more = {}) {
  std::string out;
  out.reserve(256 + choices.size());
  out.append("data: {\"id\":\"")
      .append(id)
      .append("\",\"object\":\"chat.completion.chunk\",\"created\":");
  out.append(kCreated).append(",\"model\":\"");
  append_escaped(out, model);
  out.append("\",\"choices\":[").append(choices).append("]").append(more).append("}\n\n");
  return out;
}

std::string openai_delta(const Answer& a, std::string_view delta,
                         std::string_view finish = "null") {
  return openai_chunk(a.id, a.model,
                      "{\"index\":0,\"delta\":{" + std::string(delta) +
                          "},\"logprobs\":null,\"finish_reason\":" + std::string(finish) + "}",
                      a.include_usage && a.usage ? ",\"usage\":null" : "");
}

std::string anthropic_event(std::string_view type, std::string_view rest) {
  std::string out;
  out.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type).append("\"");
  out.append(rest).append("}\n\n");
  return out;
}

std::string_view anthropic_stop(const Answer& a) {
  return !a.tools.empty() ? "tool_use" : a.capped ? "max_tokens" : "end_turn";
}

// With its comma, "" when there was none.
std::string thinking_block(const Answer& a) {
  if (a.reasoning.empty()) return {};
  return "{\"type\":\"thinking\",\"thinking\":" + quoted(a.reasoning) + ",\"signature\":\"sig-" +
         a.id + "\"},";
}

std::string anthropic_body(const Answer& a) {
  std::string out = "{\"id\":\"" + a.id +
                    "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":" + quoted(a.model) +
                    ",\"content\":[";
  if (a.tools.empty())
    out.append(thinking_block(a))
        .append("{\"type\":\"text\",\"text\":")
        .append(quoted(a.text))
        .append("}");
  for (const ToolCall& call : a.tools) {
    if (&call != a.tools.data()) out.push_back(',');
    out.append("{\"type\":\"tool_use\",\"id\":\"").append(call.id).append("\",\"name\":");
    out.append(quoted(call.name)).append(",\"input\":").append(call.arguments).append("}");
  }
  out.append("],\"stop_reason\":\"").append(anthropic_stop(a)).append("\",\"stop_sequence\":null");
  if (a.usage) {
    out.append(",\"usage\":{\"input_tokens\":").append(number(a.input_tokens));
    out.append(
        ",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":");
    out.append(number(a.output_tokens)).append("}");
  }
  return out.append("}");
}

// Text in pieces of about eight bytes, never inside a character.
std::vector<std::string_view> text_pieces(std::string_view text) {
  std::vector<std::string_view> out;
  const std::size_t size = std::max<std::size_t>(8, text.size() / 64);
  while (!text.empty()) {
    std::size_t n = std::min(size, text.size());
    while (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) ++n;
    out.push_back(text.substr(0, n));
    text.remove_prefix(n);
  }
  return out;
}

Events openai_events(const Answer& a) {
  Events out;
  out.before = openai_delta(a, "\"role\":\"assistant\",\"content\":\"\",\"refusal\":null");
  for (const std::string_view piece : text_pieces(a.reasoning)) {
    out.pieces.push_back(openai_delta(a, "\"reasoning_content\":" + quoted(piece)));
  }
  for (const std::string_view piece : text_pieces(a.tools.empty() ? a.text : std::string_view{})) {
    out.pieces.push_back(openai_delta(a, "\"content\":" + quoted(piece)));
  }
  for (std::size_t i = 0; i < a.tools.size(); ++i) {
    const std::string index = "\"tool_calls\":[{\"index\":" + std::to_string(i) + ",";
    out.pieces.push_back(openai_delta(a, index + openai_tool(a.tools[i]) + "\"\"}}]"));
    for (const std::string_view piece : text_pieces(a.tools[i].arguments)) {
      out.pieces.push_back(
          openai_delta(a, index + "\"function\":{\"arguments\":" + quoted(piece) + "}}]"));
    }
  }
  out.after = openai_delta(a, "", "\"" + std::string(openai_finish(a)) + "\"");
  if (a.include_usage && a.usage) {
    out.after += openai_chunk(a.id, a.model, "", ",\"usage\":" + openai_usage(a));
  }
  if (a.end_marker) out.after += "data: [DONE]\n\n";
  return out;
}

std::string block_start(std::size_t index, std::string_view block) {
  return anthropic_event("content_block_start", ",\"index\":" + std::to_string(index) +
                                                    ",\"content_block\":" + std::string(block));
}

std::string block_delta(std::size_t index, std::string_view delta) {
  return anthropic_event("content_block_delta", ",\"index\":" + std::to_string(index) +
                                                    ",\"delta\":" + std::string(delta));
}

std::string block_stop(std::size_t index) {
  return anthropic_event("content_block_stop", ",\"index\":" + std::to_string(index));
}

Events anthropic_events(const Answer& a) {
  Events out;
  const auto usage = [&a](std::int64_t output) {
    return "\"usage\":{\"input_tokens\":" + number(a.input_tokens) +
           ",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":" +
           number(output) + "}";
  };
  out.before = anthropic_event(
      "message_start",
      ",\"message\":{\"id\":\"" + a.id +
          "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":" + quoted(a.model) +
          ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null" +
          (a.usage ? "," + usage(1) : std::string()) + "}");
  std::size_t text = 0;  // the index of its block
  if (!a.reasoning.empty()) {
    text = 1;
    out.before += block_start(0, R"({"type":"thinking","thinking":"","signature":""})");
    for (const std::string_view piece : text_pieces(a.reasoning)) {
      out.before +=
          block_delta(0, "{\"type\":\"thinking_delta\",\"thinking\":" + quoted(piece) + "}");
    }
    out.before +=
        block_delta(0, "{\"type\":\"signature_delta\",\"signature\":\"sig-" + a.id + "\"}");
    out.before += block_stop(0);
  }
  if (a.tools.empty()) {
    out.before += block_start(text, "{\"type\":\"text\",\"text\":\"\"}");
    out.before += "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    for (const std::string_view piece : text_pieces(a.text)) {
      out.pieces.push_back(
          block_delta(text, "{\"type\":\"text_delta\",\"text\":" + quoted(piece) + "}"));
    }
    out.after = block_stop(text);
  }
  for (std::size_t i = 0; i < a.tools.size(); ++i) {
    const ToolCall& call = a.tools[i];
    std::string start = block_start(i, "{\"type\":\"tool_use\",\"id\":\"" + call.id +
                                           "\",\"name\":" + quoted(call.name) + ",\"input\":{}}");
    if (i > 0) start = block_stop(i - 1) + start;
    out.pieces.push_back(std::move(start));
    for (const std::string_view piece : text_pieces(call.arguments)) {
      out.pieces.push_back(
          block_delta(i, "{\"type\":\"input_json_delta\",\"partial_json\":" + quoted(piece) + "}"));
    }
    if (i + 1 == a.tools.size()) out.after = block_stop(i);
  }
  out.after += anthropic_event("message_delta",
                               ",\"delta\":{\"stop_reason\":\"" + std::string(anthropic_stop(a)) +
                                   "\",\"stop_sequence\":null}" +
                                   (a.usage ? "," + usage(a.output_tokens) : std::string()));
  if (a.end_marker) out.after += anthropic_event("message_stop", "");
  return out;
}

struct ErrorWords {
  int status;
  std::string_view openai_type, openai_code, anthropic_type;
};
constexpr ErrorWords kErrors[] = {
    {400, "invalid_request_error", "null", "invalid_request_error"},
    {401, "invalid_request_error", "\"invalid_api_key\"", "authentication_error"},
    {403, "invalid_request_error", "\"unsupported_country_region_territory\"", "permission_error"},
    {404, "invalid_request_error", "\"model_not_found\"", "not_found_error"},
    {413, "invalid_request_error", "null", "request_too_large"},
    {429, "requests", "\"rate_limit_exceeded\"", "rate_limit_error"},
    {529, "server_error", "null", "overloaded_error"},
};

ErrorWords words_for(int status) {
  for (const ErrorWords& words : kErrors) {
    if (words.status == status) return words;
  }
  if (status < 500) return {status, "invalid_request_error", "null", "invalid_request_error"};
  return {status, "server_error", "null", "api_error"};
}

}  // namespace

std::string body_of(const Answer& answer) {
  if (is_native(answer.api)) return native_body(answer);
  return answer.api == Api::anthropic ? anthropic_body(answer) : openai_body(answer);
}

Events events_of(const Answer& answer) {
  if (is_native(answer.api)) return native_events(answer);
  return answer.api == Api::anthropic ? anthropic_events(answer) : openai_events(answer);
}

std::string text_event(Api api, std::string_view id, std::string_view model,
                       std::string_view text) {
  if (is_native(api)) return native_text_event(api, text);
  if (api == Api::anthropic) {
    return block_delta(0, "{\"type\":\"text_delta\",\"text\":" + quoted(text) + "}");
  }
  return openai_chunk(id, model,
                      "{\"index\":0,\"delta\":{\"content\":" + quoted(text) +
                          "},\"logprobs\":null,\"finish_reason\":null}");
}

std::string stamped_text(std::string_view stream_id, std::uint32_t index, std::uint64_t now_ns,
                         std::size_t pad) {
  std::string out = "[id=" + std::string(stream_id) + " n=" + std::to_string(index) +
                    " t=" + std::to_string(now_ns);
  std::uint32_t sum = 2166136261u;
  for (const char c : out) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  char tail[16];
  std::snprintf(tail, sizeof tail, " c=%08x]", sum);
  out.append(tail).append(pad, '.');
  return out;
}

std::string error_body(Api api, int status, std::string_view message) {
  if (is_native(api)) return native_error_body(api, status, message);
  const ErrorWords words = words_for(status);
  if (api == Api::anthropic) {
    return "{\"type\":\"error\",\"error\":{\"type\":\"" + std::string(words.anthropic_type) +
           "\",\"message\":" + quoted(message) + "},\"request_id\":\"req_fake\"}";
  }
  return "{\"error\":{\"message\":" + quoted(message) + ",\"type\":\"" +
         std::string(words.openai_type) +
         "\",\"param\":null,\"code\":" + std::string(words.openai_code) + "}}";
}

std::string error_event(Api api, std::string_view message) {
  if (is_native(api)) return native_error_event(api, message);
  if (api == Api::anthropic) {
    return "event: error\ndata: " + error_body(api, 529, message) + "\n\n";
  }
  return "data: " + error_body(api, 500, message) + "\n\n";
}

std::string count_body(const Answer& answer) {
  return "{\"input_tokens\":" + number(answer.input_tokens) + "}";
}

std::string embeddings_body(const Asked& asked) {
  // 0.5, -0.25, 0.125, -1: exact as floats, so both forms say the same.
  const std::string_view vector =
      asked.base64 ? R"("AAAAPwAAgL4AAAA+AACAvw==")" : "[0.5,-0.25,0.125,-1]";
  std::string out = "{\"object\":\"list\",\"data\":[";
  for (std::size_t i = 0; i < asked.inputs; ++i) {
    if (i > 0) out.push_back(',');
    out.append("{\"object\":\"embedding\",\"index\":").append(std::to_string(i));
    out.append(",\"embedding\":").append(vector).append("}");
  }
  const std::string tokens = number(tokens_of(asked.text.size()));
  out.append("],\"model\":").append(quoted(asked.model)).append(",\"usage\":{\"prompt_tokens\":");
  return out.append(tokens).append(",\"total_tokens\":").append(tokens).append("}}");
}

std::string models_body() {
  return "{\"object\":\"list\",\"data\":[{\"id\":\"fake\",\"object\":\"model\",\"created\":"
         "1760000000,"
         "\"owned_by\":\"fakeprovider\"}]}";
}

}  // namespace maester::rig
