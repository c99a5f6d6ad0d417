#include <string>
#include <utility>

#include "codec/base64.h"
#include "codec/json_writer.h"
#include "gateway/surfaces/responses.h"

namespace maester::gateway {
namespace {

constexpr std::string_view kSeal = "maester.";

Result<Part> read_image(json::Value part) {
  ImagePart image;
  image.detail = part.get("detail").string_or("");
  const json::Value url = part.get("image_url");
  if (url.empty()) return Part(OpaquePart{"input_image", std::string(part.raw())});  // by a file id
  TRY_ASSIGN(const std::string_view text, url.as_string());
  if (const auto data = parse_data_url(text)) {
    image.media_type = data->media_type;
    image.data = data->data;
  } else {
    image.url = text;
  }
  return Part(std::move(image));
}

Result<Part> read_file(json::Value part) {
  DocumentPart document;
  TRY(read_string(part.get("filename"), document.title));
  TRY(read_string(part.get("file_url"), document.url));
  const json::Value data = part.get("file_data");
  if (const auto parsed = parse_data_url(data.string_or(""))) {
    document.media_type = parsed->media_type;
    document.data = parsed->data;
  } else if (document.url.empty()) {
    return Part(OpaquePart{"input_file", std::string(part.raw())});
  }
  return Part(std::move(document));
}

Result<Part> read_part(json::Value part) {
  TRY(require_object(part));
  TRY(require_unique_keys(part));
  TRY_ASSIGN(const std::string_view type, part.get("type").as_string());
  if (type == "input_text" || type == "output_text" || type == "text") {
    TRY_ASSIGN(const std::string_view text, part.get("text").as_string());
    return Part(TextPart{std::string(text), {}});
  }
  if (type == "refusal") {
    TRY_ASSIGN(const std::string_view text, part.get("refusal").as_string());
    return Part(RefusalPart{std::string(text)});
  }
  if (type == "input_image") return read_image(part);
  if (type == "input_file") return read_file(part);
  if (type == "input_audio") {
    const json::Value audio = part.get("input_audio");
    return Part(AudioPart{std::string(audio.get("format").string_or("")),
                          std::string(audio.get("data").string_or(""))});
  }
  return Part(OpaquePart{std::string(type), std::string(part.raw())});
}

Status read_content(json::Value content, std::vector<Part>& out) {
  if (content.is_string()) {
    out.emplace_back(TextPart{std::string(content.string_or("")), {}});
    return {};
  }
  if (!content.is_array()) {
    return invalid_field("`" + content.path() + "` must be a string or an array of parts.",
                         content.path());
  }
  for (const json::Value part : content) {
    TRY_ASSIGN(Part read, read_part(part));
    out.push_back(std::move(read));
  }
  return {};
}

Message& assistant(ChatRequest& out) {
  if (out.messages.empty() || out.messages.back().role != Role::assistant) {
    out.messages.emplace_back().role = Role::assistant;
  }
  return out.messages.back();
}

Status read_message(json::Value item, ChatRequest& out) {
  TRY_ASSIGN(const std::string_view role, item.get("role").as_string());
  if (role == "assistant") return read_content(item.get("content"), assistant(out).parts);
  Message message;
  if (role == "system") {
    message.role = Role::system;
  } else if (role == "developer") {
    message.role = Role::developer;
  } else if (role != "user") {
    const std::string path = item.path() + ".role";
    return invalid_field("`" + path + "` must be user, assistant, system or developer.", path);
  }
  TRY(read_content(item.get("content"), message.parts));
  out.messages.push_back(std::move(message));
  return {};
}

Status read_call(json::Value item, ChatRequest& out) {
  ToolCall call;
  TRY_ASSIGN(call.id, item.get("call_id").as_string());
  TRY_ASSIGN(call.name, item.get("name").as_string());
  TRY_ASSIGN(call.arguments, item.get("arguments").as_string());
  assistant(out).parts.emplace_back(std::move(call));
  return {};
}

Status read_result(json::Value item, ChatRequest& out) {
  Message message;
  message.role = Role::tool;
  TRY_ASSIGN(message.tool_call_id, item.get("call_id").as_string());
  TRY(read_content(item.get("output"), message.parts));
  out.messages.push_back(std::move(message));
  return {};
}

Status read_item(json::Value item, ChatRequest& out) {
  TRY(require_object(item));
  TRY(require_unique_keys(item));
  const std::string_view type = item.get("type").string_or("message");
  if (type == "message") return read_message(item, out);
  if (type == "function_call") return read_call(item, out);
  if (type == "function_call_output") return read_result(item, out);
  if (type == "reasoning") {
    // Another provider's thinking means nothing to this one.
    if (auto block = unseal_thinking(item.get("encrypted_content").string_or("")))
      assistant(out).parts.emplace_back(std::move(*block));
    return {};
  }
  out.unknown_fields.push_back(item.path() + ".type");  // a built-in tool's, or a stored item
  return {};
}

}  // namespace

std::string seal_thinking(const ThinkingPart& block) {
  std::string json;
  json::Writer w(json);
  w.begin_object().optional_field("text", block.text).optional_field("signature", block.signature);
  w.optional_field("data", block.redacted_data).end_object();
  return std::string(kSeal) + base64_encode(json);
}

std::optional<ThinkingPart> unseal_thinking(std::string_view encrypted_content) {
  if (!encrypted_content.starts_with(kSeal)) return std::nullopt;
  const auto json = base64_decode(encrypted_content.substr(kSeal.size()));
  if (!json) return std::nullopt;
  const auto document = json::Document::parse(*json);
  if (!document) return std::nullopt;
  const json::Value root = document->root();
  return ThinkingPart{std::string(root.get("text").string_or("")),
                      std::string(root.get("signature").string_or("")),
                      std::string(root.get("data").string_or(""))};
}

Status read_responses_input(json::Value input, std::int64_t most, bool optional, ChatRequest& out) {
  if (input.empty() && optional) return {};
  if (input.is_string()) {
    Message& message = out.messages.emplace_back();
    message.parts.emplace_back(TextPart{std::string(input.string_or("")), {}});
    return {};
  }
  if (!input.is_array()) {
    return invalid_field("`input` must be a text or an array of items" +
                             std::string(input.exists() ? "." : ", and is missing."),
                         "input");
  }
  if (input.size() == 0 && !optional) {
    return invalid_field("`input` is empty: send at least one item.", "input");
  }
  if (static_cast<std::int64_t>(input.size()) > most) {
    return invalid_field("`input` may hold at most " + std::to_string(most) + " items.", "input");
  }
  for (const json::Value item : input) TRY(read_item(item, out));
  return {};
}

}  // namespace maester::gateway
