#include "gateway/surfaces/openai_chat_messages.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace maester::gateway {

namespace {

struct NamedRole {
  std::string_view name;
  Role role;
};
constexpr std::array kRoles = {
    NamedRole{"user", Role::user},           NamedRole{"assistant", Role::assistant},
    NamedRole{"system", Role::system},       NamedRole{"tool", Role::tool},
    NamedRole{"developer", Role::developer}, NamedRole{"function", Role::tool}};

std::unexpected<Error> invalid(std::string message, std::string param) {
  return invalid_field(std::move(message), std::move(param));
}

Result<Part> read_image(json::Value part) {
  const json::Value holder = part.get("image_url");
  TRY_ASSIGN(const std::string_view url,
             holder.is_string() ? holder.as_string() : holder.get("url").as_string());
  if (url.empty()) return invalid("An image needs a URL.", part.path() + ".image_url");
  ImagePart image;
  if (const auto parsed = parse_data_url(url)) {
    image.media_type = parsed->media_type;
    image.data = parsed->data;
  } else {
    image.url = url;
  }
  image.detail = holder.get("detail").string_or("");
  return Part(std::move(image));
}

// A file in the request is a document; one that is kept at OpenAI only its own protocol can say.
Part read_file(json::Value part) {
  const json::Value file = part.get("file");
  const std::string_view data = file.get("file_data").string_or("");
  if (const auto parsed = parse_data_url(data)) {
    DocumentPart document;
    document.media_type = parsed->media_type;
    document.data = parsed->data;
    document.title = file.get("filename").string_or("");
    return document;
  }
  return OpaquePart{"file", std::string(part.raw())};
}

Part read_audio(json::Value part) {
  const json::Value audio = part.get("input_audio");
  return AudioPart{std::string(audio.get("format").string_or("")),
                   std::string(audio.get("data").string_or(""))};
}

Result<Part> read_part(json::Value part) {
  TRY(require_object(part));
  TRY(require_unique_keys(part));
  TRY_ASSIGN(const std::string_view type, part.get("type").as_string());
  if (type == "text") {
    TRY_ASSIGN(const std::string_view text, part.get("text").as_string());
    TextPart out{std::string(text), {}};
    if (const json::Value mark = part.get("cache_control"); mark.is_object()) {
      out.cache_control = mark.raw();
    }
    return Part(std::move(out));
  }
  if (type == "image_url") return read_image(part);
  if (type == "file") return read_file(part);
  if (type == "input_audio") return read_audio(part);
  if (type == "refusal") {
    TRY_ASSIGN(const std::string_view text, part.get("refusal").as_string());
    return Part(RefusalPart{std::string(text)});
  }
  return Part(OpaquePart{std::string(type), std::string(part.raw())});
}

Status read_content(json::Value content, bool optional, std::vector<Part>& out) {
  if (content.is_string()) {
    out.emplace_back(TextPart{std::string(content.string_or("")), {}});
    return {};
  }
  if (content.empty()) {
    if (optional) return {};
    return invalid("`" + content.path() + "` is missing: it must be a string or an array of parts.",
                   content.path());
  }
  if (!content.is_array()) {
    return invalid("`" + content.path() + "` must be a string or an array of parts.",
                   content.path());
  }
  for (const json::Value part : content) {
    TRY_ASSIGN(Part read, read_part(part));
    out.push_back(std::move(read));
  }
  return {};
}

Result<Part> read_tool_call(json::Value call) {
  TRY(require_object(call));
  TRY(require_unique_keys(call));
  const std::string_view type = call.get("type").string_or("function");
  if (type != "function") return Part(OpaquePart{std::string(type), std::string(call.raw())});
  const json::Value function = call.get("function");
  TRY(require_object(function));
  TRY(require_unique_keys(function));
  TRY_ASSIGN(const std::string_view id, call.get("id").as_string());
  TRY_ASSIGN(const std::string_view name, function.get("name").as_string());
  TRY_ASSIGN(const std::string_view arguments, function.get("arguments").as_string());
  const json::Value google =
      call.get("extra_content").get("google");  // Gemini's own endpoint's way
  return Part(ToolCall{std::string(id), std::string(name), std::string(arguments),
                       std::string(google.get("thought_signature").string_or(""))});
}

Status read_assistant(json::Value value, Message& out) {
  if (const json::Value refusal = value.get("refusal"); !refusal.empty()) {
    TRY_ASSIGN(const std::string_view text, refusal.as_string());
    if (!text.empty()) out.parts.emplace_back(RefusalPart{std::string(text)});
  }
  const json::Value calls = value.get("tool_calls");
  if (!calls.empty()) {
    if (!calls.is_array()) {
      return invalid("`" + calls.path() + "` must be an array.", calls.path());
    }
    for (const json::Value call : calls) {
      TRY_ASSIGN(Part part, read_tool_call(call));
      out.parts.push_back(std::move(part));
    }
  }
  // The retired form of one call: kept whole, since only its own protocol can say it.
  if (const json::Value legacy = value.get("function_call"); !legacy.empty()) {
    out.parts.emplace_back(OpaquePart{"function_call", std::string(legacy.raw())});
  }
  return {};
}

Result<Message> read_message(json::Value value) {
  TRY(require_object(value));
  TRY(require_unique_keys(value));
  TRY_ASSIGN(const std::string_view role, value.get("role").as_string());
  const NamedRole* known = nullptr;
  for (const NamedRole& entry : kRoles) {
    if (entry.name == role) known = &entry;
  }
  const std::string path = value.path();
  if (known == nullptr) {
    return invalid(
        "`" + path + ".role` must be one of system, developer, user, assistant, tool, function.",
        path + ".role");
  }
  Message out;
  out.role = known->role;
  TRY(read_content(value.get("content"), out.role == Role::assistant || role == "function",
                   out.parts));
  if (out.role == Role::assistant) TRY(read_assistant(value, out));
  if (const json::Value name = value.get("name"); !name.empty()) {
    TRY_ASSIGN(const std::string_view text, name.as_string());
    out.name = text;
  }
  if (role == "tool") {
    TRY_ASSIGN(const std::string_view id, value.get("tool_call_id").as_string());
    out.tool_call_id = id;
  }
  return out;
}

}  // namespace

Status read_messages(json::Value messages, std::int64_t most, bool optional,
                     std::vector<Message>& out) {
  if (messages.empty() && optional) return {};
  if (!messages.exists()) {
    return invalid("`messages` is missing: send an array with at least one message.", "messages");
  }
  if (!messages.is_array()) return invalid("`messages` must be an array of messages.", "messages");
  if (messages.size() == 0 && !optional) {
    return invalid("`messages` is empty: send at least one message.", "messages");
  }
  if (static_cast<std::int64_t>(messages.size()) > most) {
    return invalid("`messages` may hold at most " + std::to_string(most) + " messages.",
                   "messages");
  }
  out.reserve(messages.size());
  for (const json::Value message : messages) {
    TRY_ASSIGN(Message read, read_message(message));
    out.push_back(std::move(read));
  }
  return {};
}

}  // namespace maester::gateway
