// Runs in memory, for tests of what reads them.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "evals/runs/results.h"

namespace maester::evals {

class FakeResults final : public RunResults {
 public:
  // Ids "r1", "r2", ...; ended one after the other.
  Run& add(Run run, std::vector<CaseResult> cases) {
    const std::int64_t number = static_cast<std::int64_t>(runs_.size()) + 1;
    run.id = "r" + std::to_string(number);
    if (run.tenant.empty()) run.tenant = "default";
    if (run.dataset.empty()) run.dataset = "smoke";
    if (run.dataset_version == 0) run.dataset_version = 1;
    run.ended_at = WallTime{std::chrono::seconds{1'700'000'000 + number}};
    std::ranges::sort(cases, {},
                      [](const CaseResult& c) { return std::pair(c.case_id, c.repeat); });
    run.summary.cases = 0;
    for (std::size_t i = 0; i < cases.size(); ++i)
      run.summary.cases += i == 0 || cases[i].case_id != cases[i - 1].case_id;
    cases_[run.id] = std::move(cases);
    return runs_.emplace_back(std::move(run));
  }
  void remove(std::string_view id) {
    std::erase_if(runs_, [&](const Run& run) { return run.id == id; });
  }

  Result<Run> find(std::string_view tenant, std::string_view id) override {
    for (const Run& run : runs_) {
      if (run.tenant == tenant && run.id == id) return run;
    }
    return fail(Code::not_found, "There is no run `" + std::string(id) + "`.");
  }
  Result<Page> list(std::string_view tenant, const Query& query) override {
    Page out;
    for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
      if (run->tenant != tenant || run->dataset != query.dataset) continue;
      if (query.state && run->state != *query.state) continue;
      out.runs.push_back(*run);
    }
    return out;
  }
  Status for_each_case(std::string_view, std::string_view run, bool,
                       const std::function<Status(const CaseResult&)>& visit) override {
    for (const CaseResult& one : cases_[std::string(run)]) TRY(visit(one));
    return {};
  }

 private:
  std::vector<Run> runs_;
  std::map<std::string, std::vector<CaseResult>, std::less<>> cases_;
};

inline CaseResult case_result(std::string id, CaseResult::Verdict verdict, double score = -1) {
  CaseResult out;
  out.case_id = std::move(id);
  out.verdict = verdict;
  out.score = score >= 0 ? score : verdict == CaseResult::Verdict::pass ? 1 : 0;
  out.cost = FemtoUsd();
  return out;
}

// Cases c000, c001, ...: 'p' passes, 'f' fails, 'e' is an error.
inline std::vector<CaseResult> cases_of(std::string_view verdicts) {
  std::vector<CaseResult> out;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    std::string number = std::to_string(1000 + i).substr(1);
    out.push_back(case_result("c" + number, verdicts[i] == 'p'   ? CaseResult::Verdict::pass
                                            : verdicts[i] == 'f' ? CaseResult::Verdict::fail
                                                                 : CaseResult::Verdict::error));
  }
  return out;
}

inline Run run_of(Candidate candidate, RunState state = RunState::succeeded) {
  Run out;
  out.candidate = std::move(candidate);
  out.state = state;
  return out;
}

}  // namespace maester::evals
