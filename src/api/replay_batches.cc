// /v1/replays/batches: recorded requests asked again of something else, and what became different.
#include <algorithm>
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/eval_handlers.h"
#include "api/eval_services.h"
#include "evals/runs/run_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using evals::DifferenceKind;
using evals::ReplayBatch;
using evals::Replays;
using evals::Run;
using runtime::Task;

constexpr std::array<std::string_view, 13> kMembers{
    "name",        "requests",     "prompt_version", "prompt_label", "model",
    "knowledge",   "parameters",   "assertions",     "threshold",    "graders",
    "concurrency", "max_cost_usd", "timeout_ms"};

// As its runs are: it has ended when both have.
std::string_view state_of(const Run& baseline, const Run& candidate) {
  const auto live = [](const Run& run) {
    return run.state == evals::RunState::queued || run.state == evals::RunState::running;
  };
  if (live(candidate)) return to_string(candidate.state);
  if (live(baseline)) return to_string(baseline.state);
  return candidate.state == evals::RunState::succeeded ? to_string(baseline.state)
                                                       : to_string(candidate.state);
}

Result<Answer> batch_answer(const Context& context, const ReplayBatch& batch, int status) {
  EvalServices& services = context.deps.evals;
  const std::string& tenant = context.principal.tenant;
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  w.begin_object();
  evals::write_replay(w, batch);
  const auto baseline = services.runs.find(tenant, batch.baseline);
  const auto candidate = services.runs.find(tenant, batch.candidate);
  if (!baseline || !candidate) {  // a run was removed
    w.field("state", "failed").end_object();
    return answer;
  }
  w.field("state", state_of(*baseline, *candidate));
  w.field("job_id", candidate->job_id).field("answers_wanted", candidate->cases);
  TRY_ASSIGN(const evals::DifferenceSums sums, services.replays.sums(tenant, batch));
  w.key("differences");
  evals::write_sums(w, sums);
  w.end_object();
  return answer;
}

Result<std::optional<DifferenceKind>> read_kind(std::string_view query) {
  const auto given = wire::query_parameter(query, "kind");
  if (!given) return std::nullopt;
  const auto found = std::ranges::find(evals::kDifferenceNames, *given);
  if (found == evals::kDifferenceNames.end()) {
    return fail(Code::invalid_request, "`kind` must be text, structure, verdict, cost or latency.",
                "kind");
  }
  return static_cast<DifferenceKind>(found - evals::kDifferenceNames.begin());
}

}  // namespace

Task<Result<Answer>> start_replay_batch(Context& context) {
  auto reading = read_object(context, kMembers);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(evals::ReplaySpec spec, evals::read_replay_spec(document.root()));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const ReplayBatch batch,
               context.deps.evals.replays.start(context.principal.tenant, context.principal.key_id,
                                                std::move(spec)));
    return batch_answer(context, batch, 202);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> list_replay_batches(Context& context) {
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(query));
  const std::string cursor = wire::query_parameter(query, "cursor").value_or("");
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const auto batches,
               context.deps.evals.replays.list(context.principal.tenant, cursor, limit));
    Answer answer;
    json::Writer w(answer.body);
    w.begin_object().key("data").begin_array();
    for (const ReplayBatch& one : batches) {
      w.begin_object();
      evals::write_replay(w, one);
      w.end_object();
    }
    w.end_array().key("next_cursor");
    batches.size() < limit ? w.null() : w.value(batches.back().id);
    w.end_object();
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> show_replay_batch(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY_ASSIGN(const ReplayBatch batch,
               context.deps.evals.replays.find(context.principal.tenant, context.parameters[0]));
    return batch_answer(context, batch, 200);
  });
}

Task<Result<Answer>> list_replay_differences(Context& context) {
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(query));
  CO_TRY_ASSIGN(const auto kind, read_kind(query));
  const std::string cursor = wire::query_parameter(query, "cursor").value_or("");
  auto work = [&]() -> Result<Answer> {
    Replays& replays = context.deps.evals.replays;
    const std::string& tenant = context.principal.tenant;
    TRY_ASSIGN(const ReplayBatch batch, replays.find(tenant, context.parameters[0]));
    Answer answer;
    json::Writer w(answer.body);
    w.begin_object().key("data").begin_array();
    std::size_t count = 0;
    std::string last;
    bool more = false;
    const auto row = [&](const Replays::Pair& pair) {
      const bool wanted =
          kind ? std::ranges::find(pair.kinds, *kind) != pair.kinds.end() : !pair.kinds.empty();
      if (!wanted) return true;
      if (count == limit) {
        more = true;
        return false;
      }
      w.begin_object().field("case_id", pair.before.case_id).key("kinds").begin_array();
      for (const DifferenceKind one : pair.kinds)
        w.value(evals::kDifferenceNames[static_cast<std::size_t>(one)]);
      w.end_array().key("before");
      evals::write_result(w, pair.before);
      w.key("after");
      evals::write_result(w, pair.after);
      w.end_object();
      ++count;
      last = pair.before.case_id;
      return true;
    };
    TRY(replays.for_each_pair(tenant, batch, cursor, row, nullptr));
    w.end_array().key("next_cursor");
    more ? w.value(last) : w.null();
    w.end_object();
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

}  // namespace maester::api
