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

#include "base/clock.h"
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
  std::string tenant;
  std::string kind;        // names its handler: "ingest", "reindex", ...
  std::string subject;     // what it is about, for lists: "handbook/policy.pdf"
  std::string payload;     // JSON, the handler's own
  std::string unique_key;  // "" = none; a live job of the tenant with this key stands for this one
  Priority priority = Priority::normal;
  std::optional<WallTime> not_before;
};

struct Step {
  std::string name;
  State state = State::queued;
  WallTime started_at{};
  std::chrono::milliseconds duration{0};
  std::optional<Error> error;
  std::int64_t done = 0, total = 0;  // of its own units; total 0 = not known
};

struct Job {
  std::string id, tenant, kind, subject, payload, unique_key;
  State state = State::queued;
  Priority priority = Priority::normal;
  std::int64_t attempts = 0;
  std::vector<Step> steps;
  std::optional<Error> error;  // of its last attempt
  std::string result;          // JSON, the handler's own; "" = none
  std::string trace_id;
  WallTime created_at{}, updated_at{}, due_at{};
  double progress() const;  // 0..1, out of the steps
};

class Queue {
 public:
  static Result<std::unique_ptr<Queue>> open(store::LockedDatabase& work, const Clock& clock);
  virtual ~Queue() = default;

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
  // Code::conflict in a state that does not allow it. A running job stops at its next check.
  virtual Result<Job> cancel(std::string_view tenant, std::string_view id) = 0;
  virtual Result<Job> retry(std::string_view tenant, std::string_view id) = 0;
};

}  // namespace maester::jobs
