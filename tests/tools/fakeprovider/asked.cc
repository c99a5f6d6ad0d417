#include "fakeprovider/asked.h"

#include <simdjson.h>

namespace maester::rig {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

void add_text(std::string_view text, std::string& out) {
  if (!out.empty()) out.push_back('\n');
  out.append(text);
}

// A string, or an array of parts of which the text ones count.
void add_content(element content, Asked& out) {
  std::string_view text;
  array parts;
  if (!content.get(text)) {
    add_text(text, out.text);
  } else if (!content.get(parts)) {
    for (const element part : parts) {
      if (!part["text"].get(text) || !part["content"].get(text)) add_text(text, out.text);
      if (!part["type"].get(text) && (text == "image" || text == "image_url")) ++out.images;
    }
  }
}

void read_tools(element root, std::vector<std::string>& out) {
  array tools;
  if (root["tools"].get(tools)) return;
  for (const element tool : tools) {
    std::string_view name;
    if (!tool["function"]["name"].get(name) || !tool["name"].get(name)) out.emplace_back(name);
  }
}

void read_bedrock_tools(element root, std::vector<std::string>& out) {
  array tools;
  if (root["toolConfig"]["tools"].get(tools)) return;
  for (const element tool : tools) {
    std::string_view name;
    if (!tool["toolSpec"]["name"].get(name)) out.emplace_back(name);
  }
}

Reading read_gemini(element root, Asked& out) {
  element value;
  array contents, tools, functions;
  if (root["contents"].get(contents)) return {.error = "`contents` is missing"};
  if (!root["systemInstruction"]["parts"].get(value)) add_content(value, out);
  for (const element content : contents) {
    if (!content["parts"].get(value)) add_content(value, out);
    std::string_view role;
    out.prefill = !content["role"].get(role) && role == "model";
  }
  if (root["generationConfig"]["maxOutputTokens"].get(out.max_tokens)) out.max_tokens = -1;
  if (root["tools"].get(tools)) return {.ok = true};
  for (const element tool : tools) {
    if (tool["functionDeclarations"].get(functions)) continue;
    for (const element function : functions) {
      std::string_view name;
      if (!function["name"].get(name)) out.tools.emplace_back(name);
    }
  }
  return {.ok = true};
}

std::string decoded(std::string_view text) {
  const auto digit = [](char c) {
    return c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0';
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// What stands between `before` and `after`.
bool between(std::string_view target, std::string_view before, std::string_view after,
             std::string& out) {
  const std::size_t from = target.find(before), to = target.rfind(after);
  if (from == target.npos || to == target.npos || to < from + before.size()) return false;
  out = decoded(target.substr(from + before.size(), to - from - before.size()));
  return true;
}

}  // namespace

bool read_target(std::string_view target, Asked& out) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path.ends_with("/messages")) {
    out.api = Api::anthropic;
  } else if (path.ends_with("/messages/count_tokens")) {
    out.api = Api::anthropic;
    out.count = true;
  } else if (path.ends_with("/embeddings")) {
    out.api = Api::embeddings;
  } else if (path.ends_with("/chat/completions")) {
    out.api = Api::openai_chat;
  } else if (between(path, "/models/", ":generateContent", out.model)) {
    out.api = Api::gemini;
  } else if (between(path, "/models/", ":streamGenerateContent", out.model)) {
    out.api = Api::gemini;
    out.stream = true;
  } else if (path.ends_with("/converse") && between(path, "/model/", "/converse", out.model)) {
    out.api = Api::bedrock;
  } else if (between(path, "/model/", "/converse-stream", out.model)) {
    out.api = Api::bedrock;
    out.stream = true;
  } else if (path.ends_with("/api/chat")) {
    out.api = Api::ollama;
  } else if (path.ends_with("/v2/chat")) {
    out.api = Api::cohere;
  } else {
    return false;
  }
  return true;
}

Reading read_request(simdjson::dom::parser& parser, Api api, std::string_view body, Asked& out) {
  element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root)) {
    return {.error = simdjson::error_message(error)};
  }
  std::string_view model;
  out.api = api;
  if (!root["model"].get(model))
    out.model = model;
  else if (out.model.empty())
    return {.error = "`model` is missing"};
  element value;
  if (api == Api::embeddings) {
    array inputs;
    if (root["input"].get(value)) return {.error = "`input` is missing"};
    if (!value.get(inputs)) out.inputs = inputs.size();
    std::string_view format;
    out.base64 = !root["encoding_format"].get(format) && format == "base64";
    add_content(value, out);
    return {.ok = true};
  }
  array messages;
  if (api == Api::gemini) return read_gemini(root, out);
  if (root["messages"].get(messages)) return {.error = "`messages` is missing"};
  if (!root["system"].get(value)) add_content(value, out);
  for (const element message : messages) {
    if (!message["content"].get(value)) add_content(value, out);
    std::string_view role;
    out.prefill = !message["role"].get(role) && role == "assistant";
  }
  if (root["stream"].get(out.stream) && api != Api::bedrock) out.stream = api == Api::ollama;
  if (root["stream_options"]["include_usage"].get(out.include_usage)) out.include_usage = false;
  if (root["max_completion_tokens"].get(out.max_tokens) && root["max_tokens"].get(out.max_tokens)) {
    out.max_tokens = -1;
  }
  if (api == Api::bedrock && root["inferenceConfig"]["maxTokens"].get(out.max_tokens))
    out.max_tokens = -1;
  if (api == Api::ollama && root["options"]["num_predict"].get(out.max_tokens)) out.max_tokens = -1;
  read_tools(root, out.tools);
  read_bedrock_tools(root, out.tools);
  return {.ok = true};
}

}  // namespace maester::rig
