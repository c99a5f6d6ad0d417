// What a run leaves behind: who was asked (the candidate), each case's result, and their sums. Read
// by comparison, gates, reports and the API; written by the run's job (run_job.h).
//
// Kept in work.db, bound to a tenant; texts of cases and answers are sealed with its key.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"

namespace maester::evals {

// What a run was of, by kind; what it did not have is absent. These are what gates compare
// (access/release_guard.h):
//   prompt           "system_summary@v3"         the exact version, labels resolved at the start
//   model            "gpt-4.1-mini"              as asked for: a model's or route's name
//   model_fingerprint, policy_fingerprint, tool_schema_fingerprint, config
//                                                of what stood under these names when it ran
//   index            "handbook@v7"               collection and index version
//   parser, chunker, embedder                    of that index version
//   grader           "gpt-4.1"                   the model that grades
//   grading          a fingerprint               of what it is graded by beside its dataset, where
//                                                there is anything
//                                                (evals/gates/candidate.h); a gate wants none
using Candidate = std::map<std::string, std::string, std::less<>>;
inline constexpr std::string_view kGrading = "grading";

enum class RunState : std::uint8_t { queued, running, succeeded, failed, cancelled };
std::string_view to_string(RunState state);

// How one case came out, once for each repeat.
struct CaseResult {
  std::string case_id;
  std::string source;       // what it was made of: cases of one source are a cluster; "" = itself
  bool approved = true;     // of the case, in the dataset's version
  std::int64_t repeat = 0;  // 0-based
  enum class Verdict : std::uint8_t { pass, fail, error } verdict = Verdict::error;
  double score = 0;                                   // 0..1
  std::map<std::string, double, std::less<>> scores;  // by metric
  // What an error rate counts (evals/compare): "" or one of http_error, invalid_json,
  // missing_citation, bad_tool_call, failed_check, grader_error.
  std::string failure;
  std::string reason;            // for a person
  std::string output;            // text, or JSON of what is no text
  std::string request_id;        // the receipt; "" = none was made
  std::optional<FemtoUsd> cost;  // nullopt = unpriced
  std::optional<FemtoUsd> grading_cost;
  std::int64_t latency_ms = 0;
  std::int64_t input_tokens = 0, output_tokens = 0;
  bool cached = false;
};

// How repeats of one case become one figure.
enum class Reducer : std::uint8_t { mean, all, pass_at_k };

struct RunSummary {
  std::int64_t cases = 0, repeats = 1;
  std::int64_t passed = 0, failed = 0, errors = 0;  // of cases x repeats
  std::int64_t cases_passed = 0;                    // reduced: as the run's reducer has it
  std::map<std::string, std::int64_t, std::less<>> failures;  // of cases x repeats, by class
  double score = 0;                                           // mean over cases, reduced
  std::map<std::string, double, std::less<>> scores;
  FemtoUsd cost, grading_cost;
  std::int64_t unpriced = 0;
  double p50_latency_ms = 0, p95_latency_ms = 0;
};

struct Run {
  std::string id, tenant, name;
  std::string dataset;  // name
  std::int64_t dataset_version = 0;
  Candidate candidate;
  RunState state = RunState::queued;
  Reducer reducer = Reducer::mean;
  std::string spec;        // JSON: as it was asked for (run_spec.h)
  std::int64_t cases = 0;  // it has to judge
  RunSummary summary;      // whole once it succeeded
  std::string job_id, key_id;
  WallTime created_at{}, ended_at{};
  std::optional<Error> error;  // of one that failed
};

// Reads. Thread-safe; blocking SQL, never on a core's thread.
class RunResults {
 public:
  virtual ~RunResults() = default;
  virtual Result<Run> find(std::string_view tenant, std::string_view id) = 0;  // Code::not_found
  struct Query {
    std::string dataset{};                                        // "" = any
    std::map<std::string, std::string, std::less<>> candidate{};  // these members are equal
    std::optional<RunState> state{};
    std::string cursor{};
    std::size_t limit = 50;
  };
  struct Page {
    std::vector<Run> runs;  // newest first
    std::string next_cursor;
  };
  virtual Result<Page> list(std::string_view tenant, const Query& query) = 0;
  // By case id, then repeat. Stops at the first error of `visit`, which is answered. `with_output`
  // false leaves `output` and `reason` empty and opens nothing.
  virtual Status for_each_case(std::string_view tenant, std::string_view run, bool with_output,
                               const std::function<Status(const CaseResult&)>& visit) = 0;
};

}  // namespace maester::evals
