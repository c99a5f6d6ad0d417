#include "gateway/pipeline/guard_remote.h"

#include <algorithm>

#include "base/hex.h"
#include "base/hmac.h"
#include "codec/json_writer.h"
#include "gateway/pipeline/guard_state.h"
#include "gateway/pipeline/guard_text.h"
#include "gateway/pipeline/pipeline.h"
#include "gateway/surfaces/moderation_surface.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxWebhookAnswer = 64u << 10;

std::string joined(const RoleTexts& texts, const guard::Rule& rule) {
  std::string out;
  for (const auto& [role, text] : texts) {
    if (!looks_at(rule, role)) continue;
    if (!out.empty()) out += "\n\n";
    out += text;
  }
  return out;
}

// The kind that was found, "" for nothing.
Result<std::string> verdict_of(const ModerationVerdict& verdict, const guard::Rule& rule) {
  if (!verdict.flagged) return std::string();
  const auto& wanted = rule.config.kinds;
  for (const std::string& category : verdict.categories) {
    if (wanted.empty() || std::ranges::find(wanted, category) != wanted.end())
      return category.substr(0, 64);
  }
  return wanted.empty() || verdict.categories.empty() ? std::string("flagged") : std::string();
}

runtime::Task<Result<std::string>> ask_model(Call& call, const Services& services,
                                             const guard::Rule& rule, const RoleTexts& texts) {
  const std::string text = joined(texts, rule);
  if (text.empty()) co_return std::string();
  ModerationSurface surface(rule.config.model, text, rule.config.kinds, rule.config.timeout);
  Call own;
  own.surface = &surface;
  own.principal = call.principal;
  own.principal.terms = nullptr;  // the operator chose the model, not the caller
  own.received = services.clock.mono();
  own.received_wall = services.clock.wall();
  own.gone = call.gone;
  own.endpoint = "guard";
  own.judges_for = call.id_text;
  const Pipeline pipeline(services);
  auto running = pipeline.run(own);
  CO_TRY(co_await std::move(running));
  const auto& choices = own.attempt()->response.choices;
  const auto verdict = read_moderation(choices.empty() ? "" : choices.front().content);
  if (!verdict) co_return fail(Code::upstream_error, "The judge's answer is no verdict.");
  co_return verdict_of(*verdict, rule);
}

std::string webhook_body(const Call& call, const guard::Rule& rule, std::string_view phase,
                         const RoleTexts& texts) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("phase", phase).field("policy", call.policy->name());
  w.field("policy_version", call.policy->version()).field("rule", rule.config.name);
  w.field("request_id", call.id_text).field("tenant", call.principal.tenant);
  w.key("texts").begin_array();
  for (const auto& [role, text] : texts) {
    if (!looks_at(rule, role)) continue;
    w.begin_object().field("role", role.empty() ? "assistant" : role).field("text", text);
    w.end_object();
  }
  w.end_array().end_object();
  return out;
}

runtime::Task<Result<std::string>> ask_webhook(Call& call, const Services& services,
                                               const guard::Rule& rule, std::string_view phase,
                                               const RoleTexts& texts) {
  const guard::Webhook* hook = call.snapshot->rulebook().webhook(rule);
  if (hook == nullptr) co_return fail(Code::internal, "The webhook has no address.");
  wire::ClientRequest request;
  request.path = hook->path;
  request.body = webhook_body(call, rule, phase, texts);
  request.headers.add("content-type", "application/json");
  request.headers.add("accept-encoding", "identity");
  if (!rule.config.secret.reveal().empty()) {
    const std::string at = std::to_string(
        std::chrono::floor<std::chrono::seconds>(services.clock.wall()).time_since_epoch().count());
    const HmacSha256 hmac(rule.config.secret.reveal());
    request.headers.add("x-maester-timestamp", at);
    request.headers.add("x-maester-signature",
                        "sha256=" + hex_encode(hmac.of({at, ".", request.body})));
  }
  const milliseconds timeout = rule.config.timeout;
  const runtime::Wait wait{Deadline::after(services.clock, timeout).sooner(call.deadline),
                           call.gone};
  auto sending =
      hook->transport->send(hook->origin, std::move(request), {timeout, timeout, timeout}, wait);
  CO_TRY_ASSIGN(const auto response, co_await std::move(sending));
  if (response->status() < 200 || response->status() > 299)
    co_return fail(Code::upstream_error, "The webhook answered with an error.");
  auto reading = response->read_all(kMaxWebhookAnswer);
  CO_TRY_ASSIGN(const std::string body, co_await std::move(reading));
  const auto verdict = read_moderation(body);
  if (!verdict) co_return fail(Code::upstream_error, "The webhook's answer is no verdict.");
  co_return verdict_of(*verdict, rule);
}

