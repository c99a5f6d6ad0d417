// /v1/protections, and a version's approvals.
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "api/prompt_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

void write_protection(json::Writer& w, const prompts::Protection& one) {
  w.begin_object().field("prompt", one.prompt).field("label", one.label);
  w.field("role", access::to_string(one.role)).field("approvals", one.approvals).key("set_by");
  one.set_by.empty() ? w.null() : w.value(one.set_by);
  w.field("set_at", format_rfc3339(one.set_at)).end_object();
}

Result<prompts::Protection> read_protection(json::Value body) {
  prompts::Protection out;
  if (const json::Value prompt = body.get("prompt"); !prompt.empty()) {
    TRY_ASSIGN(out.prompt, prompt.as_string());
  }
  TRY_ASSIGN(out.label, body.get("label").as_string());
  if (const json::Value role = body.get("role"); !role.empty()) {
    TRY_ASSIGN(const std::string_view text, role.as_string());
    const auto parsed = access::parse_role(text);
    if (!parsed || *parsed == access::Role::viewer)
      return fail(Code::invalid_request, "`role` is member or admin.", "role");
    out.role = *parsed;
  }
  if (const json::Value approvals = body.get("approvals"); !approvals.empty()) {
    TRY_ASSIGN(out.approvals, approvals.as_int());
  }
  return out;
}

}  // namespace

runtime::Task<Result<Answer>> list_protections(Context& context) {
  co_return list_answer(context.deps.prompts.protections(context.principal.tenant),
                        write_protection);
}

runtime::Task<Result<Answer>> put_protection(Context& context) {
  static constexpr std::array<std::string_view, 4> kKnown{"prompt", "label", "role", "approvals"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const prompts::Protection protection, read_protection(document.root()));
  const prompts::By by{actor_of(context), context.principal.role};
  auto work = [&] {
    return context.deps.prompts.protect(context.principal.tenant, protection, by);
  };
  auto protecting = change(context, work);
  CO_TRY_ASSIGN(const bool fresh, co_await std::move(protecting));
  for (const auto& one : context.deps.prompts.protections(context.principal.tenant)) {
    if (one.prompt != protection.prompt || one.label != protection.label) continue;
    co_return object_answer(one, write_protection, fresh ? 201 : 200);
  }
  co_return fail(Code::conflict, "The protection was taken away at the same moment.", "label");
}

runtime::Task<Result<Answer>> delete_protection(Context& context) {
  const std::string_view query = context.request.query();
  const std::string prompt =
      wire::query_parameter(query, "prompt").value_or(std::string(prompts::kEveryPrompt));
  const std::string label = wire::query_parameter(query, "label").value_or("");
  if (label.empty())
    co_return fail(Code::invalid_request, "Say which: ?label=production (&prompt=greet).", "label");
  const prompts::By by{actor_of(context), context.principal.role};
  auto work = [&] {
    return context.deps.prompts.unprotect(context.principal.tenant, prompt, label, by);
  };
  auto deleting = change(context, work);
  CO_TRY(co_await std::move(deleting));
  Answer answer;
  json::Writer(answer.body)
      .begin_object()
      .field("prompt", prompt)
      .field("label", label)
      .field("deleted", true)
      .end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> approve_prompt_version(Context& context) {
  static constexpr std::array<std::string_view, 1> kKnown{"comment"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::string comment, optional_text(document.root().get("comment")));
  const prompts::By by{actor_of(context), context.principal.role};
  auto work = [&] {
    return context.deps.prompts.approve(context.principal.tenant, context.parameters[0],
                                        context.parameters[1], comment, by);
  };
  auto approving = change(context, work);
  CO_TRY_ASSIGN(const std::vector<prompts::Approval> approvals, co_await std::move(approving));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("name", context.parameters[0]).field("version", context.parameters[1]);
  w.key("approvals");
  write_approvals(w, approvals);
  w.end_object();
  co_return answer;
}

}  // namespace maester::api
