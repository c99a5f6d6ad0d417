// /v1/evals/schedules: evaluations that repeat.
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/eval_handlers.h"
#include "api/eval_services.h"
#include "evals/runs/run_spec.h"
#include "evals/runs/scheduled_job.h"

namespace maester::api {
namespace {

using runtime::Task;

Answer schedule_answer(const jobs::Schedule& schedule, int status) {
  return object_answer(schedule, evals::write_schedule, status);
}

}  // namespace

Task<Result<Answer>> put_eval_schedule(Context& context) {
  static constexpr std::array<std::string_view, 4> kKnown{"name", "timetable", "run", "paused"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(
      const jobs::Schedule wanted,
      evals::read_schedule(context.principal.tenant, context.principal.key_id, document.root()));
  CO_TRY_ASSIGN(const evals::RunSpec spec, evals::read_run_spec(document.root().get("run")));
  auto work = [&]() -> Result<Answer> {
    // What could not run now is not promised for later.
    TRY(context.deps.evals.starter.prepare(context.principal.tenant, context.principal.key_id,
                                           spec));
    TRY_ASSIGN(const jobs::Schedule kept, context.deps.evals.schedules.put(wanted));
    return schedule_answer(kept, 201);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> list_eval_schedules(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY_ASSIGN(const auto all, context.deps.evals.schedules.list(context.principal.tenant));
    Answer answer;
    json::Writer w(answer.body);
    w.begin_object().key("data").begin_array();
    for (const jobs::Schedule& one : all) {
      if (one.kind == evals::kScheduledKind) evals::write_schedule(w, one);
    }
    w.end_array().key("next_cursor").null().end_object();
    return answer;
  });
}

Task<Result<Answer>> delete_eval_schedule(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    jobs::Schedules& schedules = context.deps.evals.schedules;
    const std::string key = evals::schedule_key(context.parameters[0]);
    if (!schedules.find(context.principal.tenant, key)) {
      return fail(Code::not_found,
                  "There is no schedule `" + context.parameters[0] + "` of evaluations.",
                  "schedule");
    }
    TRY(schedules.remove(context.principal.tenant, key));
    return deleted_answer("name", context.parameters[0]);
  });
}

}  // namespace maester::api
