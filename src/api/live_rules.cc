// /v1/evals/rules: what is looked at of live traffic, and what came of it.
#include "api/answers.h"
#include "api/body.h"
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "evals/live/live_store.h"

namespace maester::api {
namespace {

using runtime::Task;

void write_rule(json::Writer& w, const evals::LiveRule& rule, const evals::LiveCounts& counts) {
  w.begin_object().field("name", rule.name).raw_field("rule", rule.spec);
  w.field("created_at", format_rfc3339(rule.created_at));
  w.field("evaluated", counts.evaluated).field("passed", counts.passed);
  w.field("failed", counts.failed).field("errors", counts.errors);
  w.field("skipped", counts.skipped).field("grading_cost_usd", counts.cost).end_object();
}

struct Shown {
  evals::RulePtr rule;
  evals::LiveCounts counts;
};

Result<Shown> shown(const Context& context, evals::RulePtr rule) {
  TRY_ASSIGN(const evals::LiveCounts counts,
             context.deps.live_rules.counts(rule->tenant, rule->name));
  return Shown{std::move(rule), counts};
}

}  // namespace

Task<Result<Answer>> create_live_rule(Context& context) {
  static constexpr std::array<std::string_view, 9> kKnown{
      "name",   "where",  "sample",    "assertions",          "threshold",
      "grader", "review", "reviewers", "max_cost_usd_per_day"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(evals::LiveRule rule, evals::read_live_rule(document.root()));
  rule.tenant = context.principal.tenant;
  rule.key_id = context.principal.key_id;
  auto work = [&] { return context.deps.live_rules.create(std::move(rule)); };
  auto creating = context.deps.knowledge.run(work);
  CO_TRY_ASSIGN(const evals::RulePtr made, co_await std::move(creating));
  Answer answer;
  answer.status = 201;
  json::Writer w(answer.body);
  write_rule(w, *made, {});
  co_return answer;
}

Task<Result<Answer>> list_live_rules(Context& context) {
  auto work = [&]() -> Result<std::vector<Shown>> {
    const auto rules = context.deps.live_rules.current();
    std::vector<Shown> out;
    const auto own = rules->find(context.principal.tenant);
    if (own == rules->end()) return out;
    for (const evals::RulePtr& rule : own->second) {
      TRY_ASSIGN(Shown one, shown(context, rule));
      out.push_back(std::move(one));
    }
    return out;
  };
  auto reading = context.deps.knowledge.run(work);
  CO_TRY_ASSIGN(const auto rules, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const Shown& one : rules) write_rule(w, *one.rule, one.counts);
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

Task<Result<Answer>> show_live_rule(Context& context) {
  auto work = [&]() -> Result<Shown> {
    TRY_ASSIGN(evals::RulePtr rule,
               context.deps.live_rules.find(context.principal.tenant, context.parameters[0]));
    return shown(context, std::move(rule));
  };
  auto reading = context.deps.knowledge.run(work);
  CO_TRY_ASSIGN(const Shown one, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  write_rule(w, *one.rule, one.counts);
  co_return answer;
}

Task<Result<Answer>> delete_live_rule(Context& context) {
  const std::string& name = context.parameters[0];
  auto work = [&] { return context.deps.live_rules.remove(context.principal.tenant, name); };
  auto removing = context.deps.knowledge.run(work);
  CO_TRY(co_await std::move(removing));
  co_return deleted_answer("name", name);
}

}  // namespace maester::api
