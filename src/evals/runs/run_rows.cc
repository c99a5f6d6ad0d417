#include "evals/runs/run_rows.h"

#include <charconv>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "evals/runs/run_spec.h"

namespace maester::evals::rows {
namespace {

using Verdict = CaseResult::Verdict;

std::string result_row(std::string_view run, std::string_view case_id, std::int64_t repeat) {
  return std::string(run) + "/" + std::string(case_id) + "/" + std::to_string(repeat);
}

double number(std::string_view text) {
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string number_text(double number) {
  std::string out;
  json::Writer(out).value(number);
  return out;
}

std::string scores_json(const std::map<std::string, double, std::less<>>& scores) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  for (const auto& [name, score] : scores) w.field(std::string_view(name), score);
  w.end_object();
  return out;
}

std::map<std::string, double, std::less<>> read_scores(json::Value value) {
  std::map<std::string, double, std::less<>> out;
  for (const json::Value one : value) out.emplace(one.key(), one.as_double().value_or(0));
  return out;
}

FemtoUsd money_in(json::Value value) {
  return FemtoUsd::parse(value.string_or("0")).value_or(FemtoUsd());
}

// Of a row that its job did not get to end: as the job's end says.
void settle_state(const store::Statement& row, Run& out) {
  if (out.state != RunState::queued && out.state != RunState::running) return;
  const std::string_view job = row.text(15);
  if (job == "cancelled") {
    out.state = RunState::cancelled;
  } else if (job == "dead" || job == "failed") {
    out.state = RunState::failed;
    out.error = make_error(code_of(row.text(16)), std::string(row.text(17)));
  } else if (row.is_null(15)) {
    out.state = RunState::failed;
    out.error = make_error(Code::internal, "The run's job is gone: retry the run.");
  } else {
    return;
  }
  if (!row.is_null(18)) out.ended_at = WallTime(nanoseconds(row.integer(18)));
}

}  // namespace

Code code_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Code::closed); ++i) {
    if (to_string(static_cast<Code>(i)) == name) return static_cast<Code>(i);
  }
  return Code::internal;
}

access::SealedPlace spec_place(std::string_view tenant, std::string_view run) {
  return {tenant, "eval_runs", "spec", run, ""};
}

Result<Run> run(const store::Statement& row, std::string_view tenant, access::Vault& vault) {
  Run out;
  out.tenant = tenant;
  out.id = row.text(0);
  out.name = row.text(1);
  out.dataset = row.text(2);
  out.dataset_version = row.integer(3);
  out.candidate = read_candidate(row.text(4));
  out.state = parse_run_state(row.text(5)).value_or(RunState::failed);
  out.reducer = parse_reducer(row.text(6)).value_or(Reducer::mean);
  TRY_ASSIGN(out.spec, vault.open_sealed(spec_place(tenant, out.id), row.text(7)));
  out.summary = read_summary(row.text(8));
  out.job_id = row.text(9);
  out.key_id = row.text(10);
  out.created_at = WallTime(nanoseconds(row.integer(11)));
  out.ended_at = WallTime(nanoseconds(row.integer(12)));
  if (!row.text(13).empty())
    out.error = make_error(code_of(row.text(13)), std::string(row.text(14)));
  settle_state(row, out);
  out.cases = row.integer(19);
  return out;
}

Result<CaseResult> result(const store::Statement& row, std::string_view tenant,
                          std::string_view run, bool with_output, access::Vault& vault) {
  CaseResult out;
  out.case_id = row.text(0);
  out.repeat = row.integer(1);
  out.source = row.text(2);
  out.approved = row.integer(3) != 0;
  out.verdict = static_cast<Verdict>(row.integer(4));
  out.score = number(row.text(5));
  if (const auto scores = json::Document::parse(row.text(6)))
    out.scores = read_scores(scores->root());
  out.failure = row.text(7);
  out.request_id = row.text(8);
  if (!row.is_null(9)) out.cost = row.money(9);
  if (!row.is_null(10)) out.grading_cost = row.money(10);
  out.latency_ms = row.integer(11);
  out.input_tokens = row.integer(12);
  out.output_tokens = row.integer(13);
  out.cached = row.integer(14) != 0;
  if (!with_output) return out;
  const std::string place = result_row(run, out.case_id, out.repeat);
  TRY_ASSIGN(const std::string texts,
             vault.open_sealed({tenant, "eval_results", "texts", place, ""}, row.text(15)));
  TRY_ASSIGN(const json::Document document, json::Document::parse(texts));
  out.reason = document.root().get("reason").string_or("");
  out.output = document.root().get("output").string_or("");
  return out;
}

