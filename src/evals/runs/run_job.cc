#include "evals/runs/run_job.h"

#include "codec/json.h"
#include "evals/runs/case_work.h"
#include "evals/runs/run_loop.h"

namespace maester::evals {
namespace {

bool has_ended(RunState state) {
  return state != RunState::queued && state != RunState::running;
}

// Fails when what stands under the candidate's names is not what it was: answers of two models are
// no evidence about either.
Status unchanged(const RunServices& services, const Run& run, const RunSpec& spec) {
  if (spec.recorded || !spec.rescore_of.empty()) return {};
  RunSpec pinned = spec;
  pinned.dataset.version = run.dataset_version;
  if (const auto prompt = run.candidate.find("prompt"); prompt != run.candidate.end()) {
    pinned.prompt_version = prompt->second.substr(prompt->second.rfind('@') + 1);
    pinned.prompt_label.clear();
  }
  TRY_ASSIGN(const Candidate now, services.starter.candidate_of(run.tenant, run.key_id, pinned));
  for (const auto& [name, value] : run.candidate) {
    // The run needs a part of the one only; the other is told of documents, which come and go.
    if (name == "config" || name == "parser") continue;
    const auto found = now.find(name);
    if (found != now.end() && found->second == value) continue;
    return fail(Code::conflict,
                "The run's " + name + " was changed while it was under way: it was `" + value +
                    "` and is `" + (found == now.end() ? std::string() : found->second) +
                    "`. Start another run.");
  }
  return {};
}

// What the job fails with for a run that failed for good: never a code that the queue would wait
// out.
std::unexpected<Error> for_good(Error error) {
  if (!jobs::is_permanent(error.code)) error.code = Code::unprocessable;
  return fail(std::move(error));
}

}  // namespace

Result<std::string> RunJob::run(jobs::Run& job) {
  const std::string& tenant = job.job().tenant;
  TRY_ASSIGN(const json::Document payload, json::Document::parse(job.job().payload));
  const std::string id(payload.root().get("run").string_or(""));
  TRY_ASSIGN(const Run run, services_.runs.find(tenant, id));
  if (has_ended(run.state)) return std::string();  // it ended, and the job did not get to say so
  const auto fence = [&](store::Database& db) { return job.fence(db); };
  const auto fail_run = [&](const Error& error) -> Result<std::string> {
    TRY(services_.runs.finish(run, RunState::failed, error, fence));
    return for_good(error);
  };
  const auto body = json::Document::parse(run.spec);
  if (!body) return fail_run(body.error());
  const auto spec = read_run_spec(body->root());
  if (!spec) return fail_run(spec.error());
  const auto dataset = services_.datasets.find(tenant, run.dataset);
  if (!dataset) return fail_run(dataset.error());
  if (const Status same = unchanged(services_, run, *spec); !same) return fail_run(same.error());
  TRY_ASSIGN(const RunStore::Work before, services_.runs.work(run));
  TRY(services_.runs.set_running(run, fence));
  Asking asking(services_.loopback);
  TRY_ASSIGN(const auto work, CaseWork::make(services_, run, *spec, before.attempt, asking));
  auto evaluated = job.step("evaluate", [&]() -> Result<std::string> {
    RunLoop loop(services_, run, *dataset, *work, asking,
                 {.concurrency = spec->concurrency,
                  .repeats = spec->repeats,
                  .everything = spec->everything,
                  .total = before.cases},
                 before);
    const Status ended = loop.work(job);
    if (ended) return std::string();
    // A budget of the tenant's may be there again later; the run's own ceiling may not.
    const bool waits = !jobs::is_permanent(ended.error().code) && !loop.ceiling_reached() &&
                       ended.error().code != Code::unauthenticated;
    if (waits) return fail(ended.error());
    return fail_run(ended.error());
  });
  if (!evaluated) return evaluated;
  if (const Status same = unchanged(services_, run, *spec); !same) return fail_run(same.error());
  TRY(services_.runs.finish(run, RunState::succeeded, {}, fence));
  return R"({"run":")" + run.id + R"("})";
}

}  // namespace maester::evals
