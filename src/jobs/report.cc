#include "jobs/report.h"

#include <array>

namespace maester::jobs {
namespace {

constexpr std::array kDurations = {0.01, 0.05, 0.1,   0.5,    1.0,   5.0,
                                   15.0, 60.0, 300.0, 1800.0, 7200.0};
constexpr std::chrono::seconds kTroubleEvery{10};

double seconds(nanoseconds t) {
  return std::chrono::duration<double>(t).count();
}

std::int64_t whole_ms(nanoseconds t) {
  return std::chrono::duration_cast<milliseconds>(t).count();
}

obs::Level level_of(State state) {
  if (state == State::dead) return obs::Level::error;
  return state == State::failed || state == State::retry_wait ? obs::Level::warn : obs::Level::info;
}

}  // namespace

Report::Report(const Clock& clock, Random& random, obs::Log& log, obs::Registry& metrics,
               telemetry::SpanStore& spans)
    : clock_(clock), log_(log), metrics_(metrics), spans_(spans), ids_(clock, random) {}

void Report::count(std::string_view kind, State state) {
  metrics_
      .counter("maester_job_attempts_ended_total", "Attempts at jobs, by what the job was after.",
               {{"kind", std::string(kind)}, {"state", std::string(to_string(state))}})
      .add();
}

Report::Attempt::Attempt(Report& report, const Job& job)
    : report_(report),
      job_(job),
      started_(report.clock_.wall()),
      trace_(TraceId::parse(job.trace_id).value_or(TraceId{}), {}, true) {
  const std::vector<obs::Label> kind{{"kind", job.kind}};
  report.metrics_.counter("maester_job_attempts_total", "Attempts at jobs that were begun.", kind)
      .add();
  report.metrics_
      .histogram("maester_job_wait_seconds", "From when a job was due to when an attempt began.",
                 kDurations, kind)
      .record(std::max(0.0, seconds(started_ - job.due_at)));
  report.log_.event(obs::Level::info, "job_started")
      .field("job_id", job.id)
      .field("kind", job.kind)
      .field("tenant", job.tenant)
      .field("attempt", job.attempts)
      .field("trace_id", job.trace_id);
  const std::lock_guard lock(report.mutex_);
  trace_.begin(report.ids_.span_id(), -1, "job " + job.kind, obs::SpanKind::internal, started_);
}

void Report::Attempt::step(const Step& step, WallTime ended) {
  const std::lock_guard lock(report_.mutex_);
  const std::size_t index =
      trace_.begin(report_.ids_.span_id(), 0, step.name, obs::SpanKind::internal, step.started_at);
  obs::Span& span = trace_.at(index);
  span.end = ended;
  if (step.total > 0) span.attributes.push_back({"maester.job.step.done", step.done});
  if (!step.error) return;
  span.status = obs::SpanStatus::error;
  span.attributes.push_back({"error.type", std::string(to_string(step.error->code))});
}

void Report::Attempt::end(const Job* after, const Error* error) {
  const WallTime now = report_.clock_.wall();
  const std::string_view state = after != nullptr ? to_string(after->state) : "lost";
  obs::Span& root = trace_.at(0);
  root.end = now;
  root.status = error != nullptr ? obs::SpanStatus::error : obs::SpanStatus::ok;
  root.attributes = {{"maester.job.id", job_.id},
                     {"maester.job.kind", job_.kind},
                     {"maester.job.attempt", job_.attempts},
                     {"maester.job.state", std::string(state)},
                     {"maester.tenant", job_.tenant}};
  if (error != nullptr)
    root.attributes.push_back({"error.type", std::string(to_string(error->code))});
  if (after != nullptr) report_.count(job_.kind, after->state);
  report_.metrics_
      .histogram("maester_job_attempt_duration_seconds", "How long attempts at jobs took.",
                 kDurations, {{"kind", job_.kind}})
      .record(seconds(now - started_));
  {
    obs::LogEvent line = report_.log_.event(
        after != nullptr ? level_of(after->state) : obs::Level::warn, "job_finished");
    line.field("job_id", job_.id).field("kind", job_.kind).field("tenant", job_.tenant);
    line.field("state", state).field("attempt", job_.attempts);
    line.field("duration_ms", whole_ms(now - started_)).field("trace_id", job_.trace_id);
    if (error != nullptr) {
      line.field("error", to_string(error->code)).field("reason", error->message);
      if (!error->detail.empty()) line.field("detail", error->detail);
    }
    if (after != nullptr && after->state == State::retry_wait) {
      line.field("next_attempt", format_rfc3339(after->due_at));
    }
  }
  const auto id = Uuid::parse(job_.id);
  report_.spans_.record({job_.tenant, id.value_or(Uuid{}), std::move(trace_)});
}

void Report::took_back(const Job& job) {
  count(job.kind, job.state);
  log_.event(level_of(job.state), "job_taken_back")
      .field("job_id", job.id)
      .field("kind", job.kind)
      .field("tenant", job.tenant)
      .field("state", to_string(job.state))
      .field("reason", job.error ? std::string_view(job.error->message) : "");
}

void Report::fired(std::string_view tenant, std::string_view name, std::string_view job,
                   bool added) {
  log_.event(added ? obs::Level::info : obs::Level::warn,
             added ? "schedule_fired" : "schedule_passed_over")
      .field("tenant", tenant)
      .field("schedule", name)
      .field("job_id", job);
}

void Report::purged(std::int64_t jobs) {
  if (jobs > 0) log_.event(obs::Level::info, "jobs_purged").field("jobs", jobs);
}

void Report::trouble(std::string_view doing, const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    const MonoTime now = clock_.mono();
    if (told_trouble_ != MonoTime{} && now - told_trouble_ < kTroubleEvery) return;
    told_trouble_ = now;
  }
  log_.event(obs::Level::error, "job_queue_failed")
      .field("doing", doing)
      .field("reason", error.message)
      .field("detail", error.detail);
}

