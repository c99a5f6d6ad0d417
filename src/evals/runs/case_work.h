// One case of a run: its answer, from a model, another run or a record, and its grade. Used by
// several threads of one run at once. Inside of evals/runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evals/assertion.h"
#include "evals/loopback_port.h"
#include "evals/runs/asking.h"
#include "evals/runs/case_ask.h"
#include "evals/runs/run_job.h"

namespace maester::evals {

struct CaseTask {
  std::shared_ptr<const Case> one;
  std::int64_t repeat = 0;
  std::int64_t tries = 0;  // refusals for being too fast, so far
};

// What came of a task.
struct CaseOutcome {
  enum class Kind : std::uint8_t {
    done,     // `result` is there
    later,    // too fast: to be asked again after `retry_after`
    stopped,  // the process or the run stops: not asked to the end
    ended     // the whole run cannot go on: `error`
  } kind = Kind::done;
  CaseResult result{};
  std::optional<milliseconds> retry_after{};
  Error error{};
};

class CaseWork {
 public:
  // Everything outlives it. Fails when the run's assertions cannot be read.
  static Result<std::unique_ptr<CaseWork>> make(const RunServices& services, const Run& run,
                                                RunSpec spec, std::int64_t attempt, Asking& asking);
  // Blocking.
  CaseOutcome evaluate(const CaseTask& task) const;

 private:
  CaseWork(const RunServices& services, const Run& run, RunSpec spec, std::int64_t attempt,
           Asking& asking)
      : services_(services),
        run_(run),
        spec_(std::move(spec)),
        attempt_(attempt),
        asking_(asking) {}
  CaseOutcome ask(const CaseTask& task) const;
  CaseOutcome from_run(const CaseTask& task) const;
  CaseOutcome from_record(const CaseTask& task) const;
  CaseOutcome judged(const CaseTask& task, const CaseAnswer& answer) const;
  std::string rendered(const Case& one) const;
  std::string key(const CaseTask& task) const;

  const RunServices& services_;
  const Run& run_;
  RunSpec spec_;
  std::int64_t attempt_;
  Asking& asking_;
  std::unique_ptr<ModelPort> registry_;
  std::string prompt_version_, index_version_;
  std::vector<Assertion> assertions_;
};

}  // namespace maester::evals
