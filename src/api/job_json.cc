#include "api/job_json.h"

namespace maester::api {
namespace {

void write_error(json::Writer& w, const std::optional<Error>& error) {
  if (!error) return;
  w.key("error").begin_object().field("code", to_string(error->code));
  w.field("message", error->message).end_object();
}

void write_time(json::Writer& w, std::string_view name, WallTime at) {
  if (at != WallTime{}) w.field(name, format_rfc3339(at));
}

std::string_view name_of(jobs::Priority priority) {
  if (priority == jobs::Priority::high) return "high";
  return priority == jobs::Priority::low ? "low" : "normal";
}

void write_step(json::Writer& w, const jobs::Step& step) {
  w.begin_object().field("name", step.name).field("state", jobs::to_string(step.state));
  write_time(w, "started_at", step.started_at);
  w.field("duration_ms", std::int64_t{step.duration.count()});
  if (step.total > 0) w.field("done", step.done).field("total", step.total);
  write_error(w, step.error);
  w.end_object();
}

}  // namespace

void write_job(json::Writer& w, const jobs::Job& job) {
  w.begin_object().field("id", job.id).field("kind", job.kind);
  w.optional_field("subject", job.subject).field("state", jobs::to_string(job.state));
  w.field("priority", name_of(job.priority)).field("attempts", job.attempts).key("steps");
  w.begin_array();
  for (const jobs::Step& step : job.steps) write_step(w, step);
  w.end_array().field("progress", job.progress());
  write_error(w, job.error);
  if (!job.result.empty()) w.raw_field("result", job.result);
  write_time(w, "created_at", job.created_at);
  write_time(w, "updated_at", job.updated_at);
  if (job.state == jobs::State::queued || job.state == jobs::State::retry_wait)
    write_time(w, "due_at", job.due_at);
  write_time(w, "ended_at", job.ended_at);
  w.field("trace_id", job.trace_id).end_object();
}

}  // namespace maester::api