void Report::gauges(const std::vector<Gauge>& now) {
  const std::lock_guard lock(mutex_);
  for (auto& [series, there] : seen_) there = false;
  std::map<std::string, WallTime> oldest;
  const auto set = [&](const std::string& kind, State state, std::int64_t jobs) {
    metrics_
        .gauge("maester_jobs", "Jobs that have not ended.",
               {{"kind", kind}, {"state", std::string(to_string(state))}})
        .set(jobs);
  };
  const auto age = [&](const std::string& kind, std::int64_t s) {
    metrics_
        .gauge("maester_jobs_oldest_due_seconds",
               "How long the job has waited that waits longest, of those that are due.",
               {{"kind", kind}})
        .set(s);
  };
  for (const Gauge& gauge : now) {
    set(gauge.kind, gauge.state, gauge.jobs);
    seen_[{gauge.kind, gauge.state}] = true;
    if (gauge.state == State::running) continue;
    auto& first = oldest.try_emplace(gauge.kind, gauge.oldest_due).first->second;
    first = std::min(first, gauge.oldest_due);
  }
  for (const auto& [series, there] : seen_) {
    if (!there) set(series.first, series.second, 0);
    if (!oldest.contains(series.first)) age(series.first, 0);
  }
  for (const auto& [kind, due] : oldest) {
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall() - due);
    age(kind, std::max<std::int64_t>(0, waited.count()));
  }
}

void Report::workers(const WorkerStatus& status) {
  const std::string name = "maester_" + (status.group.empty() ? "job" : status.group) + "_workers";
  metrics_.gauge(name, "Threads that run jobs.").set(static_cast<std::int64_t>(status.threads));
  metrics_.gauge(name + "_busy", "Threads that run a job now.")
      .set(static_cast<std::int64_t>(status.busy));
}

}  // namespace maester::jobs
