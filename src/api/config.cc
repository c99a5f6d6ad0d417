// /v1/config: the configuration in force, its versions, and the way back. Runs on the control
// thread.
#include <array>
#include <charconv>

#include "api/body.h"
#include "api/change.h"
#include "api/config_service.h"
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "gateway/problem.h"
#include "wire/url.h"

namespace maester::api {
namespace {

constexpr std::size_t kMaxText = 1u << 20;

void write_fields(json::Writer& w, const ConfigVersion& version) {
  w.field("version", version.number)
      .field("config", version.config)
      .field("text_hash", version.text_hash);
  w.field("source", version.source).field("actor", version.actor).field("origin", version.origin);
  w.field("loaded_at", format_rfc3339(version.loaded_at));
}

std::string etag(const ConfigVersion& version) {
  return '"' + std::to_string(version.number) + '"';
}

Answer refusal(const ConfigOutcome& outcome, std::string_view request_id) {
  Answer answer;
  answer.status = gateway::http_status(Code::unprocessable);
  answer.content_type = "application/problem+json";
  answer.headers.set("x-should-retry", "false");
  answer.headers.set("etag", etag(outcome.version));
  std::string detail = "The configuration was refused, and what was in force stays: ";
  for (std::size_t i = 0; i < outcome.problems.size(); ++i)
    detail += (i == 0 ? "" : "; ") + outcome.problems[i].message;
  json::Writer w(answer.body);
  w.begin_object().field("type", "about:blank").field("title", "Unprocessable Content");
  w.field("status", answer.status).field("code", to_string(Code::unprocessable));
  w.field("detail", detail).field("request_id", request_id).key("problems").begin_array();
  for (const ConfigProblem& one : outcome.problems) {
    w.begin_object().field("file", one.file).field("line", one.line).field("column", one.column);
    w.field("message", one.message).end_object();
  }
  w.end_array().field("in_force", outcome.version.number).end_object();
  return answer;
}

Answer outcome_answer(const ConfigOutcome& outcome, std::string_view request_id) {
  if (!outcome.problems.empty()) return refusal(outcome, request_id);
  Answer answer;
  answer.headers.set("etag", etag(outcome.version));
  json::Writer w(answer.body);
  w.begin_object();
  write_fields(w, outcome.version);
  w.field("changed", outcome.changed).end_object();
  return answer;
}

Answer text_answer(const ConfigText& text) {
  Answer answer;
  answer.headers.set("etag", etag(text.version));
  json::Writer w(answer.body);
  w.begin_object();
  write_fields(w, text.version);
  w.field("toml", text.toml).end_object();
  return answer;
}

Result<std::int64_t> read_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1)
    return fail(Code::invalid_request, "`version` is the number of a version, such as 3.",
                "version");
  return number;
}

// `if-match`: the version that the caller means to change, as `etag` names it; nullopt = whatever
// is there.
Result<std::optional<std::int64_t>> read_if_match(const Context& context) {
  std::string_view text = context.request.headers().get("if-match");
  if (text.empty() || text == "*") return std::optional<std::int64_t>{};
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  auto number = read_number(text);
  if (number) return std::optional(*number);
  return fail(Code::invalid_request,
              "`if-match` is the number of one version, such as \"3\", or `*`.", "if-match");
}

}  // namespace

runtime::Task<Result<Answer>> show_config(Context& context) {
  std::optional<std::int64_t> number;
  if (!context.parameters.empty()) {
    CO_TRY_ASSIGN(number, read_number(context.parameters[0]));
  }
  const auto work = [&context, number] { return context.deps.config.show(number); };
  auto running = context.deps.control.run(work);
  CO_TRY_ASSIGN(const ConfigText text, co_await std::move(running));
  co_return text_answer(text);
}

runtime::Task<Result<Answer>> put_config(Context& context) {
  CO_TRY_ASSIGN(const std::optional<std::int64_t> expected, read_if_match(context));
  auto reading = context.request.read_body(kMaxText);
  CO_TRY_ASSIGN(const std::string body, co_await std::move(reading));
  // The body is the configuration itself, so why a gate is passed over stands beside it.
  access::By by{actor_of(context), context.principal.role};
  by.override_reason = context.request.headers().get("x-maester-override-reason");
  const auto work = [&] { return context.deps.config.put(body, expected, by); };
  auto running = change(context, work);
  CO_TRY_ASSIGN(const ConfigOutcome outcome, co_await std::move(running));
  co_return outcome_answer(outcome, context.request_id);
}

runtime::Task<Result<Answer>> list_config_versions(Context& context) {
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(context.request.query()));
  std::int64_t before = INT64_MAX;
  if (const auto cursor = wire::query_parameter(context.request.query(), "cursor")) {
    CO_TRY_ASSIGN(before, read_number(*cursor));
  }
  const auto work = [&context, before, limit] {
    return context.deps.config.list(before, limit + 1);
  };
  auto running = context.deps.control.run(work);
  CO_TRY_ASSIGN(std::vector<ConfigVersion> versions, co_await std::move(running));
  const bool more = versions.size() > limit;
  if (more) versions.pop_back();
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const ConfigVersion& version : versions) {
    w.begin_object();
    write_fields(w, version);
    w.end_object();
  }
  w.end_array().key("next_cursor");
  more ? w.value(std::to_string(versions.back().number)) : w.null();
  w.end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> rollback_config(Context& context) {
  static constexpr std::array<std::string_view, 1> kKnown{"version"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::optional<std::int64_t> expected, read_if_match(context));
  std::optional<std::int64_t> number;
  if (const json::Value given = document.root().get("version"); !given.empty()) {
    CO_TRY_ASSIGN(number, read_number(given.raw()));
  }
  const auto work = [&] {
    return context.deps.config.rollback(number, expected, actor_of(context));
  };
  auto running = change(context, work);
  CO_TRY_ASSIGN(const ConfigOutcome outcome, co_await std::move(running));
  co_return outcome_answer(outcome, context.request_id);
}

}  // namespace maester::api
