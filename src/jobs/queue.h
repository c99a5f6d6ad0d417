// Durable jobs: what was acknowledged ends, once, whatever stops in between. In a database of their
// own users' (work.db), so that a job and what it is about are one transaction.
//
//   queued --> running(lease, epoch) --> succeeded | failed (permanent) | cancelled
//                  |    ^
//                  v    | attempt^4 s
//              retry_wait --> dead (gave up; kept 30 days, retried by hand with the same id)
//
// Thread-safe; blocking SQL, never on a core's thread. Numbers: RULES.md §12.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/tenant_rows.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/locked_database.h"

namespace maester::jobs {

enum class State : std::uint8_t {
  queued,
  running,
  retry_wait,
  succeeded,
  failed,  // permanent: another try cannot help
  dead,    // gave up after its attempts, or its worker died too often
  cancelled
};
std::string_view to_string(State state);
std::optional<State> parse_state(std::string_view name);

enum class Priority : std::uint8_t { high, normal, low };

struct NewJob {
  std::string tenant{};
  std::string kind{};     // names its handler: "ingest", "reindex", ...
  std::string subject{};  // what it is about, for lists: "handbook/policy.pdf"
  std::string payload{};  // JSON, the handler's own
  std::string
      unique_key{};  // "" = none; a live job of the tenant with this key stands for this one
  Priority priority = Priority::normal;
  std::optional<WallTime> not_before{};
  std::vector<std::string> steps{};  // known from the start: shown as queued, counted by progress()
  std::string trace_id{};            // "" = one of its own
};

struct Step {
  std::string name{};
  State state = State::queued;
  WallTime started_at{};
  std::chrono::milliseconds duration{0};
  std::optional<Error> error{};
  std::int64_t done = 0, total = 0;  // of its own units; total 0 = not known
};

struct Job {
  std::string id, tenant, kind, subject, payload, unique_key;
  State state = State::queued;
  Priority priority = Priority::normal;
  std::int64_t attempts = 0;  // begun, the running one included
  std::int64_t crashes = 0;   // of its worker, since a step last ended well
  std::vector<Step> steps;
  std::optional<Error> error{};  // of its last attempt
  std::string result;            // JSON, the handler's own; "" = none
  std::string trace_id;
  WallTime created_at{}, updated_at{};
  WallTime due_at{};        // not before then
  WallTime ended_at{};      // 0 = it lives
  double progress() const;  // 0..1, out of the steps; 1 when it succeeded and never before
};

class Leases;
class Schedules;
struct Diagnosis;

// Erasing a tenant takes its jobs and schedules (access/tenant_rows.h).
class Queue : public access::TenantRows {
 public:
  // Takes back what a process that ended had leased: a crash of each such job. REQUIRES: no other
  // process uses the file; all that is given outlives the queue.
  static Result<std::unique_ptr<Queue>> open(store::LockedDatabase& work, const Clock& clock,
                                             Random& random);

  struct Added {
    std::string id;
    bool created = true;  // false: a live job with its unique_key was there
  };
  // Inside the caller's transaction on the same database; call wake() after it is committed.
  virtual Result<Added> add(store::Database& work, const NewJob& job) = 0;
  virtual void wake() = 0;

  virtual Result<Job> find(std::string_view tenant, std::string_view id) = 0;  // Code::not_found
  struct Page {
    std::vector<Job> jobs;  // newest first
    std::string next_cursor;
  };
  virtual Result<Page> list(std::string_view tenant, std::optional<State> state,
                            std::string_view cursor, std::size_t limit) = 0;
  // In any live state, and final at once: a running handler commits nothing from here on (its fence
  // is shut) and stops at its next check. Code::conflict once the job ended otherwise.
  virtual Result<Job> cancel(std::string_view tenant, std::string_view id) = 0;
  // The same inside the caller's transaction; call wake() after it is committed.
  virtual Result<Job> cancel(store::Database& work, std::string_view tenant,
                             std::string_view id) = 0;
  // Runs again what is dead, failed or cancelled, with its id and what its steps kept; what waits
  // for its next attempt runs now. Code::conflict otherwise, and when another live job has its
  // unique_key.
  virtual Result<Job> retry(std::string_view tenant, std::string_view id) = 0;
  // Why the tenant's jobs do not move (doctor.h).
  virtual Result<Diagnosis> doctor(std::string_view tenant) = 0;

  virtual Schedules& schedules() = 0;
  virtual Leases& leases() = 0;  // the workers' side
};

}  // namespace maester::jobs
