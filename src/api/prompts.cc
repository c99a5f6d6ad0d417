// /v1/prompts: the registry over HTTP. Writes are SQL and run on the control thread.
#include <array>

#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using prompts::VersionPtr;

void write_version(json::Writer& w, const prompts::PromptVersion& version,
                   const prompts::Labels& labels) {
  w.begin_object().field("name", version.name).field("version", version.version);
  if (version.is_chat) {
    w.key("messages").begin_array();
    for (const auto& message : version.messages) {
      w.begin_object()
          .field("role", message.role)
          .field("content", message.content.source())
          .end_object();
    }
    w.end_array();
  } else {
    w.field("template", version.messages.front().content.source());
  }
  w.key("variables").begin_object();
  for (const auto& variable : version.variables) w.field(variable.name, variable.type);
  w.end_object().field("variables_declared", version.variables_declared);
  w.field("template_hash", version.template_hash).key("labels").begin_array();
  for (const auto& [label, target] : labels) {
    if (target == version.version) w.value(label);
  }
  w.end_array().field("message", version.message);
  if (!version.config.empty()) w.raw_field("config", version.config);
  w.field("created_at", format_rfc3339(version.created_at)).end_object();
}

Result<Answer> version_answer(const Context& context, const VersionPtr& version, int status) {
  TRY_ASSIGN(const prompts::Labels labels,
             context.deps.prompts.labels(context.principal.tenant, version->name));
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  write_version(w, *version, labels);
  return answer;
}

Answer label_answer(const prompts::LabelChange& change) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("label", change.label).field("version", change.version).key("previous");
  change.previous.empty() ? w.null() : w.value(change.previous);
  w.field("changed", change.changed).end_object();
  return answer;
}

Result<std::string> optional_text(json::Value value) {
  if (value.empty()) return std::string();
  TRY_ASSIGN(const std::string_view text, value.as_string());
  return std::string(text);
}

Result<prompts::NewVersion> read_version(json::Value body, const Context& context) {
  prompts::NewVersion pushed;
  TRY_ASSIGN(pushed.name, optional_text(body.get("name")));
  if (!context.parameters.empty()) {
    if (!pushed.name.empty() && pushed.name != context.parameters[0]) {
      return fail(Code::invalid_request, "`name` is not the prompt that the path names.", "name");
    }
    pushed.name = context.parameters[0];
  }
  TRY_ASSIGN(pushed.version, optional_text(body.get("version")));
  TRY_ASSIGN(pushed.template_text, optional_text(body.get("template")));
  TRY_ASSIGN(pushed.message, optional_text(body.get("message")));
  for (const json::Value message : body.get("messages")) {
    TRY_ASSIGN(const std::string_view role, message.get("role").as_string());
    TRY_ASSIGN(const std::string_view content, message.get("content").as_string());
    pushed.messages.emplace_back(role, content);
  }
  for (const json::Value variable : body.get("variables")) {
    TRY_ASSIGN(const std::string_view type, variable.as_string());
    pushed.variables.push_back({std::string(variable.key()), std::string(type)});
  }
  for (const json::Value label : body.get("labels")) {
    TRY_ASSIGN(const std::string_view name, label.as_string());
    pushed.labels.emplace_back(name);
  }
  if (const json::Value config = body.get("config"); !config.empty())
    pushed.config = std::string(config.raw());
  return pushed;
}

prompts::Selector read_selector(std::string_view query) {
  return {wire::query_parameter(query, "version").value_or(""),
          wire::query_parameter(query, "label").value_or("")};
}

}  // namespace

