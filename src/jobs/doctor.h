// Why jobs do not move, as data: one finding for each job of a tenant that is not running and not
// done, with the reason, what it waits for and what to do.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/lease.h"
#include "jobs/queue.h"

namespace maester::jobs {

enum class Reason : std::uint8_t {
  poison,       // dead: its worker died over it
  gave_up,      // dead: all attempts failed
  failed,       // the input is at fault
  silent,       // running, but its worker stopped beating
  no_workers,   // this process runs none
  paused,       // the workers take nothing new
  no_handler,   // nobody here runs its kind
  tenant_cap,   // as many of the tenant's jobs run as may
  retry_wait,   // for the next attempt
  budget_wait,  // for money
  scheduled,    // not before its time
  next          // a worker takes it as soon as one is free
};
std::string_view to_string(Reason reason);

struct Finding {
  std::string id{}, kind{}, subject{};
  State state = State::queued;
  Reason reason = Reason::next;
  std::string explanation{};          // what it waits for, and what helps
  std::optional<WallTime> until{};    // when it moves by itself at the latest
  std::vector<std::string> behind{};  // ids of the jobs that it waits for
  std::optional<Error> error{};       // of its last attempt
};

struct Diagnosis {
  WorkerStatus workers;
  std::int64_t running = 0;                    // jobs that move
  std::map<std::string, std::int64_t> counts;  // how many stand still, by reason
  std::vector<Finding> findings;               // the worst first; see kMostFindings
  bool complete = true;                        // false: there are more than these
};
inline constexpr std::size_t kMostFindings = 500;

}  // namespace maester::jobs
