#include "evals/gates/evidence.h"

#include <optional>
#include <utility>

namespace maester::evals {
namespace {

constexpr std::size_t kMostVerdicts = 256;  // kept in memory

GateVerdict refusal(std::string reason) {
  GateVerdict out;
  out.reason = std::move(reason);
  return out;
}

std::string on_dataset(const Gate& gate, std::int64_t version) {
  return "dataset `" + gate.dataset + "` version " + std::to_string(version);
}

std::string name_of(const Fact& fact, const Candidate& with) {
  std::string out = std::string(fact.member) + "=" + fact.value;
  for (const auto& [member, value] : with) out += " " + member + "=" + value;
  return out;
}

std::string how_to_run(const Gate& gate) {
  return " Run it: POST /v1/evals/runs with dataset `" + gate.dataset +
         "` and this candidate, then see `maester eval gate " + gate.name + "`.";
}

// True when the run was graded by what the dataset says alone, or by what the gate names.
bool grading_fits(const Gate& gate, const Run& run) {
  return gate.with.contains(kGrading) || !run.candidate.contains(kGrading);
}

std::string graded_otherwise(const Run& run) {
  return "Run " + run.id +
         " was graded with assertions or a threshold of its own, or by the best of several answers "
         "(grading=" +
         run.candidate.find(kGrading)->second +
         "); the gate asks for what the dataset says alone. Put them into the dataset's cases, or "
         "make the gate anew with that `grading` in `with`.";
}

// Every case of the dataset's version, as often as it was to be asked.
bool is_whole(const Run& run, const std::vector<ReducedCase>& cases) {
  if (run.state != RunState::succeeded) return false;
  if (static_cast<std::int64_t>(cases.size()) != run.summary.cases) return false;
  for (const ReducedCase& one : cases) {
    if (one.repeats != run.summary.repeats) return false;
  }
  return true;
}

}  // namespace

Result<std::int64_t> Evidence::version_of(const Gate& gate) {
  if (gate.dataset_version > 0) return gate.dataset_version;
  return latest_(gate.tenant, gate.dataset);
}

Result<Run> Evidence::newest(const Gate& gate, std::string_view kind, std::string_view object,
                             std::string_view identity, std::int64_t version, Run* milder) {
  RunResults::Query query;
  query.dataset = gate.dataset;
  query.state = RunState::succeeded;
  query.limit = 200;
  while (true) {
    TRY_ASSIGN(RunResults::Page page, results_.list(gate.tenant, query));
    for (Run& run : page.runs) {
      // What was recorded in production was of what happened to be live then, with nothing fixed.
      if (run.candidate.contains("recorded")) continue;
      if (run.dataset_version == version && has(run.candidate, gate.with) &&
          is_of(run.candidate, kind, object, identity)) {
        if (grading_fits(gate, run)) return std::move(run);
        if (milder != nullptr && milder->id.empty()) *milder = std::move(run);
      }
    }
    if (page.next_cursor.empty()) return Run{};
    query.cursor = std::move(page.next_cursor);
  }
}

Result<Run> Evidence::baseline_for(const Gate& gate, const Run& run, const Place& place,
                                   std::string& missing) {
  if (gate.baseline == Gate::Baseline::run) {
    auto found = results_.find(gate.tenant, gate.baseline_run);
    if (!found && found.error().code != Code::not_found) return found;
    const bool usable = found && found->state == RunState::succeeded &&
                        found->dataset == run.dataset &&
                        found->dataset_version == run.dataset_version && grading_fits(gate, *found);
    if (usable) return found;
    missing = "Its baseline, run " + gate.baseline_run + ", is not a whole run on " +
              on_dataset(gate, run.dataset_version) +
              ": make the gate anew with one that is, or with \"live\".";
    return Run{};
  }
  TRY_ASSIGN(Run live,
             newest(gate, place.kind, place.object, place.live, run.dataset_version, nullptr));
  if (live.id.empty()) {
    missing = "There is nothing to compare with: what is live (" +
              name_of(fact_of(place.kind, place.object, place.live), gate.with) +
              ") has no whole run on " + on_dataset(gate, run.dataset_version) + "." +
              how_to_run(gate);
  }
  return live;
}

Result<GateVerdict> Evidence::judged(const Gate& gate, const Run& run, const Place& place) {
  std::optional<Run> baseline;
  if (gate.rules.needs_baseline() &&
      (gate.baseline == Gate::Baseline::run || !place.live.empty())) {
    std::string missing;
    TRY_ASSIGN(baseline, baseline_for(gate, run, place, missing));
    if (baseline->id.empty()) return refusal(std::move(missing));
  }
  // A run that is tried again for its errors keeps its id and ends anew.
  const auto stamp = [](const Run& one) {
    return one.id + "/" + std::to_string(one.ended_at.time_since_epoch().count());
  };
  const std::string key = gate.tenant + "\n" + gate_json(gate) + "\n" + stamp(run) + "\n" +
                          (baseline ? stamp(*baseline) : "");
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = verdicts_.find(key); found != verdicts_.end()) return found->second;
  }
  TRY_ASSIGN(const auto cases, reduced_cases(results_, run));
  if (!is_whole(run, cases)) {
    return refusal("Run " + run.id + " is not whole (" + std::to_string(cases.size()) + " of " +
                   std::to_string(run.summary.cases) +
                   " cases have every result): it never counts.");
  }
  GateVerdict verdict;
  if (baseline) {
    TRY_ASSIGN(const auto before, reduced_cases(results_, *baseline));
    const JudgedRun against{*baseline, before};
    verdict = judge(gate, {run, cases}, &against);
  } else {
    verdict = judge(gate, {run, cases}, nullptr);
  }
  const std::lock_guard lock(mutex_);
  if (verdicts_.size() >= kMostVerdicts) verdicts_.clear();
  verdicts_.emplace(key, verdict);
  return verdict;
}

