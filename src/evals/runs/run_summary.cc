// The sums of a run's results.
#include <algorithm>
#include <cmath>

#include "codec/json.h"
#include "evals/runs/run_rows.h"
#include "evals/runs/run_store.h"

namespace maester::evals {
namespace {

using Verdict = CaseResult::Verdict;

// The repeats of one case.
struct Repeats {
  std::int64_t count = 0, passed = 0;
  double sum = 0, least = 1, most = 0;
  std::map<std::string, std::pair<double, std::int64_t>, std::less<>> scores;

  void add(const CaseResult& one) {
    const double score = one.verdict == Verdict::error ? 0 : one.score;
    ++count;
    passed += one.verdict == Verdict::pass ? 1 : 0;
    sum += score;
    least = std::min(least, score);
    most = std::max(most, score);
    for (const auto& [name, value] : one.scores) {
      auto& [total, n] = scores[name];
      total += value;
      ++n;
    }
  }
  double reduced(Reducer by) const {
    if (by == Reducer::mean) return sum / static_cast<double>(count);
    return by == Reducer::all ? least : most;
  }
  // A case passes when all its repeats do; with pass_at_k when one does.
  bool pass(Reducer by) const { return by == Reducer::pass_at_k ? passed > 0 : passed == count; }
};

class Summer {
 public:
  explicit Summer(Reducer reducer) : reducer_(reducer) {}

  void add(const CaseResult& one) {
    if (one.case_id != case_id_) close();
    case_id_ = one.case_id;
    repeats_.add(one);
    out_.passed += one.verdict == Verdict::pass ? 1 : 0;
    out_.failed += one.verdict == Verdict::fail ? 1 : 0;
    out_.errors += one.verdict == Verdict::error ? 1 : 0;
    out_.repeats = std::max(out_.repeats, one.repeat + 1);
    if (!one.failure.empty()) out_.failures[one.failure] += 1;
    if (one.cost) out_.cost += *one.cost;
    if (one.grading_cost) out_.grading_cost += *one.grading_cost;
    out_.unpriced += !one.cost && !one.cached && one.verdict != Verdict::error ? 1 : 0;
    if (one.verdict != Verdict::error) latencies_.push_back(one.latency_ms);
  }

  RunSummary finish() {
    close();
    if (out_.cases > 0) out_.score /= static_cast<double>(out_.cases);
    for (auto& [name, score] : out_.scores) score /= static_cast<double>(with_score_[name]);
    std::ranges::sort(latencies_);
    out_.p50_latency_ms = percentile(0.5);
    out_.p95_latency_ms = percentile(0.95);
    return std::move(out_);
  }

 private:
  void close() {
    if (repeats_.count == 0) return;
    out_.cases += 1;
    out_.score += repeats_.reduced(reducer_);
    out_.cases_passed += repeats_.pass(reducer_) ? 1 : 0;
    for (const auto& [name, sum] : repeats_.scores) {
      out_.scores[name] += sum.first / static_cast<double>(sum.second);
      with_score_[name] += 1;
    }
    repeats_ = {};
  }
  // The nearest rank.
  double percentile(double share) const {
    if (latencies_.empty()) return 0;
    const double rank = std::ceil(share * static_cast<double>(latencies_.size()));
    return static_cast<double>(latencies_[static_cast<std::size_t>(std::max(rank, 1.0)) - 1]);
  }

  Reducer reducer_;
  RunSummary out_;
  std::string case_id_;
  Repeats repeats_;
  std::map<std::string, std::int64_t, std::less<>> with_score_;
  std::vector<std::int64_t> latencies_;
};

}  // namespace

Result<RunSummary> RunStore::sum_up(store::Database& db, const Run& run) {
  TRY_ASSIGN(auto select, db.prepare("SELECT " MAESTER_RESULT_COLUMNS
                                     " FROM eval_results WHERE tenant = ?1 AND run = ?2 ORDER BY "
                                     "case_id, repeat"));
  select.bind(1, run.tenant).bind(2, run.id);
  Summer summer(run.reducer);
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return summer.finish();
    TRY_ASSIGN(const CaseResult one, rows::result(select, run.tenant, run.id, false, vault_));
    summer.add(one);
  }
}

}  // namespace maester::evals
