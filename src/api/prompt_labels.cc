// /v1/prompts/{name}/labels and /rollback: what is live, who moved it, and back.
#include <array>
#include <charconv>

#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "api/prompt_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

Result<std::optional<std::int64_t>> read_number(std::string_view query, std::string_view name) {
  const auto text = wire::query_parameter(query, name);
  if (!text) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < 0) {
    return fail(Code::invalid_request, "`" + std::string(name) + "` must be a whole number.",
                std::string(name));
  }
  return std::optional(number);
}

Result<std::vector<prompts::Share>> read_shares(json::Value body) {
  const json::Value version = body.get("version");
  const json::Value split = body.get("split");
  if (version.empty() == split.empty()) {
    return fail(Code::invalid_request,
                "Give the `version` that the label is to point to, or a `split` of several: "
                "[{\"version\": \"v1\", \"weight\": 90}, ...].",
                "version");
  }
  std::vector<prompts::Share> out;
  if (split.empty()) {
    TRY_ASSIGN(const std::string_view text, version.as_string());
    out.push_back({std::string(text), 1});
    return out;
  }
  if (!split.is_array())
    return fail(Code::invalid_request, "`split` is a list of versions and weights.", "split");
  for (const json::Value one : split) {
    TRY_ASSIGN(const std::string_view text, one.get("version").as_string());
    TRY_ASSIGN(const std::int64_t weight, one.get("weight").as_int());
    out.push_back({std::string(text), weight});
  }
  return out;
}

void write_event(json::Writer& w, const prompts::LabelEvent& event) {
  const auto target = [&](std::string_view name, const prompts::Target& one) {
    w.key(name);
    one.empty() ? w.null() : w.value(one.text());
  };
  w.begin_object().field("revision", event.revision).field("at", format_rfc3339(event.at));
  w.key("by");
  event.key_id.empty() ? w.null() : w.value(event.key_id);
  w.optional_field("source", event.source);
  target("from", event.from);
  target("to", event.to);
  if (event.to.is_split()) {
    w.key("split");
    prompts::write_shares(w, event.to.shares());
  }
  w.field("rollback", event.rollback).key("reason");
  event.reason.empty() ? w.null() : w.value(event.reason);
  if (!event.override_reason.empty()) {
    w.key("override").begin_object().field("reason", event.override_reason).end_object();
  }
  w.end_object();
}

}  // namespace

runtime::Task<Result<Answer>> list_prompt_labels(Context& context) {
  const auto& [tenant, name] = std::tie(context.principal.tenant, context.parameters[0]);
  CO_TRY_ASSIGN(const prompts::Labels labels, context.deps.prompts.labels(tenant, name));
  const auto protections = context.deps.prompts.protections(tenant);
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const auto& [label, state] : labels) {
    w.begin_object().field("label", label);
    write_label_target(w, state.target);
    w.field("revision", state.revision);
    if (const auto held = prompts::protection_of(protections, name, label); held.any) {
      w.key("protection").begin_object().field("role", access::to_string(held.role));
      w.field("approvals", held.approvals).end_object();
    }
    w.end_object();
  }
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> set_prompt_label(Context& context) {
  static constexpr std::array<std::string_view, 7> kKnown{
      "label", "version", "split", "reason", "expected_version", "expected_revision", "override"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value body = document.root();
  CO_TRY_ASSIGN(const std::string_view label, body.get("label").as_string());
  CO_TRY_ASSIGN(std::vector<prompts::Share> shares, read_shares(body));
  CO_TRY_ASSIGN(const prompts::Expected expected, read_expected(body));
  CO_TRY_ASSIGN(const prompts::By by, read_by(context, body));
  auto work = [&context, label, &shares, &expected, &by] {
    return context.deps.prompts.set_label(context.principal.tenant, context.parameters[0], label,
                                          std::move(shares), expected, by);
  };
  auto moving = change(context, work);
  CO_TRY_ASSIGN(const prompts::LabelChange change, co_await std::move(moving));
  co_return label_change_answer(change);
}

runtime::Task<Result<Answer>> rollback_prompt(Context& context) {
  static constexpr std::array<std::string_view, 6> kKnown{
      "label", "to_version", "reason", "expected_version", "expected_revision", "override"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value body = document.root();
  CO_TRY_ASSIGN(const std::string_view label, body.get("label").as_string());
  CO_TRY_ASSIGN(const std::string to_version, optional_text(body.get("to_version")));
  CO_TRY_ASSIGN(const prompts::Expected expected, read_expected(body));
  CO_TRY_ASSIGN(const prompts::By by, read_by(context, body));
  auto work = [&context, label, &to_version, &expected, &by] {
    return context.deps.prompts.rollback(context.principal.tenant, context.parameters[0], label,
                                         to_version, expected, by);
  };
  auto moving = change(context, work);
  CO_TRY_ASSIGN(const prompts::LabelChange change, co_await std::move(moving));
  co_return label_change_answer(change);
}

runtime::Task<Result<Answer>> delete_prompt_label(Context& context) {
  const std::string_view query = context.request.query();
  prompts::Expected expected{wire::query_parameter(query, "expected_version"), {}};
  CO_TRY_ASSIGN(expected.revision, read_number(query, "expected_revision"));
  const prompts::By by{actor_of(context), context.principal.role,
                       wire::query_parameter(query, "reason").value_or(""),
                       wire::query_parameter(query, "override_reason").value_or("")};
  auto work = [&context, &expected, &by] {
    return context.deps.prompts.delete_label(context.principal.tenant, context.parameters[0],
                                             context.parameters[1], expected, by);
  };
  auto deleting = change(context, work);
  CO_TRY_ASSIGN(const prompts::LabelChange change, co_await std::move(deleting));
  co_return label_change_answer(change);
}

runtime::Task<Result<Answer>> prompt_label_history(Context& context) {
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(query));
  CO_TRY_ASSIGN(const std::optional<std::int64_t> before, read_number(query, "cursor"));
  auto work = [&] {
    return context.deps.prompts.label_history(context.principal.tenant, context.parameters[0],
                                              context.parameters[1], before.value_or(0), limit);
  };
  auto reading = context.deps.control.run(work);
  CO_TRY_ASSIGN(const std::vector<prompts::LabelEvent> events, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const prompts::LabelEvent& event : events) write_event(w, event);
  w.end_array().key("next_cursor");
  events.size() == limit&& events.back().revision > 1
      ? w.value(std::to_string(events.back().revision))
      : w.null();
  w.end_object();
  co_return answer;
}

}  // namespace maester::api
