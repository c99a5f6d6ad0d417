#include "gateway/surfaces/completion_surface.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "codec/json_object.h"
#include "codec/json_writer.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/surfaces/extension.h"

namespace maester::gateway {
namespace {

constexpr std::int64_t kDefaultMaxTokens = 200;
constexpr std::int64_t kMostMaxTokens = 2000;
constexpr std::size_t kMaxPromptCharacters = 4000;
constexpr std::int64_t kDefaultMaxCharacters = 500;

Result<std::int64_t> read_count(json::Value value, std::int64_t fallback, std::int64_t least,
                                std::int64_t most) {
  if (value.empty()) return fallback;
  TRY_ASSIGN(const std::int64_t n, value.as_int());
  if (n < least || n > most) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be between " + std::to_string(least) + " and " +
                    std::to_string(most) + ".",
                value.path());
  }
  return n;
}

// The route's checks are written as the `maester.checks` they stand for, so that there is one way
// to judge and to replay.
std::string checks_json(std::int64_t max_characters, json::Value required_terms) {
  std::string out;
  json::Writer w(out);
  w.begin_array().begin_object().field("type", "non_empty").end_object();
  if (required_terms.is_array() && required_terms.size() > 0) {
    w.begin_object()
        .field("type", "required_terms")
        .raw_field("value", required_terms.raw())
        .end_object();
  }
  w.begin_object()
      .field("type", "max_length")
      .field("value", max_characters)
      .end_object()
      .end_array();
  return out;
}

Status set_checks(Call& call, std::string text) {
  TRY_ASSIGN(const json::Document document, json::Document::parse(text));
  TRY_ASSIGN(call.options.checks, checks::compile(document.root()));
  call.options.checks_json = std::move(text);
  return {};
}

std::string_view content_of(const Call& call) {
  const auto& choices = call.attempt()->response.choices;
  return choices.empty() ? std::string_view{} : std::string_view(choices.front().content);
}

void write_head(json::Writer& w, const Call& call) {
  const Target& target = *call.attempt()->target;
  w.field("request_id", call.id_text)
      .field("provider", target.provider->config.name)
      .field("model", target.model);
}

void write_judgement(json::Writer& w, const Call& call) {
  w.key("evaluation");
  call.evaluation ? checks::append_evaluation(w, *call.evaluation) : static_cast<void>(w.null());
}

}  // namespace

std::int64_t CompletionSurface::estimate_input_tokens(const Call& call) const {
  std::size_t characters = 0;
  for (const Message& message : call.chat.messages) {
    for (const Part& part : message.parts) {
      if (const auto* text = std::get_if<TextPart>(&part)) characters += utf8::length(text->text);
    }
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>((characters + 3) / 4));
}

Error CompletionSurface::budget_refusal(const Call& call) const {
  return make_error(Code::budget_exceeded,
                    "The request was blocked before dispatch: its estimated cost of " +
                        call.budget.estimate.total().to_string() + " USD is above max_cost_usd " +
                        call.options.max_cost.to_string() + ".",
                    "max_cost_usd");
}

Status CompletionSurface::read_common(Call& call, json::Value body) {
  if (const json::Value model = body.get("model"); !model.empty()) {
    TRY_ASSIGN(call.chat.model, model.as_string());
  }
  call.options.max_tokens_said = !body.get("max_tokens").empty();
  TRY_ASSIGN(call.chat.max_tokens,
             read_count(body.get("max_tokens"), kDefaultMaxTokens, 1, kMostMaxTokens));
  return {};
}

Status PromptedCompletionSurface::read(Call& call) const {
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  const json::Value body = call.document->root();
  static constexpr std::array<std::string_view, 5> kKnown{"prompt_name", "prompt_version",
                                                          "variables", "model", "max_tokens"};
  TRY(json::only_known(body, kKnown));
  TRY(read_common(call, body));
  TRY_ASSIGN(call.options.prompt_name, body.get("prompt_name").as_string());
  if (const json::Value version = body.get("prompt_version"); !version.empty()) {
    TRY_ASSIGN(call.options.prompt_version, version.as_string());
  }
  const json::Value variables = body.get("variables");
  if (!variables.is_object()) {
    return fail(Code::invalid_request, "`variables` must be an object of the prompt's variables.",
                "variables");
  }
  call.options.variables_json = std::string(variables.raw());
  return set_checks(call, checks_json(kDefaultMaxCharacters, {}));
}

std::string PromptedCompletionSurface::write_answer(const Call& call) const {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_head(w, call);
  w.field("trace_id", call.trace->id().to_string()).field("prompt_name", call.prompt.name);
  w.field("prompt_version", call.prompt.version).field("prompt_hash", call.prompt.hash);
  w.field("content", content_of(call)).key("cost");
  write_cost(w, call, true);
  write_judgement(w, call);
  w.end_object();
  return out;
}

Status ReliableCompletionSurface::read(Call& call) const {
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  const json::Value body = call.document->root();
  static constexpr std::array<std::string_view, 8> kKnown{"prompt",
                                                          "model",
                                                          "max_tokens",
                                                          "required_terms",
                                                          "max_response_chars",
                                                          "budget_scope",
                                                          "max_cost_usd",
                                                          "allow_fallback_to_cheaper_model"};
  TRY(json::only_known(body, kKnown));
  TRY(read_common(call, body));
  TRY_ASSIGN(const std::string_view prompt, body.get("prompt").as_string());
  if (const std::size_t characters = utf8::length(prompt);
      characters < 1 || characters > kMaxPromptCharacters) {
    return fail(
        Code::invalid_request,
        "`prompt` must have 1 to 4000 characters; it has " + std::to_string(characters) + ".",
        "prompt");
  }
  Message& message = call.chat.messages.emplace_back();
  message.parts.emplace_back(TextPart{std::string(prompt), {}});
  const json::Value terms = body.get("required_terms");
  if (!terms.empty() && !terms.is_array()) {
    return fail(Code::invalid_request, "`required_terms` must be an array of texts.",
                "required_terms");
  }
  TRY_ASSIGN(const std::int64_t most,
             read_count(body.get("max_response_chars"), kDefaultMaxCharacters, 1, 1'000'000));
  TRY(set_checks(call, checks_json(most, terms)));
  call.options.budget_scope = "demo";
  if (const json::Value scope = body.get("budget_scope"); !scope.empty()) {
    TRY_ASSIGN(call.options.budget_scope, scope.as_string());
  }
  if (const json::Value limit = body.get("max_cost_usd"); !limit.empty()) {
    TRY_ASSIGN(call.options.max_cost, read_amount(limit));
    call.options.budget_asked = true;
  }
  if (const json::Value allow = body.get("allow_fallback_to_cheaper_model"); !allow.empty()) {
    TRY_ASSIGN(call.options.allow_cheaper, allow.as_bool());
  }
  return {};
}

std::string ReliableCompletionSurface::write_answer(const Call& call) const {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_head(w, call);
  w.field("content", content_of(call)).field("trace_id", call.trace->id().to_string()).key("cost");
  write_cost(w, call, true);
  w.key("budget");
  write_budget(w, call, true);
  write_judgement(w, call);
  w.end_object();
  return out;
}

}  // namespace maester::gateway
