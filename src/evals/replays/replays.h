// Replay at scale: recorded requests asked again of something else. The requests become a dataset,
// their recorded answers a run (the baseline: nothing is asked), the new answers another run; so
// whatever compares runs compares these. Thread-safe; blocking.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "evals/datasets/dataset_store.h"
#include "evals/datasets/recorded.h"
#include "evals/replays/difference.h"
#include "evals/runs/run_start.h"
#include "evals/runs/run_store.h"

namespace maester::evals {

struct ReplaySpec {
  RequestFilter requests;
  RunSpec run;  // of the candidate; its dataset is made here, its prompt's name may be left out
};
Result<ReplaySpec> read_replay_spec(json::Value body);

struct ReplayBatch {
  std::string id, dataset, baseline, candidate;
  std::int64_t dataset_version = 0;
  std::string skipped;  // JSON: {not_captured, not_usable, duplicates, more}
  std::string key_id;
  WallTime created_at{};
};

class Replays {
 public:
  // All outlive it; the runs' schema has its table.
  Replays(store::LockedDatabase& work, DatasetStore& datasets, RunStore& runs, RunStarter& starter,
          RecordedRequests& recorded, const Clock& clock, Random& random)
      : work_(work),
        datasets_(datasets),
        runs_(runs),
        starter_(starter),
        recorded_(recorded),
        clock_(clock),
        ids_(clock, random) {}

  // Code::unprocessable when no request can take part, or their prompts are several.
  Result<ReplayBatch> start(const std::string& tenant, std::string_view key_id, ReplaySpec spec);
  Result<ReplayBatch> find(std::string_view tenant, std::string_view id);
  Result<std::vector<ReplayBatch>> list(std::string_view tenant, std::string_view cursor,
                                        std::size_t limit);  // newest first

  struct Pair {
    CaseResult before, after;
    std::vector<DifferenceKind> kinds;
  };
  // By case id, those after `cursor`; ends when `visit` answers false.
  Status for_each_pair(std::string_view tenant, const ReplayBatch& batch, std::string_view cursor,
                       const std::function<bool(const Pair&)>& visit, std::int64_t* missing);
  Result<DifferenceSums> sums(std::string_view tenant, const ReplayBatch& batch);

 private:
  std::string next_id();
  store::LockedDatabase& work_;
  DatasetStore& datasets_;
  RunStore& runs_;
  RunStarter& starter_;
  RecordedRequests& recorded_;
  const Clock& clock_;
  IdGenerator ids_;  // used under the database's lock
};

void write_replay(json::Writer& w, const ReplayBatch& batch);  // an open object's members

}  // namespace maester::evals
