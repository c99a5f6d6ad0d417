// The lines of a batch's output and error file, in OpenAI's form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "batches/batch.h"
#include "gateway/loopback.h"

namespace maester::batches {

// A line that was asked and answered, well or not. What the answer's usage says is added to
// `tokens`.
std::string answered_line(const Batch& batch, std::int64_t line, std::string_view custom_id,
                          const gateway::LoopbackReply& reply, TokenSums& tokens);
// A line without an answer: `code` is "batch_expired", "batch_cancelled" or "outcome_unknown".
std::string unanswered_line(const Batch& batch, std::int64_t line, std::string_view custom_id,
                            std::string_view code, std::string_view message);

// The `code` of an error in OpenAI's or Anthropic's shape, "" when there is none.
std::string error_code_of(std::string_view body);

}  // namespace maester::batches
