#include "gateway/pipeline/prompt.h"

#include <algorithm>
#include <utility>

#include "gateway/surfaces/openai_chat.h"
#include "gateway/surfaces/openai_chat_messages.h"

namespace maester::gateway {
namespace {

std::optional<Role> message_role(std::string_view name) {
  if (name == "system") return Role::system;
  if (name == "developer") return Role::developer;
  if (name == "user") return Role::user;
  if (name == "assistant") return Role::assistant;
  return std::nullopt;
}

// A caller's message in a placeholder that is more than a text.
Status add_whole(const std::string& message, std::vector<Message>& out) {
  TRY_ASSIGN(const json::Document list, json::Document::parse("[" + message + "]"));
  std::vector<Message> read;
  if (Status good = read_messages(list.root(), 1, false, read); !good) {
    Error error = std::move(good).error();
    error.param = "maester.prompt.variables";
    return fail(std::move(error));
  }
  std::move(read.begin(), read.end(), std::back_inserter(out));
  return {};
}

Status put_in_front(Call& call, std::vector<prompts::RenderedMessage> rendered) {
  std::vector<Message> messages;
  for (prompts::RenderedMessage& one : rendered) {
    if (!one.json.empty()) {
      TRY(add_whole(one.json, messages));
      continue;
    }
    Message& message = messages.emplace_back();
    message.role = message_role(one.role).value_or(Role::user);
    message.parts.emplace_back(TextPart{std::move(one.text), {}});
  }
  std::move(call.chat.messages.begin(), call.chat.messages.end(), std::back_inserter(messages));
  call.chat.messages = std::move(messages);
  call.pass_through = false;  // the caller's bytes are not what is sent
  return {};
}

// What the caller said goes before what the prompt says.
Status apply_settings(Call& call, const prompts::Settings& settings) {
  ChatRequest& chat = call.chat;
  const auto text = [](std::string& said, const std::string& setting) {
    if (said.empty()) said = setting;
  };
  text(chat.model, settings.model);
  text(chat.temperature, settings.temperature);
  text(chat.top_p, settings.top_p);
  text(chat.frequency_penalty, settings.frequency_penalty);
  text(chat.presence_penalty, settings.presence_penalty);
  text(chat.reasoning_effort, settings.reasoning_effort);
  if (settings.max_tokens && (!chat.max_tokens || !call.options.max_tokens_said))
    chat.max_tokens = settings.max_tokens;
  if (!chat.top_k) chat.top_k = settings.top_k;
  if (!chat.seed) chat.seed = settings.seed;
  if (chat.stop.empty()) chat.stop = settings.stop;
  if (chat.response_format || settings.response_format.empty()) return {};
  TRY_ASSIGN(const json::Document format, json::Document::parse(settings.response_format));
  return read_response_format(format.root(), chat);
}

Result<prompts::VersionPtr> fallback_of(const Options& options) {
  prompts::NewVersion own;
  own.name = "fallback";
  own.template_text = options.prompt_fallback;
  auto made = prompts::make_version(std::move(own));
  if (!made) {
    Error error = std::move(made).error();
    error.param = "maester.prompt.fallback";
    return fail(std::move(error));
  }
  made->name = options.prompt_name;
  return std::make_shared<const prompts::PromptVersion>(std::move(*made));
}

}  // namespace

std::string_view sticky_key_of(const Call& call) {
  return call.options.user.empty() ? call.id_text : call.options.user;
}

void tell_prompt(Call& call, const prompts::Chosen& chosen, prompts::Rendered& rendered) {
  call.prompt.name = chosen.version->name;
  call.prompt.version = chosen.version->version;
  call.prompt.hash = std::move(rendered.hash);
  call.prompt.template_hash = chosen.version->template_hash;
  call.prompt.text = std::move(rendered.text);
  call.prompt.label = chosen.label;
}

Status apply_prompt(Call& call, const prompts::Registry& registry) {
  const Options& options = call.options;
  if (options.prompt_name.empty()) return {};
  // Also while it is not needed: what is wrong with it is better known before it is.
  prompts::VersionPtr fallback;
  if (!options.prompt_fallback.empty()) {
    TRY_ASSIGN(fallback, fallback_of(options));
  }
  auto chosen =
      registry.choose(call.principal.tenant, options.prompt_name,
                      {options.prompt_version, options.prompt_label}, sticky_key_of(call));
  if (!chosen && fallback != nullptr && chosen.error().code == Code::not_found) {
    chosen = prompts::Chosen{fallback, "", false};
    call.prompt.fallback = true;
  }
  if (!chosen) return fail(std::move(chosen).error());
  json::Document variables;
  if (!options.variables_json.empty()) TRY(variables.reparse(options.variables_json));
  TRY_ASSIGN(prompts::Rendered rendered,
             prompts::render(*chosen->version,
                             options.variables_json.empty() ? json::Value{} : variables.root()));
  TRY(put_in_front(call, std::move(rendered.messages)));
  tell_prompt(call, *chosen, rendered);
  return apply_settings(call, chosen->version->settings);
}

}  // namespace maester::gateway
