#include <algorithm>
#include <cctype>
#include <utility>

#include "gateway/providers/common/request_edit.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

constexpr std::string_view kTokens = "max_tokens";
constexpr std::string_view kCompletionTokens = "max_completion_tokens";

// The last path segment: OpenRouter and others write "openai/gpt-5".
std::string_view base_name(std::string_view model) {
  const std::size_t slash = model.rfind('/');
  return slash == std::string_view::npos ? model : model.substr(slash + 1);
}

// The limit stays in the field the caller used, unless the model refuses that field.
void set_limit(json::Edit& edit, json::Value root, const EncodeOptions& options,
               const Config& config) {
  const json::Value tokens = root.get(kTokens), completion = root.get(kCompletionTokens);
  const bool rename =
      tokens.exists() && !config.tolerant && is_reasoning_model(options.upstream_model);
  if (!options.max_tokens && !rename) return;
  const std::string limit =
      options.max_tokens ? std::to_string(*options.max_tokens) : std::string(tokens.raw());
  if (rename) {
    edit.remove_member(tokens);
  } else if (tokens.exists()) {
    edit.replace(tokens, limit);
  }
  if (completion.exists()) {
    if (options.max_tokens) edit.replace(completion, limit);
  } else if (rename) {
    edit.add_member(root, kCompletionTokens, limit);
  } else if (!tokens.exists()) {
    edit.add_member(root, limit_field(options.upstream_model, config), limit);
  }
}

Result<std::string> edit_source(const EncodeOptions& options, const Config& config) {
  TRY_ASSIGN(const json::Document doc, providers::parse_source(options.source_body));
  const json::Value root = doc.root();
  json::Edit edit(doc);
  if (const json::Value own = root.get("maester"); own.exists()) edit.remove_member(own);
  if (root.get("model").string_or("") != options.upstream_model) {
    providers::set_member(edit, root, "model", json::quote(options.upstream_model));
  }
  set_stream(edit, root, options.stream);
  set_limit(edit, root, options, config);
  return edit.apply();
}

}  // namespace

void set_stream(json::Edit& edit, json::Value root, bool stream) {
  const json::Value flag = root.get("stream"), extra = root.get("stream_options");
  if (flag.bool_or(false) != stream)
    providers::set_member(edit, root, "stream", stream ? "true" : "false");
  if (!stream) {
    if (extra.exists()) edit.remove_member(extra);  // OpenAI refuses it without stream
  } else if (extra.is_object()) {
    if (!extra.get("include_usage").bool_or(false)) {
      providers::set_member(edit, extra, "include_usage", "true");
    }
  } else {
    providers::set_member(edit, root, "stream_options", R"({"include_usage":true})");
  }
}

bool is_reasoning_model(std::string_view model) {
  const std::string_view name = base_name(model);
  if (name.starts_with("gpt-") && name.size() > 4 && name[4] >= '5' && name[4] <= '9') {
    return !name.ends_with("-chat-latest");
  }
  return name.size() >= 2 && name[0] == 'o' && name[1] >= '1' && name[1] <= '9' &&
         (name.size() == 2 || name[2] == '-');
}

std::string_view limit_field(std::string_view model, const Config& config) {
  return !config.tolerant && is_reasoning_model(model) ? kCompletionTokens : kTokens;
}

Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options,
                                       const Config& config) {
  ProviderRequest out;
  out.path = config.endpoint.path("/chat/completions", options.upstream_model);
  out.headers = {{"content-type", "application/json"},
                 {"accept", options.stream ? "text/event-stream" : "application/json"}};
  const bool same = !config.mistral && options.source_protocol == Protocol::openai_chat &&
                    !options.source_body.empty();
  if (same) {
    TRY_ASSIGN(out.body, edit_source(options, config));
  } else {
    TRY_ASSIGN(out.body, write_request(request, options, config));
  }
  return out;
}

}  // namespace maester::gateway::openai
