// /v1/jobs: work that outlives its request.
#include "api/answers.h"
#include "api/body.h"
#include "api/handlers.h"
#include "api/job_json.h"
#include "jobs/doctor.h"
#include "wire/url.h"

namespace maester::api {
namespace {

Answer job_answer(const jobs::Job& job) {
  return object_answer(job, write_job);
}

Result<std::optional<jobs::State>> read_state(std::string_view query) {
  const auto given = wire::query_parameter(query, "state");
  if (!given) return std::nullopt;
  if (const auto state = jobs::parse_state(*given)) return state;
  return fail(Code::invalid_request,
              "`state` must be queued, running, retry_wait, succeeded, failed, dead or cancelled.",
              "state");
}

void write_finding(json::Writer& w, const jobs::Finding& finding) {
  w.begin_object().field("id", finding.id).field("kind", finding.kind);
  w.optional_field("subject", finding.subject).field("state", jobs::to_string(finding.state));
  w.field("reason", jobs::to_string(finding.reason)).field("explanation", finding.explanation);
  if (finding.until) w.field("until", format_rfc3339(*finding.until));
  if (!finding.behind.empty()) {
    w.key("behind").begin_array();
    for (const std::string& id : finding.behind) w.value(id);
    w.end_array();
  }
  if (finding.error) {
    w.key("error").begin_object().field("code", to_string(finding.error->code));
    w.field("message", finding.error->message).end_object();
  }
  w.end_object();
}

// A change that takes no parameters; answers the job as it is then.
using Change = Result<jobs::Job> (jobs::Queue::*)(std::string_view tenant, std::string_view id);
runtime::Task<Result<Answer>> change_job(Context& context, Change change) {
  auto nothing = read_object(context, {});
  CO_TRY(co_await std::move(nothing));
  auto work = [&] {
    return (context.deps.jobs.*change)(context.principal.tenant, context.parameters[0]);
  };
  auto changing = context.deps.readers.run(work);
  CO_TRY_ASSIGN(const jobs::Job job, co_await std::move(changing));
  co_return job_answer(job);
}

}  // namespace

runtime::Task<Result<Answer>> list_jobs(Context& context) {
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(query));
  CO_TRY_ASSIGN(const std::optional<jobs::State> state, read_state(query));
  const std::string cursor = wire::query_parameter(query, "cursor").value_or("");
  auto work = [&] {
    return context.deps.jobs.list(context.principal.tenant, state, cursor, limit);
  };
  auto reading = context.deps.readers.run(work);
  CO_TRY_ASSIGN(const jobs::Queue::Page page, co_await std::move(reading));
  co_return list_answer(page.jobs, write_job, page.next_cursor);
}

runtime::Task<Result<Answer>> diagnose_jobs(Context& context) {
  auto work = [&] { return context.deps.jobs.doctor(context.principal.tenant); };
  auto reading = context.deps.readers.run(work);
  CO_TRY_ASSIGN(const jobs::Diagnosis diagnosis, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  const jobs::WorkerStatus& workers = diagnosis.workers;
  w.begin_object().key("workers").begin_object().field("started", workers.started);
  w.field("paused", workers.paused).field("threads", workers.threads).field("busy", workers.busy);
  w.field("per_tenant", workers.per_tenant).end_object();
  w.field("running", diagnosis.running).key("counts").begin_object();
  for (const auto& [reason, count] : diagnosis.counts) w.field(reason, count);
  w.end_object().key("data").begin_array();
  for (const jobs::Finding& finding : diagnosis.findings) write_finding(w, finding);
  w.end_array().field("complete", diagnosis.complete).end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_job(Context& context) {
  auto work = [&] {
    return context.deps.jobs.find(context.principal.tenant, context.parameters[0]);
  };
  auto reading = context.deps.readers.run(work);
  CO_TRY_ASSIGN(const jobs::Job job, co_await std::move(reading));
  co_return job_answer(job);
}

runtime::Task<Result<Answer>> retry_job(Context& context) {
  return change_job(context, &jobs::Queue::retry);
}

runtime::Task<Result<Answer>> cancel_job(Context& context) {
  return change_job(context, &jobs::Queue::cancel);
}

}  // namespace maester::api
