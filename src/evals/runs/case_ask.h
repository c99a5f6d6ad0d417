// A case as a request of the data plane, and what came back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evals/datasets/dataset.h"
#include "evals/provider.h"
#include "evals/runs/run_spec.h"
#include "gateway/loopback.h"

namespace maester::evals {

// What a run asks: its candidate with exact versions.
struct CaseAskPlan {
  const RunSpec& spec;
  std::string run;             // its id
  std::string prompt_version;  // "" = no prompt
  std::string index_version;   // "v2", "" = no collection
};

// The body of POST /v1/chat/completions. The same for the same case and repeat, always: an
// idempotency key stands for it. Code::unprocessable for a case without the input that the
// candidate needs.
Result<std::string> case_body_to_ask(const CaseAskPlan& plan, const Case& one, std::int64_t repeat);

// What answers one case, whoever gave it.
struct CaseAnswer {
  Answer answer;           // evals/provider.h; `error` set when there is none
  std::string request_id;  // "" = none
  std::string failure;     // "", or what is wrong with the answer itself: http_error, ...
};
// `json_wanted`, `citations_wanted`: what the answer must have whatever the assertions say.
CaseAnswer read_case_answer(const gateway::LoopbackReply& reply, bool json_wanted,
                            bool citations_wanted);
// What is wrong with an output by itself: invalid_json, bad_tool_call, "".
std::string failure_of_output(const Value& output, bool json_wanted);

// Whether the request asks for JSON.
bool wants_json(std::string_view body);
bool wants_citations(const RunSpec& spec);

}  // namespace maester::evals