Error refusal(const Call& call, const guard::Rule& rule, std::string_view phase,
              std::string_view kind) {
  const bool input = phase == "input";
  return make_error(Code::unprocessable,
                    std::string(input ? "The request was refused" : "The answer was withheld") +
                        ": rule `" + rule.config.name + "` of policy `" + call.policy->name() +
                        "` found " + std::string(kind) + ".",
                    input ? "messages" : "policy");
}

Error unanswered(const Call& call, const guard::Rule& rule, std::string detail) {
  return make_error(Code::overloaded,
                    "Rule `" + rule.config.name + "` of policy `" + call.policy->name() +
                        "` could not be asked, and nothing passes without it. Try again later.",
                    "policy", std::move(detail));
}

}  // namespace

RoleTexts texts_of(const Call& call) {
  RoleTexts out;
  for (const EmbeddingInput& input : call.embedding.inputs) {
    if (const auto* text = std::get_if<std::string>(&input)) out.emplace_back("user", *text);
  }
  if (!call.rerank.query.empty()) out.emplace_back("user", call.rerank.query);
  for (const std::string& text : call.rerank.documents) out.emplace_back("user", text);
  for (const Message& message : call.chat.messages) {
    for (const Part& part : message.parts) {
      const std::string_view role = role_name(message.role);
      if (const auto* text = std::get_if<TextPart>(&part)) out.emplace_back(role, text->text);
      if (const auto* use = std::get_if<ToolCall>(&part)) out.emplace_back(role, use->arguments);
      if (const auto* document = std::get_if<DocumentPart>(&part);
          document != nullptr && !document->text.empty())
        out.emplace_back(role, document->text);
    }
  }
  return out;
}

RoleTexts texts_of(const ChatResponse& response) {
  RoleTexts out;
  for (const Choice& choice : response.choices) {
    if (!choice.content.empty()) out.emplace_back("", choice.content);
    if (!choice.refusal.empty()) out.emplace_back("", choice.refusal);
    for (const ToolCall& call : choice.tool_calls) out.emplace_back("", call.arguments);
  }
  return out;
}

runtime::Task<Status> ask_remote(Call& call, const Services& services, const guard::Phase& phase,
                                 std::string_view name, RoleTexts texts) {
  for (const guard::Rule& rule : phase.rules) {
    if (!rule.remote()) continue;
    auto asking = rule.config.type == guard::RuleType::webhook
                      ? ask_webhook(call, services, rule, name, texts)
                      : ask_model(call, services, rule, texts);
    const Result<std::string> found = co_await std::move(asking);
    if (!found) {
      const bool refused = !rule.config.allow_on_error;
      const bool late = found.error().code == Code::deadline_exceeded;
      call.guarded->report.not_scanned(name, rule, late ? "timeout" : "error", refused);
      services.log.event(obs::Level::warn, "guard_rule_failed")
          .field("request_id", call.id_text)
          .field("rule", rule.config.name)
          .field("error", to_string(found.error().code))
          .field("passed", !refused);
      if (refused) co_return fail(unanswered(call, rule, found.error().message));
      continue;
    }
    if (found->empty()) continue;
    call.guarded->report.found(name, rule, *found, rule.config.action);
    if (rule.config.action == guard::Action::block)
      co_return fail(refusal(call, rule, name, *found));
  }
  co_return Status{};
}

}  // namespace maester::gateway
