#include "jobs/doctor.h"

#include <algorithm>
#include <array>
#include <map>

#include "jobs/queue_impl.h"
#include "jobs/rows.h"
#include "jobs/rules.h"

namespace maester::jobs {
namespace {

constexpr std::array<std::string_view, 12> kNames = {
    "poison",     "gave_up",    "failed",     "silent",      "no_workers", "paused",
    "no_handler", "tenant_cap", "retry_wait", "budget_wait", "scheduled",  "next"};

// What is known of the tenant's running jobs.
struct Running {
  struct One {
    std::string id, kind, name;  // the name is for a person: `subject` (kind)
  };
  std::vector<One> jobs;
};

using Groups = std::map<std::string, WorkerStatus, std::less<>>;

bool has(const WorkerStatus& group, std::string_view kind) {
  return std::ranges::find(group.kinds, kind) != group.kinds.end();
}

std::string last_error(const Job& job) {
  return job.error ? std::string(to_string(job.error->code)) + ": " + job.error->message
                   : std::string("its last attempt failed");
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string attempts(const Job& job) {
  return std::to_string(job.attempts) + " of " + std::to_string(kMaxAttempts) + " attempts";
}

class Doctor {
 public:
  Doctor(const Groups& groups, const Running& running, WallTime now)
      : groups_(groups), running_(running), now_(now) {}

  Finding look(const Job& job) const {
    Finding out{.id = job.id,
                .kind = job.kind,
                .subject = job.subject,
                .state = job.state,
                .error = job.error};
    switch (job.state) {
      case State::dead:
        ended(job, out);
        break;
      case State::failed:
        out.reason = Reason::failed;
        out.explanation = "Another attempt cannot help (" + last_error(job) +
                          "). Correct what it is about, then retry it.";
        break;
      case State::running:
        out.reason = Reason::silent;
        out.explanation = "Its worker stopped beating; the lease runs out and it is taken back.";
        out.until = job.due_at;  // of a silent job the caller puts the lease's end here
        break;
      default:
        waiting(job, out);
        break;
    }
    return out;
  }

 private:
  void ended(const Job& job, Finding& out) const {
    const bool poison = job.crashes >= kMaxCrashes;
    out.reason = poison ? Reason::poison : Reason::gave_up;
    out.explanation = poison ? "Its worker ended " + std::to_string(job.crashes) +
                                   " times while it ran (" + last_error(job) +
                                   "). It is kept for 30 days; retry it when the cause is gone."
                             : "It gave up after " + attempts(job) + " (" + last_error(job) +
                                   "). It is kept for 30 days; retry it when the cause is gone.";
  }

  void waiting(const Job& job, Finding& out) const {
    const auto say = [&](Reason reason, std::string text) {
      out.reason = reason;
      out.explanation = std::move(text);
    };
    if (job.due_at > now_) out.until = job.due_at;
    if (out.until && job.state == State::retry_wait) {
      const bool budget = job.error && job.error->code == Code::budget_exceeded;
      return say(budget ? Reason::budget_wait : Reason::retry_wait,
                 "Its next attempt is at " + format_rfc3339(job.due_at) + " (" + attempts(job) +
                     " made), because of " + last_error(job) + " To try now, retry it.");
    }
    if (out.until) {
      return say(Reason::scheduled,
                 "It is not to begin before " + format_rfc3339(job.due_at) + ".");
    }
    // Those that would run it; of a kind that none has, those that run the rest.
    const auto group =
        std::ranges::find_if(groups_, [&](const auto& one) { return has(one.second, job.kind); });
    const WorkerStatus none;
    const WorkerStatus& workers = group != groups_.end() ? group->second
                                  : groups_.contains("") ? groups_.find("")->second
                                                         : none;
    if (!workers.started || workers.threads == 0) {
      return say(Reason::no_workers,
                 "No worker runs. Set " +
                     std::string(workers.group.empty() ? "[jobs] workers"
                                                       : "[" + workers.group + "] at_once") +
                     " above 0, or run `maester worker` on this data "
                     "directory while no server has it open.");
    }
    if (workers.paused) {
      return say(Reason::paused,
                 "The workers take nothing new while the process is short of memory. It goes on by "
                 "itself when that is over.");
    }
    if (!has(workers, job.kind)) {
      return say(Reason::no_handler, "This Maester runs no jobs of kind `" + job.kind +
                                         "`. Use the version that made it, or cancel it.");
    }
    std::vector<std::string> names;
    for (const Running::One& one : running_.jobs) {
      if (!has(workers, one.kind)) continue;
      out.behind.push_back(one.id);
      names.push_back(one.name);
    }
    if (names.size() >= workers.per_tenant) {
      return say(Reason::tenant_cap, "The tenant's cap of " + std::to_string(workers.per_tenant) +
                                         " jobs at a time is reached by " + joined(names) + ".");
    }
    out.behind.clear();
    say(Reason::next, "A worker takes it as soon as one is free: " + std::to_string(workers.busy) +
                          " of " + std::to_string(workers.threads) + " are busy.");
  }

  const Groups& groups_;
  const Running& running_;
  const WallTime now_;
};

Result<std::vector<Job>> jobs_in(store::Database& db, std::string_view tenant, State state,
                                 std::size_t limit) {
  TRY_ASSIGN(store::Statement row,
             db.prepare("SELECT " MAESTER_JOB_COLUMNS " FROM jobs"
                        " WHERE tenant = ?1 AND state = ?2 ORDER BY id LIMIT ?3"));
  row.bind(1, tenant).bind(2, to_string(state)).bind(3, static_cast<std::int64_t>(limit));
  std::vector<Job> out;
  for (;;) {
    TRY_ASSIGN(const bool more, row.step());
    if (!more) return out;
    out.push_back(job_from(row));
  }
}

Result<WallTime> lease_end(store::Database& db, const Job& job) {
  TRY_ASSIGN(store::Statement row,
             db.prepare("SELECT lease_until FROM jobs WHERE tenant = ?1 AND id = ?2"));
  TRY(row.bind(1, job.tenant).bind(2, job.id).step());
  return from_ns(row.integer(0));
}

}  // namespace

std::string_view to_string(Reason reason) {
  return kNames[static_cast<std::size_t>(reason)];
}

Result<Diagnosis> QueueImpl::doctor(std::string_view tenant) {
  Diagnosis out;
  Groups groups;
  {
    const std::lock_guard lock(mutex_);
    groups = workers_;
  }
  if (const auto common = groups.find(""); common != groups.end()) out.workers = common->second;
  const WallTime now = clock_.wall();
  std::vector<Job> still;
  Running running;
  {
    const auto db = work_.use();
    TRY_ASSIGN(std::vector<Job> leased, jobs_in(*db, tenant, State::running, kMostFindings));
    for (Job& job : leased) {
      running.jobs.push_back({job.id, job.kind, "`" + job.subject + "` (" + job.kind + ")"});
      TRY_ASSIGN(job.due_at, lease_end(*db, job));
      const auto live = live_.find(job.tenant, job.id);
      const bool silent = live == nullptr || clock_.mono() - live->last_sign() > kSilence;
      if (silent || job.due_at < now) {
        still.push_back(std::move(job));
      } else {
        ++out.running;
      }
    }
    for (const State state : {State::dead, State::failed, State::retry_wait, State::queued}) {
      TRY_ASSIGN(std::vector<Job> some, jobs_in(*db, tenant, state, kMostFindings + 1));
      std::move(some.begin(), some.end(), std::back_inserter(still));
    }
  }
  const Doctor doctor(groups, running, now);
  for (const Job& job : still) {
    Finding finding = doctor.look(job);
    ++out.counts[std::string(to_string(finding.reason))];
    out.findings.push_back(std::move(finding));
  }
  std::stable_sort(out.findings.begin(), out.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.reason < b.reason; });
  out.complete = out.findings.size() <= kMostFindings;
  if (!out.complete) out.findings.resize(kMostFindings);
  return out;
}

}  // namespace maester::jobs
