#include "evals/runs/scheduled_job.h"

#include <array>

#include "codec/json_object.h"
#include "evals/runs/run_spec.h"
#include "jobs/timetable.h"

namespace maester::evals {

std::string schedule_key(std::string_view name) {
  return "eval/" + std::string(name);
}

Result<jobs::Schedule> read_schedule(std::string_view tenant, std::string_view key_id,
                                     json::Value body) {
  static constexpr std::array<std::string_view, 4> kKnown{"name", "timetable", "run", "paused"};
  TRY(json::only_known(body, kKnown));
  TRY_ASSIGN(const std::string_view name, body.get("name").as_string());
  TRY(check_dataset_name(name));
  TRY_ASSIGN(const RunSpec spec, read_run_spec(body.get("run")));
  if (!spec.rescore_of.empty() || spec.recorded)
    return fail(Code::invalid_request, "A schedule asks models: `run` cannot be of stored answers.",
                "run");
  jobs::Schedule out;
  out.tenant = tenant;
  out.name = schedule_key(name);
  TRY_ASSIGN(out.timetable, body.get("timetable").as_string());
  TRY(jobs::Timetable::parse(out.timetable));
  out.kind = kScheduledKind;
  out.subject = name;
  json::Writer w(out.payload);
  w.begin_object().field("key_id", key_id).raw_field("run", body.get("run").raw()).end_object();
  if (const json::Value paused = body.get("paused"); !paused.empty()) {
    TRY_ASSIGN(out.paused, paused.as_bool());
  }
  return out;
}

void write_schedule(json::Writer& w, const jobs::Schedule& schedule) {
  w.begin_object().field("name", schedule.subject).field("timetable", schedule.timetable);
  w.field("paused", schedule.paused).field("next_at", format_rfc3339(schedule.next_at));
  if (schedule.last_at != WallTime{}) w.field("last_at", format_rfc3339(schedule.last_at));
  w.optional_field("last_job", schedule.last_job);
  if (const auto payload = json::Document::parse(schedule.payload); payload) {
    w.field("key_id", payload->root().get("key_id").string_or(""));
    w.raw_field("run", payload->root().get("run").raw());
  }
  w.end_object();
}

Result<std::string> ScheduledJob::run(jobs::Run& job) {
  TRY_ASSIGN(const json::Document payload, json::Document::parse(job.job().payload));
  TRY_ASSIGN(const RunSpec spec, read_run_spec(payload.root().get("run")));
  const std::string key_id(payload.root().get("key_id").string_or(""));
  TRY_ASSIGN(RunStarter::Prepared prepared, starter_.prepare(job.job().tenant, key_id, spec));
  // One transaction with the step: fired once, one run, whatever dies in between.
  auto made = job.commit("start", [&](store::Database& db) -> Result<std::string> {
    TRY_ASSIGN(const Run run, runs_.create(db, prepared.run, prepared.answers, prepared.max_cost));
    return R"({"run":")" + run.id + R"("})";
  });
  runs_.wake();
  return made;
}

}  // namespace maester::evals
