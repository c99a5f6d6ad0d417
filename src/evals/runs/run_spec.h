// What a run is asked to do, as it was sent. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/money.h"
#include "base/result.h"
#include "codec/json.h"
#include "evals/datasets/dataset.h"
#include "evals/runs/results.h"

namespace maester::evals {

struct RunSpec {
  std::string name;
  DatasetRef dataset;
  // The candidate as asked for; what stands under its names is resolved when the run is made.
  std::string prompt_name, prompt_version, prompt_label;
  std::string model;  // "" = the prompt's or the server's default
  // JSON object {collection, index_version?, top_k?, require_citations?, filters?}, "" = none.
  std::string knowledge;
  std::string parameters;  // JSON object: members of the request, over the case's own
  std::string assertions;  // JSON array, beside each case's own
  std::optional<double> threshold;
  std::string grader, grader_embedding;  // models
  std::int64_t concurrency = 4, repeats = 1;
  Reducer reducer = Reducer::mean;
  std::optional<FemtoUsd> max_cost;
  bool cache = false;                      // answers may come from the response cache
  bool everything = false;                 // pending and quarantined cases too
  std::optional<std::int64_t> timeout_ms;  // of one answer
  // Instead of asking: grade what this run stored, or what was recorded of each case's request.
  std::string rescore_of;
  bool recorded = false;
};

inline constexpr std::int64_t kMaxConcurrency = 64, kMaxRepeats = 100;

// Fails with Code::invalid_request, naming the member.
Result<RunSpec> read_run_spec(json::Value body);
// An amount of USD above zero; absent and null leave `out` as it is.
Status read_ceiling(json::Value value, std::optional<FemtoUsd>& out);
// As read_run_spec() reads it.
std::string write_run_spec(const RunSpec& spec);

std::string_view to_string(Reducer reducer);
std::optional<Reducer> parse_reducer(std::string_view name);
std::optional<RunState> parse_run_state(std::string_view name);

}  // namespace maester::evals
