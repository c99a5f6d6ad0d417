#include <string>
#include <utility>

#include "gateway/surfaces/anthropic_messages.h"

namespace maester::gateway {
namespace {

std::string raw_object(json::Value value) {
  return value.is_object() ? std::string(value.raw()) : std::string();
}

Part opaque(json::Value block) {
  return OpaquePart{std::string(block.get("type").string_or("")), std::string(block.raw())};
}

// An image by its data or its address; a file that is kept at Anthropic stays as it is.
Result<Part> read_image(json::Value block) {
  const json::Value source = block.get("source");
  TRY(require_object(source));
  TRY_ASSIGN(const std::string_view type, source.get("type").as_string());
  ImagePart image;
  if (type == "base64") {
    TRY(read_string(source.get("media_type"), image.media_type));
    TRY_ASSIGN(image.data, source.get("data").as_string());
  } else if (type == "url") {
    TRY_ASSIGN(image.url, source.get("url").as_string());
  } else {
    return opaque(block);
  }
  image.cache_control = raw_object(block.get("cache_control"));
  return Part(std::move(image));
}

Result<Part> read_document(json::Value block) {
  const json::Value source = block.get("source");
  TRY(require_object(source));
  TRY_ASSIGN(const std::string_view type, source.get("type").as_string());
  DocumentPart document;
  if (type == "base64") {
    TRY(read_string(source.get("media_type"), document.media_type));
    TRY_ASSIGN(document.data, source.get("data").as_string());
  } else if (type == "text") {
    document.media_type = "text/plain";
    TRY_ASSIGN(document.text, source.get("data").as_string());
  } else if (type == "url") {
    document.media_type = "application/pdf";
    TRY_ASSIGN(document.url, source.get("url").as_string());
  } else {
    return opaque(block);  // a file kept there, or blocks of content
  }
  TRY(read_string(block.get("title"), document.title));
  TRY(read_string(block.get("context"), document.context));
  document.citations = block.get("citations").get("enabled").bool_or(false);
  document.cache_control = raw_object(block.get("cache_control"));
  return Part(std::move(document));
}

Result<Part> read_block(json::Value block) {
  TRY(require_object(block));
  TRY(require_unique_keys(block));
  TRY_ASSIGN(const std::string_view type, block.get("type").as_string());
  if (type == "text") {
    TRY_ASSIGN(const std::string_view text, block.get("text").as_string());
    return Part(TextPart{std::string(text), raw_object(block.get("cache_control"))});
  }
  if (type == "image") return read_image(block);
  if (type == "document") return read_document(block);
  if (type == "tool_use") {
    TRY_ASSIGN(const std::string_view id, block.get("id").as_string());
    TRY_ASSIGN(const std::string_view name, block.get("name").as_string());
    TRY(require_object(block.get("input")));
    return Part(
        ToolCall{std::string(id), std::string(name), std::string(block.get("input").raw()), {}});
  }
  if (type == "thinking") {
    TRY_ASSIGN(const std::string_view text, block.get("thinking").as_string());
    return Part(
        ThinkingPart{std::string(text), std::string(block.get("signature").string_or("")), {}});
  }
  if (type == "redacted_thinking") {
    TRY_ASSIGN(const std::string_view data, block.get("data").as_string());
    return Part(ThinkingPart{{}, {}, std::string(data)});
  }
  return opaque(block);
}

Status read_content(json::Value content, std::vector<Part>& out) {
  if (content.is_string()) {
    out.emplace_back(TextPart{std::string(content.string_or("")), {}});
    return {};
  }
  if (!content.is_array()) {
    return invalid_field("`" + content.path() + "` must be a string or an array of blocks.",
                         content.path());
  }
  for (const json::Value block : content) {
    TRY_ASSIGN(Part part, read_block(block));
    out.push_back(std::move(part));
  }
  return {};
}

Result<Message> read_tool_result(json::Value block) {
  TRY(require_unique_keys(block));
  Message out;
  out.role = Role::tool;
  TRY_ASSIGN(out.tool_call_id, block.get("tool_use_id").as_string());
  if (!block.get("content").empty()) TRY(read_content(block.get("content"), out.parts));
  TRY(read_bool(block.get("is_error"), out.tool_error));
  return out;
}

// Results become messages of their own, in the order in which they stand.
Status read_user(json::Value content, std::vector<Message>& out) {
  Message rest;
  const auto flush = [&] {
    if (!rest.parts.empty()) out.push_back(std::move(rest));
    rest = Message{};
  };
  for (const json::Value block : content) {
    if (block.get("type").string_or("") == "tool_result") {
      flush();
      TRY_ASSIGN(Message result, read_tool_result(block));
      out.push_back(std::move(result));
      continue;
    }
    TRY_ASSIGN(Part part, read_block(block));
    rest.parts.push_back(std::move(part));
  }
  flush();
  return {};
}

Status read_message(json::Value value, std::vector<Message>& out) {
  TRY(require_object(value));
  TRY(require_unique_keys(value));
  TRY_ASSIGN(const std::string_view role, value.get("role").as_string());
  const json::Value content = value.get("content");
  if (role == "user" && content.is_array()) return read_user(content, out);
  Message message;
  if (role == "user") {
    message.role = Role::user;
  } else if (role == "assistant") {
    message.role = Role::assistant;
  } else if (role == "system") {  // newer models take it in the middle of a chat
    message.role = Role::system;
  } else {
    const std::string path = value.path();
    return invalid_field("`" + path + ".role` must be `user` or `assistant`.", path + ".role");
  }
  TRY(read_content(content, message.parts));
  out.push_back(std::move(message));
  return {};
}

}  // namespace

Status read_anthropic_system(json::Value system, std::vector<Message>& out) {
  if (system.empty()) return {};
  Message message;
  message.role = Role::system;
  TRY(read_content(system, message.parts));
  if (!message.parts.empty()) out.push_back(std::move(message));
  return {};
}

Status read_anthropic_messages(json::Value messages, std::int64_t most, bool optional,
                               std::vector<Message>& out) {
  if (messages.empty() && optional) return {};
  if (!messages.exists()) {
    return invalid_field("`messages` is missing: send an array with at least one message.",
                         "messages");
  }
  if (!messages.is_array()) {
    return invalid_field("`messages` must be an array of messages.", "messages");
  }
  if (messages.size() == 0 && !optional) {
    return invalid_field("`messages` is empty: send at least one message.", "messages");
  }
  if (static_cast<std::int64_t>(messages.size()) > most) {
    return invalid_field("`messages` may hold at most " + std::to_string(most) + " messages.",
                         "messages");
  }
  out.reserve(out.size() + messages.size());
  for (const json::Value message : messages) TRY(read_message(message, out));
  return {};
}

}  // namespace maester::gateway
