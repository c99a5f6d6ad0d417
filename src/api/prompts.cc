// /v1/prompts: versions over HTTP. Writes are SQL and run on the control thread.
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/change.h"
#include "api/conditional.h"
#include "api/handlers.h"
#include "api/prompt_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using prompts::VersionPtr;

// A version's own text never changes, its labels and approvals do: a minute. Which version a label
// means may change at any moment: a client asks each time, which costs a 304, and goes on with what
// it has while nobody answers.
constexpr std::string_view kByVersion = "private, max-age=60, stale-if-error=86400";
constexpr std::string_view kByLabel = "private, max-age=0, stale-if-error=86400";

prompts::Selector read_selector(std::string_view query) {
  return {wire::query_parameter(query, "version").value_or(""),
          wire::query_parameter(query, "label").value_or("")};
}

Result<Answer> kept_version_answer(const Context& context, const VersionPtr& version,
                                   bool by_version) {
  TRY_ASSIGN(Answer answer, prompt_version_answer(context, version, 200));
  return conditional(context, std::move(answer), by_version ? kByVersion : kByLabel);
}

}  // namespace

runtime::Task<Result<Answer>> push_prompt(Context& context) {
  auto reading = read_object(context, kPushMembers);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(
      prompts::NewVersion version,
      read_new_version(document.root(),
                       context.parameters.empty() ? "" : std::string_view(context.parameters[0])));
  CO_TRY_ASSIGN(prompts::By by, read_by(context, document.root()));
  by.reason = version.message;
  auto work = [&context, &version, &by] {
    return context.deps.prompts.push(context.principal.tenant, std::move(version), by);
  };
  auto pushing = change(context, work);
  CO_TRY_ASSIGN(const prompts::Registry::Pushed pushed, co_await std::move(pushing));
  co_return prompt_version_answer(context, pushed.version, pushed.created ? 201 : 200);
}

runtime::Task<Result<Answer>> list_prompts(Context& context) {
  const std::string label = wire::query_parameter(context.request.query(), "label").value_or("");
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const auto& one : context.deps.prompts.list(context.principal.tenant)) {
    if (!label.empty() && !one.labels.contains(label)) continue;
    w.begin_object()
        .field("name", one.name)
        .field("latest", one.latest)
        .field("versions", one.versions);
    w.key("labels").begin_object();
    for (const auto& [name, state] : one.labels) w.field(name, state.target.text());
    w.end_object().field("updated_at", format_rfc3339(one.updated_at)).end_object();
  }
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_prompt(Context& context) {
  const std::string_view query = context.request.query();
  const prompts::Selector selector = read_selector(query);
  CO_TRY_ASSIGN(
      const prompts::Chosen chosen,
      context.deps.prompts.choose(context.principal.tenant, context.parameters[0], selector,
                                  wire::query_parameter(query, "user").value_or("")));
  co_return kept_version_answer(context, chosen.version, !selector.version.empty());
}

runtime::Task<Result<Answer>> show_prompt_version(Context& context) {
  CO_TRY_ASSIGN(const VersionPtr version,
                context.deps.prompts.resolve(context.principal.tenant, context.parameters[0],
                                             {context.parameters[1], ""}));
  co_return kept_version_answer(context, version, true);
}

runtime::Task<Result<Answer>> list_prompt_versions(Context& context) {
  const auto& [tenant, name] = std::tie(context.principal.tenant, context.parameters[0]);
  const prompts::Registry& registry = context.deps.prompts;
  CO_TRY_ASSIGN(const auto versions, registry.versions(tenant, name));
  CO_TRY_ASSIGN(const auto labels, registry.labels(tenant, name));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const VersionPtr& version : versions) {
    CO_TRY_ASSIGN(const auto approvals, registry.approvals(tenant, name, version->version));
    write_prompt_version(w, *version, labels, approvals);
  }
  w.end_array().key("next_cursor").null().end_object();
  co_return conditional(context, std::move(answer), kByLabel);
}

runtime::Task<Result<Answer>> delete_prompt(Context& context) {
  const prompts::By by{actor_of(context), context.principal.role};
  auto work = [&context, &by] {
    return context.deps.prompts.delete_prompt(context.principal.tenant, context.parameters[0], by);
  };
  auto deleting = change(context, work);
  CO_TRY(co_await std::move(deleting));
  co_return deleted_answer("name", context.parameters[0]);
}

runtime::Task<Result<Answer>> render_prompt(Context& context) {
  static constexpr std::array<std::string_view, 5> kKnown{"version", "label", "draft", "user",
                                                          "variables"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value body = document.root();
  const auto& [tenant, name] = std::tie(context.principal.tenant, context.parameters[0]);
  prompts::Selector selector;
  CO_TRY_ASSIGN(selector.version, optional_text(body.get("version")));
  CO_TRY_ASSIGN(selector.label, optional_text(body.get("label")));
  CO_TRY_ASSIGN(const std::string draft, optional_text(body.get("draft")));
  CO_TRY_ASSIGN(const std::string user, optional_text(body.get("user")));
  VersionPtr version;
  if (draft.empty()) {
    CO_TRY_ASSIGN(prompts::Chosen chosen,
                  context.deps.prompts.choose(tenant, name, selector, user));
    version = std::move(chosen.version);
  } else {
    if (!selector.version.empty() || !selector.label.empty())
      co_return fail(Code::invalid_request, "Give a draft, a version or a label.", "draft");
    auto looking =
        context.deps.control.run([&] { return context.deps.prompts.draft(tenant, name, draft); });
    CO_TRY_ASSIGN(const prompts::Draft found, co_await std::move(looking));
    CO_TRY_ASSIGN(const json::Document content, json::Document::parse(found.content));
    CO_TRY_ASSIGN(prompts::NewVersion read, read_new_version(content.root(), name));
    CO_TRY_ASSIGN(prompts::PromptVersion made,
                  context.deps.prompts.preview(tenant, std::move(read)));
    version = std::make_shared<const prompts::PromptVersion>(std::move(made));
  }
  CO_TRY_ASSIGN(const prompts::Rendered rendered, prompts::render(*version, body.get("variables")));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("name", version->name).key("version");
  version->version.empty() ? w.null() : w.value(version->version);
  w.field("prompt_hash", rendered.hash)
      .field("template_hash", version->template_hash)
      .field("text", rendered.text);
  w.key("messages").begin_array();
  for (const auto& message : rendered.messages) {
    if (!message.json.empty()) {
      w.raw(message.json);
      continue;
    }
    w.begin_object().field("role", message.role).field("content", message.text).end_object();
  }
  w.end_array();
  if (!version->config.empty()) w.raw_field("config", version->config);
  w.end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> diff_prompt(Context& context) {
  const auto from = wire::query_parameter(context.request.query(), "from");
  const auto to = wire::query_parameter(context.request.query(), "to");
  if (!from || !to)
    co_return fail(Code::invalid_request, "Name the two versions: ?from=v1&to=v2.",
                   from ? "to" : "from");
  CO_TRY_ASSIGN(
      const std::string diff,
      context.deps.prompts.diff(context.principal.tenant, context.parameters[0], *from, *to));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object()
      .field("name", context.parameters[0])
      .field("from", *from)
      .field("to", *to)
      .field("diff", diff)
      .end_object();
  co_return answer;
}

}  // namespace maester::api
