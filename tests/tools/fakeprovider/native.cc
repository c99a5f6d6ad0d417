#include "fakeprovider/native.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/http1.h"

namespace maester::rig {
namespace {

std::string number(std::int64_t n) {
  return std::to_string(n);
}

// Text in pieces of about eight bytes, never inside a character.
std::vector<std::string_view> pieces_of(std::string_view text) {
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

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

std::string u32(std::uint32_t n) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 0xff);
  return out;
}

std::string frame_header(std::string_view name, std::string_view value) {
  std::string out(1, static_cast<char>(name.size()));
  out.append(name).append(1, '\x07');
  out += static_cast<char>(value.size() >> 8);
  out += static_cast<char>(value.size() & 0xff);
  return out.append(value);
}

std::string bedrock_event(std::string_view type, std::string_view payload) {
  return aws_frame("event", type, payload);
}

std::string sse(std::string_view json) {
  return "data: " + std::string(json) + "\n\n";
}

std::string cohere_event(std::string_view type, std::string_view rest) {
  return "event: " + std::string(type) + "\n" +
         sse("{\"type\":\"" + std::string(type) + "\"" + std::string(rest) + "}");
}

std::string gemini_usage(const Answer& a) {
  return "\"usageMetadata\":{\"promptTokenCount\":" + number(a.input_tokens) +
         ",\"candidatesTokenCount\":" + number(a.output_tokens) +
         ",\"totalTokenCount\":" + number(a.input_tokens + a.output_tokens) + "},";
}

std::string gemini_part(std::string_view text) {
  return "{\"text\":" + quoted(text) + "}";
}

std::string gemini_call(const ToolCall& call, bool first) {
  return "{\"functionCall\":{\"name\":" + quoted(call.name) + ",\"args\":" + call.arguments + "}" +
         (first ? ",\"thoughtSignature\":\"ZmFrZQ==\"}" : "}");
}

// `finish`: with the reason and the counts.
std::string gemini_chunk(const Answer& a, std::string_view parts, bool finish) {
  std::string out =
      "{\"candidates\":[{\"content\":{\"parts\":[" + std::string(parts) + "],\"role\":\"model\"},";
  if (finish) {
    out += std::string("\"finishReason\":\"") + (a.capped ? "MAX_TOKENS" : "STOP") + "\",";
  }
  out += "\"index\":0}],";
  if (finish && a.usage) out += gemini_usage(a);
  return out + "\"modelVersion\":" + quoted(a.model) + ",\"responseId\":\"" + a.id + "\"}";
}

std::string gemini_parts(const Answer& a) {
  std::string out = a.tools.empty() ? gemini_part(a.text) : "";
  for (const ToolCall& call : a.tools) {
    if (!out.empty()) out += ",";
    out += gemini_call(call, &call == a.tools.data());
  }
  return out;
}

Events gemini_events(const Answer& a) {
  Events out;
  const auto event = [](const std::string& json) { return "data: " + json + "\r\n\r\n"; };
  for (const std::string_view piece : pieces_of(a.tools.empty() ? a.text : std::string_view{})) {
    out.pieces.push_back(event(gemini_chunk(a, gemini_part(piece), false)));
  }
  for (const ToolCall& call : a.tools) {
    out.pieces.push_back(event(gemini_chunk(a, gemini_call(call, &call == a.tools.data()), false)));
  }
  if (a.end_marker) out.after = event(gemini_chunk(a, gemini_part(""), true));
  return out;
}

std::string bedrock_usage(const Answer& a) {
  return "\"usage\":{\"inputTokens\":" + number(a.input_tokens) +
         ",\"outputTokens\":" + number(a.output_tokens) +
         ",\"totalTokens\":" + number(a.input_tokens + a.output_tokens) + "}";
}

std::string_view bedrock_stop(const Answer& a) {
  return !a.tools.empty() ? "tool_use" : a.capped ? "max_tokens" : "end_turn";
}

std::string bedrock_body(const Answer& a) {
  std::string content = a.tools.empty() ? gemini_part(a.text) : "";
  for (const ToolCall& call : a.tools) {
    if (!content.empty()) content += ",";
    content += "{\"toolUse\":{\"toolUseId\":\"" + call.id + "\",\"name\":" + quoted(call.name) +
               ",\"input\":" + call.arguments + "}}";
  }
  return "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[" + content +
         "]}},\"stopReason\":\"" + std::string(bedrock_stop(a)) + "\"," +
         (a.usage ? bedrock_usage(a) + "," : "") + "\"metrics\":{\"latencyMs\":1}}";
}

std::string bedrock_block(std::size_t index, std::string_view rest) {
  return "{\"contentBlockIndex\":" + std::to_string(index) + std::string(rest) + ",\"p\":\"abc\"}";
}

Events bedrock_events(const Answer& a) {
  Events out;
  out.before = bedrock_event("messageStart", R"({"role":"assistant"})");
  for (const std::string_view piece : pieces_of(a.tools.empty() ? a.text : std::string_view{})) {
    out.pieces.push_back(native_text_event(Api::bedrock, piece));
  }
  std::size_t index = 0;
  for (const ToolCall& call : a.tools) {
    out.pieces.push_back(
        bedrock_event("contentBlockStart",
                      bedrock_block(index, ",\"start\":{\"toolUse\":{\"toolUseId\":\"" + call.id +
                                               "\",\"name\":" + quoted(call.name) + "}}")));
    for (const std::string_view piece : pieces_of(call.arguments)) {
      out.pieces.push_back(bedrock_event(
          "contentBlockDelta",
          bedrock_block(index, ",\"delta\":{\"toolUse\":{\"input\":" + quoted(piece) + "}}")));
    }
    out.pieces.push_back(bedrock_event("contentBlockStop", bedrock_block(index++, "")));
  }
  if (a.end_marker) {
    out.after =
        bedrock_event("messageStop", "{\"stopReason\":\"" + std::string(bedrock_stop(a)) + "\"}");
  }
  if (a.usage) out.after += bedrock_event("metadata", "{" + bedrock_usage(a) + "}");
  return out;
}

std::string cohere_usage(const Answer& a) {
  const std::string counts = "{\"input_tokens\":" + number(a.input_tokens) +
                             ",\"output_tokens\":" + number(a.output_tokens) + "}";
  return ",\"usage\":{\"billed_units\":" + counts + ",\"tokens\":" + counts + "}";
}

std::string cohere_call(const ToolCall& call, std::string_view arguments) {
  return "{\"id\":\"" + call.id +
         "\",\"type\":\"function\",\"function\":{\"name\":" + quoted(call.name) +
         ",\"arguments\":" + quoted(arguments) + "}}";
}

std::string cohere_finish(const Answer& a) {
  return std::string("\"finish_reason\":\"") +
         (!a.tools.empty() ? "TOOL_CALL"
          : a.capped       ? "MAX_TOKENS"
                           : "COMPLETE") +
         "\"";
}

std::string cohere_body(const Answer& a) {
  std::string message = "\"role\":\"assistant\"";
  if (a.tools.empty()) {
    message += ",\"content\":[{\"type\":\"text\",\"text\":" + quoted(a.text) + "}]";
  } else {
    message += ",\"tool_calls\":[";
    for (const ToolCall& call : a.tools) {
      if (&call != a.tools.data()) message += ",";
      message += cohere_call(call, call.arguments);
    }
    message += "]";
  }
  return "{\"id\":\"" + a.id + "\",\"message\":{" + message + "}," + cohere_finish(a) +
         (a.usage ? cohere_usage(a) : "") + "}";
}

std::string cohere_message(std::string_view inner) {
  return ",\"index\":0,\"delta\":{\"message\":{" + std::string(inner) + "}}";
}

Events cohere_events(const Answer& a) {
  Events out;
  out.before = cohere_event("message-start", ",\"id\":\"" + a.id +
                                                 "\",\"delta\":{\"message\":{\"role\":"
                                                 "\"assistant\",\"content\":[]}}");
  if (a.tools.empty()) {
    out.before += cohere_event("content-start",
                               cohere_message("\"content\":{\"type\":\"text\",\"text\":\"\"}"));
    for (const std::string_view piece : pieces_of(a.text)) {
      out.pieces.push_back(native_text_event(Api::cohere, piece));
    }
    out.after = cohere_event("content-end", ",\"index\":0");
  }
  for (std::size_t i = 0; i < a.tools.size(); ++i) {
    const std::string index = ",\"index\":" + std::to_string(i);
    out.pieces.push_back(cohere_event(
        "tool-call-start",
        index + ",\"delta\":{\"message\":{\"tool_calls\":" + cohere_call(a.tools[i], "") + "}}"));
    for (const std::string_view piece : pieces_of(a.tools[i].arguments)) {
      out.pieces.push_back(cohere_event("tool-call-delta",
                                        index +
                                            ",\"delta\":{\"message\":{\"tool_calls\":{\"function\":"
                                            "{\"arguments\":" +
                                            quoted(piece) + "}}}}"));
    }
    out.pieces.push_back(cohere_event("tool-call-end", index));
  }
  if (a.end_marker) {
    out.after += cohere_event(
        "message-end", ",\"delta\":{" + cohere_finish(a) + (a.usage ? cohere_usage(a) : "") + "}");
    out.after += "data: [DONE]\n\n";
  }
  return out;
}

std::string ollama_line(const Answer& a, std::string_view message, std::string_view rest) {
  return "{\"model\":" + quoted(a.model) +
         ",\"created_at\":\"2026-05-01T12:00:00.1Z\",\"message\":{\"role\":\"assistant\"," +
         std::string(message) + "}," + std::string(rest) + "}";
}

std::string ollama_end(const Answer& a) {
  std::string out =
      std::string("\"done\":true,\"done_reason\":\"") + (a.capped ? "length" : "stop") + "\"";
  if (a.usage) {
    out += ",\"prompt_eval_count\":" + number(a.input_tokens) +
           ",\"eval_count\":" + number(a.output_tokens);
  }
  return out;
}

std::string ollama_message(const Answer& a) {
  if (a.tools.empty()) return "\"content\":" + quoted(a.text);
  std::string out = "\"content\":\"\",\"tool_calls\":[";
  for (const ToolCall& call : a.tools) {
    if (&call != a.tools.data()) out += ",";
    out +=
        "{\"function\":{\"name\":" + quoted(call.name) + ",\"arguments\":" + call.arguments + "}}";
  }
  return out + "]";
}

Events ollama_events(const Answer& a) {
  Events out;
  for (const std::string_view piece : pieces_of(a.tools.empty() ? a.text : std::string_view{})) {
    out.pieces.push_back(ollama_line(a, "\"content\":" + quoted(piece), "\"done\":false") + "\n");
  }
  if (!a.tools.empty()) {
    out.pieces.push_back(ollama_line(a, ollama_message(a), "\"done\":false") + "\n");
  }
  if (a.end_marker) out.after = ollama_line(a, "\"content\":\"\"", ollama_end(a)) + "\n";
  return out;
}

}  // namespace

