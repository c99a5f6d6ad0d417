// Runs and results as the API and reports tell them. Pure.
#pragma once

#include "codec/json_writer.h"
#include "evals/runs/results.h"

namespace maester::evals {

void write_run(json::Writer& w, const Run& run);
void write_summary(json::Writer& w, const RunSummary& summary);
void write_result(json::Writer& w, const CaseResult& result);

}  // namespace maester::evals
