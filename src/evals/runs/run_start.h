// Making runs: names are found and made exact before anything is promised. Thread-safe; blocking.
#pragma once

#include <string>
#include <string_view>

#include "evals/datasets/dataset_store.h"
#include "evals/runs/run_spec.h"
#include "evals/runs/run_store.h"
#include "gateway/routing/snapshot.h"
#include "knowledge/library.h"
#include "prompts/registry.h"

namespace maester::evals {

class RunStarter {
 public:
  // All outlive it.
  RunStarter(DatasetStore& datasets, RunStore& runs, const prompts::Registry& prompts,
             const gateway::SnapshotHolder& snapshots, knowledge::Library& library)
      : datasets_(datasets),
        runs_(runs),
        prompts_(prompts),
        snapshots_(snapshots),
        library_(library) {}

  // A run that RunStore::create() can make.
  struct Prepared {
    Run run;
    std::int64_t answers = 0;  // cases x repeats
    std::optional<FemtoUsd> max_cost;
  };
  // The dataset's version, the prompt's version behind a label, the model, the index version:
  // found and pinned. Fails with not_found, model_not_found, or unprocessable when there is no case
  // to judge. `recorded`: the candidate of a run of recorded answers.
  Result<Prepared> prepare(std::string_view tenant, std::string_view key_id, const RunSpec& spec,
                           Candidate recorded = {});
  // The same, made: the run with its job.
  Result<Run> start(std::string_view tenant, std::string_view key_id, const RunSpec& spec,
                    Candidate recorded = {});
  // What would be pinned now. `spec` as of start().
  Result<Candidate> candidate_of(std::string_view tenant, std::string_view key_id,
                                 const RunSpec& spec) const;
  // Grades what another run stored, with other assertions or graders; no model answers anew.
  // `changes`: {name?, assertions?, threshold?, graders?, reducer?, concurrency?}.
  Result<Run> rescore(std::string_view tenant, std::string_view key_id, std::string_view run,
                      json::Value changes);

 private:
  Result<std::vector<std::string>> tools_of(const gateway::Config& config, std::string_view tenant,
                                            const RunSpec& spec) const;
  Result<std::int64_t> count_cases(const Dataset& dataset, std::int64_t version,
                                   const RunSpec& spec);
  DatasetStore& datasets_;
  RunStore& runs_;
  const prompts::Registry& prompts_;
  const gateway::SnapshotHolder& snapshots_;
  knowledge::Library& library_;
};

}  // namespace maester::evals
