#include "jobs/schedules.h"

#include "codec/json.h"
#include "codec/json_writer.h"
#include "jobs/rows.h"

namespace maester::jobs {
namespace {

#define MAESTER_SCHEDULE_COLUMNS                                                                \
  "tenant, name, timetable, kind, subject, payload, steps, priority, paused, next_at, last_at," \
  " last_job, created_at"

constexpr std::size_t kLongestName = 200;

std::string as_json(const std::vector<std::string>& names) {
  std::string out;
  json::Writer w(out);
  w.begin_array();
  for (const std::string& name : names) w.value(name);
  w.end_array();
  return out;
}

Status check(const Schedule& schedule) {
  if (!schedule.tenant.empty() && !schedule.kind.empty() && !schedule.name.empty() &&
      schedule.name.size() <= kLongestName)
    return {};
  return fail(Code::invalid_request, "A schedule needs a kind and a name of 1 to 200 bytes.",
              "name");
}

Result<Schedule> schedule_from(const store::Statement& row) {
  Schedule out;
  out.tenant = row.text(0);
  out.name = row.text(1);
  out.timetable = row.text(2);
  out.kind = row.text(3);
  out.subject = row.text(4);
  out.payload = row.text(5);
  TRY_ASSIGN(const json::Document steps, json::Document::parse(row.text(6)));
  for (const json::Value step : steps.root()) out.steps.emplace_back(step.string_or(""));
  out.priority = static_cast<Priority>(row.integer(7));
  out.paused = row.integer(8) != 0;
  out.next_at = from_ns(row.integer(9));
  out.last_at = from_ns(row.integer(10));
  out.last_job = row.text(11);
  out.created_at = from_ns(row.integer(12));
  return out;
}

Status write(store::Database& db, const Schedule& s) {
  TRY_ASSIGN(store::Statement put,
             db.prepare("INSERT OR REPLACE INTO job_schedules (" MAESTER_SCHEDULE_COLUMNS
                        ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  put.bind(1, s.tenant).bind(2, s.name).bind(3, s.timetable).bind(4, s.kind).bind(5, s.subject);
  put.bind(6, s.payload).bind(7, as_json(s.steps)).bind(8, static_cast<std::int64_t>(s.priority));
  put.bind(9, std::int64_t{s.paused}).bind(10, to_ns(s.next_at)).bind(11, to_ns(s.last_at));
  return put.bind(12, s.last_job).bind(13, to_ns(s.created_at)).run();
}

Result<std::vector<Schedule>> read_all(store::Statement& row) {
  std::vector<Schedule> out;
  for (;;) {
    TRY_ASSIGN(const bool more, row.step());
    if (!more) return out;
    TRY_ASSIGN(Schedule one, schedule_from(row));
    out.push_back(std::move(one));
  }
}

Result<Schedule> read(store::Database& db, std::string_view tenant, std::string_view name) {
  TRY_ASSIGN(store::Statement row, db.prepare("SELECT " MAESTER_SCHEDULE_COLUMNS
                                              " FROM job_schedules WHERE tenant = ? AND name = ?"));
  TRY_ASSIGN(const bool found, row.bind(1, tenant).bind(2, name).step());
  if (found) return schedule_from(row);
  return fail(Code::not_found, "There is no schedule `" + std::string(name.substr(0, 64)) + "`.");
}

class SqlSchedules final : public Schedules {
 public:
  SqlSchedules(store::LockedDatabase& work, const Clock& clock, Queue& queue)
      : work_(work), clock_(clock), queue_(queue) {}

  Result<Schedule> put(const Schedule& given) override {
    TRY(check(given));
    TRY_ASSIGN(const Timetable timetable, Timetable::parse(given.timetable));
    Schedule next = given;
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      const auto before = read(*db, given.tenant, given.name);
      if (!before && before.error().code != Code::not_found) return fail(before.error());
      const WallTime now = clock_.wall();
      next.created_at = before ? before->created_at : now;
      next.last_at = before ? before->last_at : WallTime{};
      next.last_job = before ? before->last_job : "";
      const bool goes_on = before && !before->paused && before->timetable == given.timetable;
      next.next_at = goes_on ? before->next_at : timetable.next(now, now);
      return write(*db, next);
    }));
    return next;
  }

  Result<Schedule> find(std::string_view tenant, std::string_view name) override {
    const auto db = work_.use();
    return read(*db, tenant, name);
  }

  Result<std::vector<Schedule>> list(std::string_view tenant) override {
    const auto db = work_.use();
    TRY_ASSIGN(store::Statement row,
               db->prepare("SELECT " MAESTER_SCHEDULE_COLUMNS
                           " FROM job_schedules WHERE tenant = ? ORDER BY name"));
    row.bind(1, tenant);
    return read_all(row);
  }

  Status remove(std::string_view tenant, std::string_view name) override {
    const auto db = work_.use();
    TRY(read(*db, tenant, name));
    TRY_ASSIGN(store::Statement gone,
               db->prepare("DELETE FROM job_schedules WHERE tenant = ? AND name = ?"));
    return gone.bind(1, tenant).bind(2, name).run();
  }

  Result<std::vector<Fired>> fire() override {
    std::vector<Fired> fired;
    {
      const auto db = work_.use();
      TRY_ASSIGN(const std::vector<Schedule> due, due_schedules(*db));
      if (due.empty()) return fired;
      TRY(db->transaction([&]() -> Status {
        for (const Schedule& schedule : due) {
          TRY_ASSIGN(Fired one, fire_one(*db, schedule));
          fired.push_back(std::move(one));
        }
        return {};
      }));
    }
    queue_.wake();
    return fired;
  }

 private:
  Result<std::vector<Schedule>> due_schedules(store::Database& db) {
    TRY_ASSIGN(store::Statement row,
               db.prepare("SELECT " MAESTER_SCHEDULE_COLUMNS " FROM job_schedules"
                          " WHERE paused = 0 AND next_at <= ? ORDER BY next_at LIMIT 100"));
    row.bind(1, to_ns(clock_.wall()));
    return read_all(row);
  }

  Result<Fired> fire_one(store::Database& db, Schedule schedule) {
    const WallTime now = clock_.wall();
    NewJob job{.tenant = schedule.tenant,
               .kind = schedule.kind,
               .subject = schedule.subject,
               .payload = schedule.payload,
               .unique_key = "schedule/" + schedule.name,
               .priority = schedule.priority,
               .steps = schedule.steps};
    TRY_ASSIGN(const Queue::Added added, queue_.add(db, job));
    TRY_ASSIGN(const Timetable timetable, Timetable::parse(schedule.timetable));
    schedule.next_at = timetable.next(schedule.next_at, now);
    if (added.created) {
      schedule.last_at = now;
      schedule.last_job = added.id;
    }
    TRY(write(db, schedule));
    return Fired{std::move(schedule), added.created};
  }

  store::LockedDatabase& work_;
  const Clock& clock_;
  Queue& queue_;
};

}  // namespace

std::unique_ptr<Schedules> Schedules::make(store::LockedDatabase& work, const Clock& clock,
                                           Queue& queue) {
  return std::make_unique<SqlSchedules>(work, clock, queue);
}

}  // namespace maester::jobs
