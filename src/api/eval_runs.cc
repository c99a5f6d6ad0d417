// /v1/evals/runs: evaluations of a dataset, as jobs.
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/eval_services.h"
#include "api/handlers.h"
#include "codec/json_object.h"
#include "evals/runs/run_json.h"
#include "evals/runs/run_spec.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using evals::Run;
using evals::RunStore;
using runtime::Task;

Answer run_answer(const Run& run, int status) {
  return object_answer(run, evals::write_run, status);
}

Result<evals::RunResults::Query> read_query(std::string_view query) {
  evals::RunResults::Query out;
  TRY_ASSIGN(out.limit, read_limit(query));
  out.dataset = wire::query_parameter(query, "dataset").value_or("");
  out.cursor = wire::query_parameter(query, "cursor").value_or("");
  for (const char* name : {"prompt", "model", "index"}) {
    if (const auto value = wire::query_parameter(query, name)) out.candidate[name] = *value;
  }
  if (const auto state = wire::query_parameter(query, "state")) {
    out.state = evals::parse_run_state(*state);
    if (!out.state) {
      return fail(Code::invalid_request,
                  "`state` must be queued, running, succeeded, failed or cancelled.", "state");
    }
  }
  return out;
}

// "CASE/REPEAT": where a page ended. A case's id may hold slashes.
Status read_cursor(std::string_view query, RunStore::ResultQuery& out) {
  const std::string cursor = wire::query_parameter(query, "cursor").value_or("");
  if (cursor.empty()) return {};
  const std::size_t slash = cursor.rfind('/');
  const auto repeat = json::Document::parse(slash == cursor.npos ? "" : cursor.substr(slash + 1));
  if (!repeat || !repeat->root().is_number())
    return fail(Code::invalid_request, "`cursor` must be a next_cursor of this list.", "cursor");
  out.after_case = cursor.substr(0, slash);
  out.after_repeat = repeat->root().int_or(0);
  return {};
}

Result<RunStore::ResultQuery> read_result_query(std::string_view query) {
  RunStore::ResultQuery out;
  TRY_ASSIGN(out.limit, read_limit(query));
  TRY(read_cursor(query, out));
  if (const auto verdict = wire::query_parameter(query, "verdict")) {
    using Verdict = evals::CaseResult::Verdict;
    if (*verdict == "pass") out.verdict = Verdict::pass;
    if (*verdict == "fail") out.verdict = Verdict::fail;
    if (*verdict == "error") out.verdict = Verdict::error;
    if (!out.verdict)
      return fail(Code::invalid_request, "`verdict` must be pass, fail or error.", "verdict");
  }
  return out;
}

}  // namespace

Task<Result<Answer>> start_eval_run(Context& context) {
  static constexpr std::array<std::string_view, 13> kKnown{
      "name",    "dataset",      "candidate", "assertions", "threshold",  "graders",    "repeats",
      "reducer", "max_cost_usd", "cache",     "include",    "timeout_ms", "concurrency"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const evals::RunSpec spec, evals::read_run_spec(document.root()));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const Run run, context.deps.evals.starter.start(context.principal.tenant,
                                                               context.principal.key_id, spec));
    return run_answer(run, 202);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> list_eval_runs(Context& context) {
  CO_TRY_ASSIGN(const auto query, read_query(context.request.query()));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const auto page, context.deps.evals.runs.list(context.principal.tenant, query));
    return list_answer(page.runs, evals::write_run, page.next_cursor);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> show_eval_run(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY_ASSIGN(const Run run,
               context.deps.evals.runs.find(context.principal.tenant, context.parameters[0]));
    return run_answer(run, 200);
  });
}

Task<Result<Answer>> list_eval_results(Context& context) {
  CO_TRY_ASSIGN(auto query, read_result_query(context.request.query()));
  const bool lines =
      wire::query_parameter(context.request.query(), "format").value_or("") == "jsonl";
  auto work = [&]() -> Result<Answer> {
    RunStore& runs = context.deps.evals.runs;
    const std::string& tenant = context.principal.tenant;
    const std::string& id = context.parameters[0];
    TRY(runs.find(tenant, id));
    TRY_ASSIGN(const auto results, runs.results(tenant, id, query));
    Answer answer;
    const std::string next =
        results.size() < query.limit
            ? std::string()
            : results.back().case_id + "/" + std::to_string(results.back().repeat);
    if (lines) {  // a page, too; the next one's cursor is in a header
      for (const evals::CaseResult& one : results) {
        json::Writer w(answer.body);
        evals::write_result(w, one);
        answer.body += '\n';
      }
      answer.content_type = "application/x-ndjson";
      if (!next.empty()) answer.headers.add("x-maester-next-cursor", next);
      return answer;
    }
    json::Writer w(answer.body);
    w.begin_object().key("data").begin_array();
    for (const evals::CaseResult& one : results) evals::write_result(w, one);
    w.end_array().key("next_cursor");
    next.empty() ? w.null() : w.value(next);
    w.end_object();
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> cancel_eval_run(Context& context) {
  auto reading = read_object(context, {});
  CO_TRY(co_await std::move(reading));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const Run run,
               context.deps.evals.runs.cancel(context.principal.tenant, context.parameters[0]));
    return run_answer(run, 200);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> retry_eval_run(Context& context) {
  static constexpr std::array<std::string_view, 1> kKnown{"max_cost_usd"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  std::optional<FemtoUsd> ceiling;
  CO_TRY(evals::read_ceiling(document.root().get("max_cost_usd"), ceiling));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const Run run, context.deps.evals.runs.retry(context.principal.tenant,
                                                            context.parameters[0], ceiling));
    return run_answer(run, 202);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> rescore_eval_run(Context& context) {
  static constexpr std::array<std::string_view, 6> kKnown{"name",    "assertions", "threshold",
                                                          "graders", "reducer",    "concurrency"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const Run run, context.deps.evals.starter.rescore(
                                  context.principal.tenant, context.principal.key_id,
                                  context.parameters[0], document.root()));
    return run_answer(run, 202);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> delete_eval_run(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY(context.deps.evals.runs.remove(context.principal.tenant, context.parameters[0]));
    return deleted_answer("id", context.parameters[0]);
  });
}

}  // namespace maester::api
