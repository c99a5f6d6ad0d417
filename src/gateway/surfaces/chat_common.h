// What every surface that is shaped like a provider's chat has in common: the extension in its
// answers, the estimate for its request budget, and that budget's refusal.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "gateway/pipeline/call.h"
#include "gateway/surfaces/request_fields.h"

namespace maester::gateway {

ChatLimits limits_of(const Call& call);
// Moves what was parsed into the call, and the extension into its options.
Status take_parsed(Call& call, ParsedChat parsed);

// "" when the request did not carry the extension.
std::string maester_json(const Call& call);
// A provider's whole answer with the extension added, when there is one; as it is otherwise.
std::string with_maester(const std::string& body, const std::string& maester);

// An upper bound: exact where the tokenizer is known and the chat is text alone; else no token is
// shorter than a byte (RULES.md §11).
std::int64_t bound_chat_input(const Call& call);
Error request_budget_refusal(const Call& call);

std::int64_t unix_seconds(const Call& call);  // when the request was received

}  // namespace maester::gateway
