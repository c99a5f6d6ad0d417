#include "evals/runs/run_json.h"

#include "evals/runs/run_rows.h"
#include "evals/runs/run_spec.h"

namespace maester::evals {
namespace {

constexpr std::string_view kVerdicts[] = {"pass", "fail", "error"};

void write_cost(json::Writer& w, std::string_view name, const std::optional<FemtoUsd>& cost) {
  w.key(name);
  cost ? w.value(*cost) : w.null();
}

}  // namespace

void write_summary(json::Writer& w, const RunSummary& summary) {
  w.raw(rows::summary_json(summary));
}

void write_run(json::Writer& w, const Run& run) {
  w.begin_object().field("id", run.id).optional_field("name", run.name);
  w.field("dataset", run.dataset).field("dataset_version", run.dataset_version);
  w.raw_field("candidate", rows::candidate_json(run.candidate));
  w.field("state", to_string(run.state)).field("reducer", to_string(run.reducer));
  w.field("answers_wanted", run.cases).raw_field("spec", run.spec).key("summary");
  run.state == RunState::queued || run.state == RunState::running ? static_cast<void>(w.null())
                                                                  : write_summary(w, run.summary);
  if (run.error) {
    w.key("error").begin_object().field("code", to_string(run.error->code));
    w.field("message", run.error->message).end_object();
  }
  w.field("job_id", run.job_id).field("key_id", run.key_id);
  w.field("created_at", format_rfc3339(run.created_at));
  if (run.ended_at != WallTime{}) w.field("ended_at", format_rfc3339(run.ended_at));
  w.end_object();
}

void write_result(json::Writer& w, const CaseResult& result) {
  w.begin_object().field("case_id", result.case_id).field("repeat", result.repeat);
  w.field("verdict", kVerdicts[static_cast<std::size_t>(result.verdict)]);
  w.field("score", result.score).key("scores").begin_object();
  for (const auto& [name, score] : result.scores) w.field(std::string_view(name), score);
  w.end_object().key("failure");
  result.failure.empty() ? w.null() : w.value(result.failure);
  w.field("reason", result.reason).field("output", result.output).key("request_id");
  result.request_id.empty() ? w.null() : w.value(result.request_id);
  write_cost(w, "cost_usd", result.cost);
  write_cost(w, "grading_cost_usd", result.grading_cost);
  w.field("latency_ms", result.latency_ms).field("input_tokens", result.input_tokens);
  w.field("output_tokens", result.output_tokens).field("cached", result.cached);
  w.field("approved", result.approved).optional_field("source", result.source).end_object();
}

}  // namespace maester::evals
