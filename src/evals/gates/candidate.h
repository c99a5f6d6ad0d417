// What a run was of, and what a change would make live, told in the same words, so that a gate can
// hold one against the other.
//
// A fingerprint is 16 hex digits of the SHA-256 over a thing's definition without its name: defined
// beside the old one under another name it has the fingerprint that it will have in the old one's
// place. What does not change answers (keys, prices, timeouts) is left out. Pure, thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "evals/runs/run_spec.h"
#include "gateway/config.h"
#include "knowledge/settings.h"

namespace maester::evals {

// Of the provider that answers and the model asked there. Of a name under a pattern
// ("openai/gpt-5" of "openai/*"): as if it were configured by itself. Of a route: its strategy and
// its targets with their weights, as fingerprints. "" for an unknown name.
std::string fingerprint_of_model(const gateway::Config& config, std::string_view model_or_route);
std::string fingerprint_of_policy(const gateway::guard::PolicyConfig& policy);
// Version, schema and whether it is enabled; who may use it is left out.
std::string fingerprint_of_tool(const gateway::guard::ToolConfig& tool);

// What a run asks, as its job knows it when it starts. Empty members are left out.
struct CandidateInput {
  const gateway::Config& config;
  std::string_view prompt{}, prompt_version{};  // exact: labels resolved
  std::string_view model{};                     // a model's or route's name, as asked for
  std::string_view tenant{}, key_id{};          // under whose policies it runs
  std::span<const std::string> tools{};         // names that its requests declare
  std::string_view collection{};
  std::int64_t index_version = 0;
  const knowledge::IndexSpec* spec = nullptr;  // of that index version
  std::string_view parsers{};                  // of what it was made of
};
// All members of a Candidate that are known (evals/runs/results.h), those of an index included.
// `tool_schema_fingerprint` has one fingerprint for each governed tool, sorted, with blanks
// between.
Candidate candidate_facts(const CandidateInput& input);

// What a run is graded by beside its dataset's own assertions, expected answers and thresholds: 16
// hex digits over its assertions, its threshold, and that the best of several answers counts; "" =
// nothing. Any of them can let through what the dataset would not.
std::string grading_of(const RunSpec& spec);

// The policy that requests of this key to this model or route have; "" = none.
std::string_view policy_of(const gateway::Config& config, std::string_view tenant,
                           std::string_view key_id, std::string_view model_or_route);

}  // namespace maester::evals
