// /v1/limits: how fast, and how many at once. Writes are SQL and run on the control thread.
#include <array>

#include "api/body.h"
#include "api/budget_json.h"
#include "api/handlers.h"
#include "api/own_objects.h"

namespace maester::api {
namespace {

constexpr std::array<std::string_view, 5> kMembers{"scope", "requests_per_minute",
                                                   "tokens_per_minute", "concurrency", "burst"};

// A rate that is absent stays `limit`'s; null takes it away.
Status read_rates(const json::Value& body, meter::Limit& limit) {
  const auto read = [&](std::string_view name, std::optional<std::int64_t>& into) -> Status {
    const json::Value value = body.get(name);
    if (!value.exists()) return {};
    if (value.is_null()) {
      into.reset();
      return {};
    }
    TRY_ASSIGN(into, value.as_int());
    return {};
  };
  TRY(read("requests_per_minute", limit.requests_per_minute));
  TRY(read("tokens_per_minute", limit.tokens_per_minute));
  TRY(read("concurrency", limit.concurrency));
  return read("burst", limit.burst);
}

Answer limit_answer(const Context& context, const meter::Limit& limit, int status) {
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  write_limit(w, limit, context.deps.services().limiter, "");
  return answer;
}

}  // namespace

runtime::Task<Result<Answer>> create_limit(Context& context) {
  auto reading = read_object(context, kMembers);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  meter::Limit limit;
  limit.owner = context.principal.tenant;
  CO_TRY_ASSIGN(limit.scope, read_own_scope(document.root().get("scope"), context.principal, true));
  CO_TRY(read_rates(document.root(), limit));
  auto creating = create_own(context, context.deps.limits, std::move(limit));
  CO_TRY_ASSIGN(const meter::Limit made, co_await std::move(creating));
  co_return limit_answer(context, made, 201);
}

runtime::Task<Result<Answer>> list_limits(Context& context) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const meter::Limit& limit : context.deps.limits.list(context.principal.tenant))
    write_limit(w, limit, context.deps.services().limiter, "");
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_limit(Context& context) {
  CO_TRY_ASSIGN(const meter::Limit limit,
                context.deps.limits.find(context.principal.tenant, context.parameters[0]));
  co_return limit_answer(context, limit, 200);
}

runtime::Task<Result<Answer>> change_limit(Context& context) {
  auto reading = read_object(context, kMembers);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  if (document.root().get("scope").exists()) {
    co_return fail(Code::invalid_request, "A limit's scope never changes; make another limit.",
                   "scope");
  }
  const std::string& id = context.parameters[0];
  CO_TRY_ASSIGN(meter::Limit limit, context.deps.limits.find(context.principal.tenant, id));
  CO_TRY(read_rates(document.root(), limit));
  auto changing = change_own(context, context.deps.limits, limit);
  CO_TRY_ASSIGN(const meter::Limit changed, co_await std::move(changing));
  co_return limit_answer(context, changed, 200);
}

runtime::Task<Result<Answer>> delete_limit(Context& context) {
  return delete_own(context, context.deps.limits);
}

}  // namespace maester::api