Result<GateVerdict> Evidence::of_place(const Gate& gate, const Place& place) {
  if (place.to.empty()) {
    return refusal(
        "Taking away what is live would let something else be served that no run is of.");
  }
  auto version = version_of(gate);
  if (!version && version.error().code == Code::not_found) {
    return refusal("Dataset `" + gate.dataset + "` is not there: make it with POST /v1/datasets.");
  }
  if (!version) return fail(version.error());
  Run milder;
  TRY_ASSIGN(const Run run, newest(gate, place.kind, place.object, place.to, *version, &milder));
  if (run.id.empty()) {
    return refusal("There is no whole run of " +
                   name_of(fact_of(place.kind, place.object, place.to), gate.with) + " on " +
                   on_dataset(gate, *version) + "." +
                   (milder.id.empty() ? how_to_run(gate) : " " + graded_otherwise(milder)));
  }
  if (gate.max_age && run.ended_at + *gate.max_age < clock_.wall()) {
    return refusal("The newest run of it, " + run.id + ", ended at " +
                   format_rfc3339(run.ended_at) + ", longer ago than the gate allows." +
                   how_to_run(gate));
  }
  return judged(gate, run, place);
}

Result<GateVerdict> Evidence::of_run(const Gate& gate, std::string_view id, const Place& place) {
  TRY_ASSIGN(const Run run, results_.find(gate.tenant, id));
  if (run.state != RunState::succeeded)
    return refusal("Run " + run.id + " has not succeeded: it never counts.");
  TRY_ASSIGN(const std::int64_t version, version_of(gate));
  if (run.dataset != gate.dataset || run.dataset_version != version) {
    return refusal("Run " + run.id + " is over dataset `" + run.dataset + "` version " +
                   std::to_string(run.dataset_version) + ", the gate asks for " +
                   on_dataset(gate, version) + ".");
  }
  if (!has(run.candidate, gate.with))
    return refusal("Run " + run.id + " was not of what the gate asks for in `with`.");
  if (!grading_fits(gate, run)) return refusal(graded_otherwise(run));
  if (gate.max_age && run.ended_at + *gate.max_age < clock_.wall())
    return refusal("Run " + run.id + " ended longer ago than the gate allows.");
  return judged(gate, run, place);
}

}  // namespace maester::evals
