// Jobs that repeat: a durable object with a timetable and its next time. Firing adds the job and
// moves the next time on in one transaction: it fires once, also over a crash. What was missed
// while no process ran fires once, then the timetable goes on. While the job of an earlier time
// lives, a time is passed over. Thread-safe; blocking SQL.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/queue.h"
#include "jobs/timetable.h"

namespace maester::jobs {

struct Schedule {
  std::string tenant, name;
  std::string timetable;  // timetable.h
  std::string kind{}, subject{}, payload{};
  std::vector<std::string> steps{};
  Priority priority = Priority::normal;
  bool paused = false;
  WallTime next_at{};
  WallTime last_at{};      // 0 = it never fired
  std::string last_job{};  // the id, "" = none
  WallTime created_at{};
};

class Schedules {
 public:
  static std::unique_ptr<Schedules> make(store::LockedDatabase& work, const Clock& clock,
                                         Queue& queue);
  virtual ~Schedules() = default;
  // Makes it, or replaces the one of that name (its next time is counted anew when the timetable
  // is another or it was paused). Code::invalid_request for a timetable that is none.
  virtual Result<Schedule> put(const Schedule& schedule) = 0;
  virtual Result<Schedule> find(std::string_view tenant, std::string_view name) = 0;
  virtual Result<std::vector<Schedule>> list(std::string_view tenant) = 0;  // by name
  virtual Status remove(std::string_view tenant, std::string_view name) = 0;

  struct Fired {
    Schedule schedule;  // as it stands now
    bool added = true;  // false: the job of an earlier time still lives
  };
  // Those whose time has come; the workers' timekeeper calls it.
  virtual Result<std::vector<Fired>> fire() = 0;
};

}  // namespace maester::jobs