bool is_native(Api api) {
  return api == Api::gemini || api == Api::bedrock || api == Api::cohere || api == Api::ollama;
}

std::string aws_frame(std::string_view kind, std::string_view type, std::string_view payload) {
  const std::string headers = frame_header(":" + std::string(kind) + "-type", type) +
                              frame_header(":content-type", "application/json") +
                              frame_header(":message-type", kind);
  std::string out = u32(static_cast<std::uint32_t>(16 + headers.size() + payload.size()));
  out += u32(static_cast<std::uint32_t>(headers.size()));
  out += u32(crc32(out));
  out.append(headers).append(payload);
  return out + u32(crc32(out));
}

std::string native_body(const Answer& a) {
  switch (a.api) {
    case Api::gemini:
      return gemini_chunk(a, gemini_parts(a), true);
    case Api::bedrock:
      return bedrock_body(a);
    case Api::cohere:
      return cohere_body(a);
    default:
      return ollama_line(a, ollama_message(a), ollama_end(a));
  }
}

Events native_events(const Answer& a) {
  switch (a.api) {
    case Api::gemini:
      return gemini_events(a);
    case Api::bedrock:
      return bedrock_events(a);
    case Api::cohere:
      return cohere_events(a);
    default:
      return ollama_events(a);
  }
}

std::string native_text_event(Api api, std::string_view text) {
  Answer blank;
  switch (api) {
    case Api::gemini:
      return "data: " + gemini_chunk(blank, gemini_part(text), false) + "\r\n\r\n";
    case Api::bedrock:
      return bedrock_event("contentBlockDelta",
                           bedrock_block(0, ",\"delta\":{\"text\":" + quoted(text) + "}"));
    case Api::cohere:
      return cohere_event("content-delta",
                          cohere_message("\"content\":{\"text\":" + quoted(text) + "}"));
    default:
      return ollama_line(blank, "\"content\":" + quoted(text), "\"done\":false") + "\n";
  }
}

}  // namespace maester::rig
