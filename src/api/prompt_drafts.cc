// /v1/prompts/{name}/drafts: versions in the making. A draft is the body of a push, kept as it was
// sent; whether it would be accepted is told with it.
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/change.h"
#include "api/conditional.h"
#include "api/handlers.h"
#include "api/prompt_json.h"

namespace maester::api {
namespace {

constexpr std::array<std::string_view, 7> kDraftMembers{
    "template", "messages", "variables", "message", "config", "fallback", "name"};

// Why the draft is no version yet; nullopt when it would be one.
std::optional<Error> problem_of(const Context& context, const prompts::Draft& draft) {
  const auto content = json::Document::parse(draft.content);
  if (!content) return content.error();
  auto read = read_new_version(content->root(), draft.prompt);
  if (!read) return read.error();
  const auto made = context.deps.prompts.preview(context.principal.tenant, std::move(*read));
  return made ? std::nullopt : std::optional(made.error());
}

void write_draft(json::Writer& w, const Context& context, const prompts::Draft& draft) {
  w.begin_object().field("prompt", draft.prompt).field("draft", draft.name);
  w.field("etag", etag_of(draft)).raw_field("content", draft.content);
  const std::optional<Error> problem = problem_of(context, draft);
  w.field("publishable", !problem).key("problem");
  if (problem) {
    w.begin_object().field("code", to_string(problem->code)).field("detail", problem->message);
    w.optional_field("param", problem->param).end_object();
  } else {
    w.null();
  }
  w.key("author");
  draft.author.empty() ? w.null() : w.value(draft.author);
  w.field("saved_at", format_rfc3339(draft.saved_at)).end_object();
}

Answer draft_answer(const Context& context, const prompts::Draft& draft) {
  Answer answer;
  json::Writer w(answer.body);
  write_draft(w, context, draft);
  answer.headers.set("etag", '"' + etag_of(draft) + '"');
  answer.headers.set("cache-control", "private, no-store");
  return answer;
}

}  // namespace

runtime::Task<Result<Answer>> list_prompt_drafts(Context& context) {
  auto work = [&context] {
    return context.deps.prompts.drafts(context.principal.tenant, context.parameters[0]);
  };
  auto reading = context.deps.control.run(work);
  CO_TRY_ASSIGN(const std::vector<prompts::Draft> drafts, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const prompts::Draft& draft : drafts) write_draft(w, context, draft);
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_prompt_draft(Context& context) {
  auto work = [&context] {
    return context.deps.prompts.draft(context.principal.tenant, context.parameters[0],
                                      context.parameters[1]);
  };
  auto reading = context.deps.control.run(work);
  CO_TRY_ASSIGN(const prompts::Draft draft, co_await std::move(reading));
  co_return draft_answer(context, draft);
}

runtime::Task<Result<Answer>> save_prompt_draft(Context& context) {
  auto reading = read_object(context, kDraftMembers);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::optional<std::string> expected, expected_etag(context));
  CO_TRY_ASSIGN(const std::string said, optional_text(document.root().get("name")));
  if (!said.empty() && said != context.parameters[0]) {
    co_return fail(Code::invalid_request, "`name` is not the prompt that the path names.", "name");
  }
  prompts::Draft draft{context.parameters[0],
                       context.parameters[1],
                       document.text().empty() ? "{}" : std::string(document.root().raw()),
                       "",
                       {}};
  const prompts::By by{actor_of(context), context.principal.role};
  auto work = [&] {
    return context.deps.prompts.save_draft(context.principal.tenant, std::move(draft), expected,
                                           by);
  };
  auto saving = change(context, work);
  CO_TRY_ASSIGN(const prompts::Draft saved, co_await std::move(saving));
  co_return draft_answer(context, saved);
}

runtime::Task<Result<Answer>> delete_prompt_draft(Context& context) {
  CO_TRY_ASSIGN(const std::optional<std::string> expected, expected_etag(context));
  const prompts::By by{actor_of(context), context.principal.role};
  auto work = [&] {
    return context.deps.prompts.delete_draft(context.principal.tenant, context.parameters[0],
                                             context.parameters[1], expected, by);
  };
  auto deleting = change(context, work);
  CO_TRY(co_await std::move(deleting));
  co_return deleted_answer("draft", context.parameters[1]);
}

runtime::Task<Result<Answer>> publish_prompt_draft(Context& context) {
  static constexpr std::array<std::string_view, 5> kKnown{"version", "labels", "message", "reason",
                                                          "override"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value body = document.root();
  CO_TRY_ASSIGN(const std::optional<std::string> expected, expected_etag(context));
  const auto& [tenant, name] = std::tie(context.principal.tenant, context.parameters[0]);
  auto looking = context.deps.control.run(
      [&] { return context.deps.prompts.draft(tenant, name, context.parameters[1]); });
  CO_TRY_ASSIGN(const prompts::Draft draft, co_await std::move(looking));
  if (expected && *expected != etag_of(draft)) {
    co_return fail(Code::version_conflict,
                   "The draft was changed: its ETag is \"" + etag_of(draft) + "\" now.",
                   "if-match");
  }
  CO_TRY_ASSIGN(const json::Document content, json::Document::parse(draft.content));
  CO_TRY_ASSIGN(prompts::NewVersion made, read_new_version(content.root(), name));
  CO_TRY_ASSIGN(made.version, optional_text(body.get("version")));
  if (const json::Value message = body.get("message"); !message.empty()) {
    CO_TRY_ASSIGN(made.message, message.as_string());
  }
  for (const json::Value label : body.get("labels")) {
    CO_TRY_ASSIGN(const std::string_view text, label.as_string());
    made.labels.emplace_back(text);
  }
  CO_TRY_ASSIGN(prompts::By by, read_by(context, body));
  if (by.reason.empty()) by.reason = made.message;
  auto work = [&] {
    return context.deps.prompts.publish_draft(tenant, draft, std::move(made), by);
  };
  auto publishing = change(context, work);
  CO_TRY_ASSIGN(const prompts::Registry::Pushed pushed, co_await std::move(publishing));
  co_return prompt_version_answer(context, pushed.version, pushed.created ? 201 : 200);
}

}  // namespace maester::api
