#include "gateway/providers/common/refuse.h"

#include <algorithm>
#include <array>

#include "codec/json.h"

namespace maester::gateway::providers {

std::string message_path(std::size_t index, std::string_view field) {
  return "messages[" + std::to_string(index) + "]." + std::string(field);
}

bool is_ignorable_field(std::string_view name) {
  constexpr std::array kIgnorable = {std::string_view("store"),
                                     std::string_view("metadata"),
                                     std::string_view("prompt_cache_key"),
                                     std::string_view("prompt_cache_retention"),
                                     std::string_view("prediction"),
                                     std::string_view("safety_identifier")};
  return std::find(kIgnorable.begin(), kIgnorable.end(), name) != kIgnorable.end();
}

std::string_view tool_of_result(const ChatRequest& request, std::size_t index) {
  const std::string& id = request.messages[index].tool_call_id;
  for (std::size_t i = index; i-- > 0;) {
    const auto& parts = request.messages[i].parts;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
      const auto* call = std::get_if<ToolCall>(&*part);
      if (call != nullptr && call->id == id) return call->name;
    }
  }
  return {};
}

Result<std::string> arguments_object(const ToolCall& call, std::size_t index) {
  std::string_view text = call.arguments;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) text = "{}";
  const auto doc = json::Document::parse(text);
  if (!doc || !doc->root().is_object()) {
    const std::string param = message_path(index, "tool_calls");
    return fail(Code::invalid_request,
                "The model cannot take `" + param + "`: the arguments of `" + call.name +
                    "` are not a JSON object.",
                param);
  }
  return std::string(doc->root().raw());
}

std::string text_of(const Message& message) {
  std::string out;
  for (const Part& part : message.parts) {
    if (const auto* text = std::get_if<TextPart>(&part)) out += text->text;
  }
  return out;
}

std::string safe_id(std::string_view id) {
  std::string out(id);
  for (char& c : out) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-';
    if (!ok) c = '_';
  }
  return out;
}

bool is_system(const Message& message) {
  return message.role == Role::system || message.role == Role::developer;
}

}  // namespace maester::gateway::providers
