// /v1/budgets: what may be spent over time. Writes are SQL and run on the control thread.
#include <array>

#include "api/body.h"
#include "api/budget_json.h"
#include "api/handlers.h"
#include "api/own_objects.h"

namespace maester::api {
namespace {

Result<FemtoUsd> read_limit_usd(const json::Value& value) {
  const std::string text(value.is_string() ? value.string_or("") : value.raw());
  bool rounded = false;
  const auto amount =
      value.is_string() || value.is_number() ? FemtoUsd::parse(text, &rounded) : std::nullopt;
  if (amount && !rounded) return *amount;
  return fail(Code::invalid_request,
              "`limit_usd` must be a decimal of at most 15 places, such as \"12.50\".",
              "limit_usd");
}

Result<std::vector<int>> read_warn_at(const json::Value& value) {
  if (!value.is_array() || value.size() > 8) {
    return fail(Code::invalid_request, "`warn_at` must be an array of up to 8 percentages.",
                "warn_at");
  }
  std::vector<int> out;
  for (const json::Value one : value) {
    TRY_ASSIGN(const std::int64_t percent, one.as_int());
    out.push_back(percent > 0 && percent <= 1000 ? static_cast<int>(percent) : 0);
  }
  return out;
}

Result<meter::Budgets::Change> read_change(const json::Value& body) {
  meter::Budgets::Change out;
  if (const json::Value name = body.get("name"); name.exists()) {
    TRY_ASSIGN(const std::string_view text, name.as_string());
    out.name = std::string(text);
  }
  if (const json::Value limit = body.get("limit_usd"); limit.exists()) {
    TRY_ASSIGN(out.limit, read_limit_usd(limit));
  }
  if (const json::Value hard = body.get("hard"); hard.exists()) {
    TRY_ASSIGN(out.hard, hard.as_bool());
  }
  if (const json::Value warn_at = body.get("warn_at"); warn_at.exists()) {
    TRY_ASSIGN(out.warn_at, read_warn_at(warn_at));
  }
  return out;
}

Result<meter::Budget> read_budget(const json::Value& body, const access::Principal& principal) {
  meter::Budget out;
  out.owner = principal.tenant;
  TRY_ASSIGN(meter::Budgets::Change given, read_change(body));
  if (!given.limit) {
    return fail(Code::invalid_request, "`limit_usd` is missing: what may be spent in a window.",
                "limit_usd");
  }
  out.name = given.name.value_or("");
  out.limit = *given.limit;
  out.hard = given.hard.value_or(true);
  out.warn_at = given.warn_at.value_or(out.hard ? std::vector<int>{} : std::vector<int>{100});
  TRY_ASSIGN(const std::string_view window, body.get("window").as_string());
  const auto known = meter::parse_window(window);
  if (!known) {
    return fail(Code::invalid_request,
                "`window` does not know `" + std::string(window.substr(0, 32)) +
                    "`; there are: hour, day, week, month, total.",
                "window");
  }
  out.window = *known;
  TRY_ASSIGN(out.scope, read_own_scope(body.get("scope"), principal, false));
  return out;
}

Answer budget_answer(const Context& context, const meter::Budget& budget, int status) {
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  const auto now = context.deps.services().ledger.status(budget.scope.tenant, budget.id);
  write_budget_status(w, now.value_or(meter::BudgetStatus{.budget = budget}));
  return answer;
}

constexpr std::array<std::string_view, 6> kMembers{"name",      "scope", "window",
                                                   "limit_usd", "hard",  "warn_at"};

}  // namespace

runtime::Task<Result<Answer>> create_budget(Context& context) {
  auto reading = read_object(context, kMembers);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(meter::Budget budget, read_budget(document.root(), context.principal));
  auto creating = create_own(context, context.deps.budgets, std::move(budget));
  CO_TRY_ASSIGN(const meter::Budget made, co_await std::move(creating));
  co_return budget_answer(context, made, 201);
}

runtime::Task<Result<Answer>> list_budgets(Context& context) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const meter::Budget& budget : context.deps.budgets.list(context.principal.tenant)) {
    const auto now = context.deps.services().ledger.status(budget.scope.tenant, budget.id);
    if (now) write_budget_status(w, *now);
  }
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_budget(Context& context) {
  CO_TRY_ASSIGN(const meter::Budget budget,
                context.deps.budgets.find(context.principal.tenant, context.parameters[0]));
  co_return budget_answer(context, budget, 200);
}

runtime::Task<Result<Answer>> change_budget(Context& context) {
  auto reading = read_object(context, kMembers);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  for (const std::string_view fixed : {"scope", "window"}) {
    if (!document.root().get(fixed).exists()) continue;
    co_return fail(Code::invalid_request,
                   "A budget's scope and window never change, because what was spent would be of "
                   "something else; make another budget.",
                   std::string(fixed));
  }
  CO_TRY_ASSIGN(const meter::Budgets::Change change, read_change(document.root()));
  auto changing = change_own(context, context.deps.budgets, change);
  CO_TRY_ASSIGN(const meter::Budget changed, co_await std::move(changing));
  co_return budget_answer(context, changed, 200);
}

runtime::Task<Result<Answer>> delete_budget(Context& context) {
  return delete_own(context, context.deps.budgets);
}

}  // namespace maester::api
