// The runs that decide a gate, found and judged. Thread-safe; blocking.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "evals/gates/gate.h"
#include "evals/gates/verdict.h"
#include "evals/runs/results.h"

namespace maester::evals {

// The newest version of a dataset; Code::not_found for one that is not there.
using LatestVersion =
    std::function<Result<std::int64_t>(std::string_view tenant, std::string_view dataset)>;

class Evidence {
 public:
  Evidence(RunResults& results, LatestVersion latest, const Clock& clock)
      : results_(results), latest_(std::move(latest)), clock_(clock) {}

  // Of the newest whole run that is of this candidate, on the gate's dataset in its version (the
  // newest one where the gate names none), young enough. Without one: a verdict that refuses and
  // says what is missing. `live`: what the place points to now, "" = nothing.
  struct Place {
    std::string_view kind, object, to, live;
  };
  Result<GateVerdict> of_place(const Gate& gate, const Place& place);
  // Of one run, whatever it is a candidate for.
  Result<GateVerdict> of_run(const Gate& gate, std::string_view run, const Place& place);

 private:
  Result<GateVerdict> judged(const Gate& gate, const Run& run, const Place& place);
  // Id "" = there is none. `milder`, unless null: the newest that would be but for its grading.
  Result<Run> newest(const Gate& gate, std::string_view kind, std::string_view object,
                     std::string_view identity, std::int64_t version, Run* milder);
  Result<Run> baseline_for(const Gate& gate, const Run& run, const Place& place,
                           std::string& missing);
  Result<std::int64_t> version_of(const Gate& gate);

  RunResults& results_;
  LatestVersion latest_;
  const Clock& clock_;
  // Verdicts of runs, which never change once they ended. Guarded by mutex_.
  std::mutex mutex_;
  std::unordered_map<std::string, GateVerdict> verdicts_;
};

}  // namespace maester::evals
