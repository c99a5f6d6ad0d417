// Rows of the runs' tables. For run_*.cc only.
#pragma once

#include <string>
#include <string_view>

#include "access/vault.h"
#include "evals/runs/results.h"
#include "store/sqlite.h"

namespace maester::evals::rows {

// After these columns the job's state, code and message.
#define MAESTER_SELECT_RUN                                                                       \
  "SELECT r.id, r.name, r.dataset, r.dataset_version, r.candidate, r.state, r.reducer, r.spec, " \
  "r.summary, r.job, r.key_id, r.created_at, r.ended_at, r.error_code, r.error_message, "        \
  "j.state, j.error_code, j.error_message, j.ended_at, r.cases FROM eval_runs r LEFT JOIN jobs " \
  "j ON j.tenant = r.tenant AND j.id = r.job"
Result<Run> run(const store::Statement& row, std::string_view tenant, access::Vault& vault);

#define MAESTER_RESULT_COLUMNS                                                             \
  "case_id, repeat, source, approved, verdict, score, scores, failure, request_id, cost, " \
  "grading_cost, latency_ms, input_tokens, output_tokens, cached, texts"
Result<CaseResult> result(const store::Statement& row, std::string_view tenant,
                          std::string_view run, bool with_output, access::Vault& vault);
Status bind_result(store::Statement& insert, int first, const CaseResult& one,
                   std::string_view tenant, std::string_view run, access::Vault& vault);

access::SealedPlace spec_place(std::string_view tenant, std::string_view run);

std::string candidate_json(const Candidate& candidate);
Candidate read_candidate(std::string_view text);
std::string summary_json(const RunSummary& summary);
RunSummary read_summary(std::string_view text);

Code code_of(std::string_view name);

}  // namespace maester::evals::rows