Status bind_result(store::Statement& insert, int at, const CaseResult& one, std::string_view tenant,
                   std::string_view run, access::Vault& vault) {
  std::string texts;
  json::Writer(texts)
      .begin_object()
      .field("reason", one.reason)
      .field("output", one.output)
      .end_object();
  const std::string place = result_row(run, one.case_id, one.repeat);
  TRY_ASSIGN(const std::string sealed,
             vault.seal({tenant, "eval_results", "texts", place, ""}, texts));
  insert.bind(at, one.case_id).bind(at + 1, one.repeat).bind(at + 2, one.source);
  insert.bind(at + 3, std::int64_t{one.approved});
  insert.bind(at + 4, static_cast<std::int64_t>(one.verdict)).bind(at + 5, number_text(one.score));
  insert.bind(at + 6, scores_json(one.scores)).bind(at + 7, one.failure);
  insert.bind(at + 8, one.request_id);
  one.cost ? insert.bind(at + 9, *one.cost) : insert.bind_null(at + 9);
  one.grading_cost ? insert.bind(at + 10, *one.grading_cost) : insert.bind_null(at + 10);
  insert.bind(at + 11, one.latency_ms).bind(at + 12, one.input_tokens);
  insert.bind(at + 13, one.output_tokens).bind(at + 14, std::int64_t{one.cached});
  insert.bind_blob(at + 15, sealed);
  return {};
}

std::string candidate_json(const Candidate& candidate) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  for (const auto& [name, value] : candidate) w.field(std::string_view(name), value);
  w.end_object();
  return out;
}

Candidate read_candidate(std::string_view text) {
  Candidate out;
  const auto document = json::Document::parse(text);
  if (!document) return out;
  for (const json::Value one : document->root()) out.emplace(one.key(), one.string_or(""));
  return out;
}

std::string summary_json(const RunSummary& summary) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("cases", summary.cases).field("repeats", summary.repeats);
  w.field("passed", summary.passed).field("failed", summary.failed);
  w.field("errors", summary.errors).field("cases_passed", summary.cases_passed);
  w.field("score", summary.score).raw_field("scores", scores_json(summary.scores));
  w.key("failures").begin_object();
  for (const auto& [name, count] : summary.failures) w.field(std::string_view(name), count);
  w.end_object();
  w.field("cost_usd", summary.cost).field("grading_cost_usd", summary.grading_cost);
  w.field("unpriced", summary.unpriced).field("p50_latency_ms", summary.p50_latency_ms);
  w.field("p95_latency_ms", summary.p95_latency_ms).end_object();
  return out;
}

RunSummary read_summary(std::string_view text) {
  RunSummary out;
  const auto document = json::Document::parse(text);
  if (!document) return out;
  const json::Value root = document->root();
  out.cases = root.get("cases").int_or(0);
  out.repeats = root.get("repeats").int_or(1);
  out.passed = root.get("passed").int_or(0);
  out.failed = root.get("failed").int_or(0);
  out.errors = root.get("errors").int_or(0);
  out.cases_passed = root.get("cases_passed").int_or(0);
  out.score = root.get("score").as_double().value_or(0);
  out.scores = read_scores(root.get("scores"));
  for (const json::Value one : root.get("failures")) out.failures.emplace(one.key(), one.int_or(0));
  out.cost = money_in(root.get("cost_usd"));
  out.grading_cost = money_in(root.get("grading_cost_usd"));
  out.unpriced = root.get("unpriced").int_or(0);
  out.p50_latency_ms = root.get("p50_latency_ms").as_double().value_or(0);
  out.p95_latency_ms = root.get("p95_latency_ms").as_double().value_or(0);
  return out;
}

}  // namespace maester::evals::rows
