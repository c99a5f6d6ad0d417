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

}  // namespace

Reading read_request(simdjson::dom::parser& parser, Api api, std::string_view body, Asked& out) {
  element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root)) {
    return {.error = simdjson::error_message(error)};
  }
  std::string_view model;
  if (root["model"].get(model)) return {.error = "`model` is missing"};
  out.api = api;
  out.model = model;
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
  if (root["messages"].get(messages)) return {.error = "`messages` is missing"};
  if (!root["system"].get(value)) add_content(value, out);
  for (const element message : messages) {
    if (!message["content"].get(value)) add_content(value, out);
    std::string_view role;
    out.prefill = !message["role"].get(role) && role == "assistant";
  }
  if (root["stream"].get(out.stream)) out.stream = false;
  if (root["stream_options"]["include_usage"].get(out.include_usage)) out.include_usage = false;
  if (root["max_completion_tokens"].get(out.max_tokens) && root["max_tokens"].get(out.max_tokens)) {
    out.max_tokens = -1;
  }
  read_tools(root, out.tools);
  return {.ok = true};
}

}  // namespace maester::rig
