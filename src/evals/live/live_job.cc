#include "evals/live/live_job.h"

#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>

#include "base/hash.h"
#include "base/utf8.h"
#include "codec/json_writer.h"
#include "evals/live/watcher.h"
#include "evals/loopback_port.h"
#include "gateway/pipeline/capture.h"

namespace maester::evals {
namespace {

constexpr std::size_t kAtOnce = 16;  // between two signs of life
constexpr std::size_t kThreads = 8;  // graders are waited for

// What the captured request was asked and answered, as assertions see it.
Value variables_of(json::Value request) {
  Value vars =
      request.get("variables").is_object() ? from_json(request.get("variables")) : Value::object();
  const std::string_view prompt = request.get("rendered_prompt").string_or("");
  for (const std::string_view name : {"prompt", "question"}) {
    if (!vars.get(name).exists()) vars.set(name, Value::of(prompt));
  }
  return vars;
}

std::string score_text(double score) {
  std::string out;
  json::Writer(out).value(score);
  return out;
}

// The same for the same rule, request and metric: what is said twice counts once.
std::string feedback_id(const LiveTask& task, std::string_view metric) {
  const std::string hex = sha256_hex(task.tenant + "\n" + task.rule + "\n" + task.request_id +
                                     "\n" + std::string(metric));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-8" + hex.substr(13, 3) + "-a" +
         hex.substr(17, 3) + "-" + hex.substr(20, 12);
}

runtime::Task<void> append(store::Journal& journal, std::string payload, Status& done) {
  auto appending = store::append_durably(journal, runtime::Core::current()->index(),
                                         store::RecordKind::feedback, payload);
  done = co_await std::move(appending);
}

}  // namespace

struct LiveJob::Captured {
  json::Document document;
  meter::Settlement settlement;
  json::Value request() const { return document.root().get("record").get("request"); }
  json::Value response() const { return document.root().get("record").get("response"); }
};

struct LiveJob::Outcome {
  Grading grading;
  GradeSpend spend;
};

Result<std::string> LiveJob::run(jobs::Run& run) {
  std::int64_t ended = 0;
  for (;;) {
    TRY_ASSIGN(const auto tasks, parts_.live.waiting(run.job().id, kAtOnce));
    if (tasks.empty()) break;
    TRY(see_to_all(run, tasks));
    ended += static_cast<std::int64_t>(tasks.size());
    TRY(run.progress(ended, 0));
  }
  TRY(parts_.live.purge());
  std::string out;
  json::Writer(out).begin_object().field("attempts", ended).end_object();
  return out;
}

Status LiveJob::see_to_all(jobs::Run& run, const std::vector<LiveTask>& tasks) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Status first;  // guarded by the mutex
  const auto work = [&] {
    for (;;) {
      const std::size_t i = next.fetch_add(1);
      if (i >= tasks.size()) return;
      Status done = run.stopped() ? Status(fail(Code::cancelled, "The process stops."))
                                  : see_to(run, tasks[i]);
      if (done) continue;
      const std::lock_guard lock(mutex);
      if (first) first = std::move(done);
      return;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(kThreads, tasks.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& one : threads) one.join();
  return first;
}

Result<LiveJob::Captured> LiveJob::captured(const LiveTask& task) const {
  TRY_ASSIGN(const meter::RequestRow row, parts_.usage.tenant(task.tenant).find(task.request_id));
  if (!row.capture) return fail(Code::replay_not_captured, "The request's bodies were not kept.");
  TRY_ASSIGN(const store::Record record, parts_.journal.read_at(*row.capture));
  TRY_ASSIGN(const meter::Capture capture, meter::decode_capture(record.payload));
  TRY_ASSIGN(const std::string text,
             parts_.vault.open_sealed(gateway::capture_place(task.tenant, task.request_id),
                                      capture.sealed));
  Captured out;
  TRY_ASSIGN(out.document, json::Document::parse(text));
  TRY_ASSIGN(const store::Record settled, parts_.journal.read_at(row.settlement));
  TRY_ASSIGN(out.settlement, meter::decode_settlement(settled.payload));
  return out;
}

LiveJob::Outcome LiveJob::judge(const LiveTask& task, const LiveRule& rule,
                                const Captured& request) {
  Outcome out;
  const auto port = loopback_port(parts_.loopback, parts_.prompts,
                                  {.tenant = task.tenant, .key_id = rule.key_id});
  Graders graders(*port, {.text = rule.grader, .embedding = ""}, cache_.get());
  Answer answer;
  answer.output = Value::of(request.response().get("content").string_or(""));
  answer.latency = milliseconds{request.settlement.duration_ms};
  answer.cost = request.settlement.cost;
  const Value vars = variables_of(request.request());
  const std::string prompt(request.request().get("rendered_prompt").string_or(""));
  out.grading = grade_all(rule.assertions, rule.threshold,
                          {.output = answer.output,
                           .answer = answer,
                           .vars = vars,
                           .prompt = prompt,
                           .provider_config = Value(),
                           .graders = &graders,
                           .spend = &out.spend});
  return out;
}

// Durable before the task's end is.
Status LiveJob::say(const LiveTask& task, const Outcome& outcome) const {
  meter::Feedback said{.id = "",
                       .request_id = task.request_id,
                       .tenant = task.tenant,
                       .at = parts_.clock.wall(),
                       .name = task.rule,
                       .value = outcome.grading.pass ? "true" : "false",
                       .comment = std::string(utf8::truncate(outcome.grading.reason, 2000)),
                       .source = "rule:" + task.rule};
  std::vector<meter::Feedback> all{said};
  said.comment.clear();
  said.value = score_text(outcome.grading.score);
  said.name = task.rule + "/score";
  all.push_back(said);
  for (const Grading::Named& one : outcome.grading.named) {
    said.name = task.rule + "/" + one.name;
    said.value = score_text(one.score);
    all.push_back(said);
  }
  for (meter::Feedback& one : all) {
    one.id = feedback_id(task, one.name);
    Status done;
    runtime::run_blocking(parts_.cores.at(0), append(parts_.journal, meter::encode(one), done));
    TRY(done);
  }
  parts_.usage.wake();
  return {};
}

Status LiveJob::end(jobs::Run& run, const LiveTask& task, TaskState state, const LiveCounts& counts,
                    const Review* review) {
  const auto db = parts_.work.use();
  return db->transaction([&]() -> Status {
    TRY(run.get_on(*db));  // a process that dies now and then does not make it poison
    if (review != nullptr) TRY(parts_.reviews.add(*db, *review));
    return parts_.live.end(*db, task, state, counts);
  });
}

std::mutex& LiveJob::purse(const LiveTask& task) {
  const std::lock_guard lock(mutex_);
  return purses_[task.tenant + "\n" + task.rule];
}

Status LiveJob::see_to(jobs::Run& run, const LiveTask& task) {
  const auto rule = parts_.live.find(task.tenant, task.rule);
  if (!rule) return end(run, task, TaskState::done, {}, nullptr);  // taken away meanwhile
  // What one grading costs is known after it: one at a time, so that at most the last goes over.
  std::unique_lock<std::mutex> held;
  if ((*rule)->max_cost_per_day) {
    held = std::unique_lock(purse(task));
    TRY_ASSIGN(const FemtoUsd spent, parts_.live.spent_today(task.tenant, task.rule));
    if (spent >= *(*rule)->max_cost_per_day)
      return end(run, task, TaskState::over_budget, {.skipped = 1, .cost = {}}, nullptr);
  }
  const auto request = captured(task);
  if (!request) {
    const bool gone = request.error().code == Code::replay_not_captured ||
                      request.error().code == Code::not_found;
    if (!gone) return fail(request.error());
    return end(run, task, TaskState::not_captured, {.skipped = 1, .cost = {}}, nullptr);
  }
  const Outcome outcome = judge(task, **rule, *request);
  if (run.stopped()) return fail(Code::cancelled, "The process stops.");
  LiveCounts counts{.cost = outcome.spend.cost};
  // A grader that answers nonsense has judged nothing.
  if (outcome.grading.error) {
    const bool last = task.attempts + 1 >= LiveStore::kAttempts;
    counts.errors = last ? 1 : 0;
    return end(run, task, last ? TaskState::not_graded : TaskState::waits, counts, nullptr);
  }
  counts.evaluated = 1;
  (outcome.grading.pass ? counts.passed : counts.failed) = 1;
  TRY(say(task, outcome));
  std::optional<Review> review;
  if (!outcome.grading.pass && (*rule)->review == ReviewWhen::failed) {
    review = review_of(request->settlement, ReviewOrigin::sampled);
    review->source = task.rule;
    review->reason = utf8::truncate(outcome.grading.reason, 500);
    review->needed = (*rule)->reviewers;
    review->verdicts.push_back({task.rule, false, std::llround(outcome.grading.score * 1e6)});
  }
  return end(run, task, TaskState::done, counts, review ? &*review : nullptr);
}

}  // namespace maester::evals