runtime::Task<Result<Answer>> push_prompt(Context& context) {
  static constexpr std::array<std::string_view, 8> kKnown{
      "name", "version", "template", "messages", "variables", "labels", "message", "config"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(prompts::NewVersion version, read_version(document.root(), context));
  auto work = [&context, &version] {
    return context.deps.prompts.push(context.principal.tenant, std::move(version),
                                     actor_of(context));
  };
  auto pushing = change(context, work);
  CO_TRY_ASSIGN(const prompts::Registry::Pushed pushed, co_await std::move(pushing));
  co_return version_answer(context, pushed.version, pushed.created ? 201 : 200);
}

runtime::Task<Result<Answer>> list_prompts(Context& context) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const auto& one : context.deps.prompts.list(context.principal.tenant)) {
    w.begin_object()
        .field("name", one.name)
        .field("latest", one.latest)
        .field("versions", one.versions);
    w.key("labels").begin_object();
    for (const auto& [label, version] : one.labels) w.field(label, version);
    w.end_object().field("updated_at", format_rfc3339(one.updated_at)).end_object();
  }
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_prompt(Context& context) {
  CO_TRY_ASSIGN(const VersionPtr version,
                context.deps.prompts.resolve(context.principal.tenant, context.parameters[0],
                                             read_selector(context.request.query())));
  co_return version_answer(context, version, 200);
}

runtime::Task<Result<Answer>> list_prompt_versions(Context& context) {
  const auto& [tenant, name] = std::tie(context.principal.tenant, context.parameters[0]);
  CO_TRY_ASSIGN(const auto versions, context.deps.prompts.versions(tenant, name));
  CO_TRY_ASSIGN(const auto labels, context.deps.prompts.labels(tenant, name));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const VersionPtr& version : versions) write_version(w, *version, labels);
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> list_prompt_labels(Context& context) {
  CO_TRY_ASSIGN(const auto labels,
                context.deps.prompts.labels(context.principal.tenant, context.parameters[0]));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const auto& [label, version] : labels)
    w.begin_object().field("label", label).field("version", version).end_object();
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> set_prompt_label(Context& context) {
  static constexpr std::array<std::string_view, 2> kKnown{"label", "version"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::string_view label, document.root().get("label").as_string());
  CO_TRY_ASSIGN(const std::string_view version, document.root().get("version").as_string());
  auto work = [&context, label, version] {
    return context.deps.prompts.set_label(context.principal.tenant, context.parameters[0], label,
                                          version, actor_of(context));
  };
  auto moving = change(context, work);
  CO_TRY_ASSIGN(const prompts::LabelChange change, co_await std::move(moving));
  co_return label_answer(change);
}

runtime::Task<Result<Answer>> rollback_prompt(Context& context) {
  static constexpr std::array<std::string_view, 2> kKnown{"label", "to_version"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::string_view label, document.root().get("label").as_string());
  CO_TRY_ASSIGN(const std::string to_version, optional_text(document.root().get("to_version")));
  auto work = [&context, label, &to_version] {
    return context.deps.prompts.rollback(context.principal.tenant, context.parameters[0], label,
                                         to_version, actor_of(context));
  };
  auto moving = change(context, work);
  CO_TRY_ASSIGN(const prompts::LabelChange change, co_await std::move(moving));
  co_return label_answer(change);
}

runtime::Task<Result<Answer>> render_prompt(Context& context) {
  static constexpr std::array<std::string_view, 3> kKnown{"version", "label", "variables"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value body = document.root();
  prompts::Selector selector;
  CO_TRY_ASSIGN(selector.version, optional_text(body.get("version")));
  CO_TRY_ASSIGN(selector.label, optional_text(body.get("label")));
  CO_TRY_ASSIGN(
      const VersionPtr version,
      context.deps.prompts.resolve(context.principal.tenant, context.parameters[0], selector));
  CO_TRY_ASSIGN(const prompts::Rendered rendered, prompts::render(*version, body.get("variables")));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("name", version->name).field("version", version->version);
  w.field("prompt_hash", rendered.hash)
      .field("template_hash", version->template_hash)
      .field("text", rendered.text);
  w.key("messages").begin_array();
  for (const auto& [role, text] : rendered.messages)
    w.begin_object().field("role", role).field("content", text).end_object();
  w.end_array().end_object();
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
