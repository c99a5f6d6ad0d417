// Governing tools: what a request may declare, what an answer may call. The server never runs a
// tool. Private to the guard stages.
#pragma once

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/guard_state.h"

namespace maester::gateway {

// Notes the declared tools; those that the caller may not use are refused (Code::forbidden, by
// name) or left out, as configured.
Status govern_declared(Call& call, const guard::ToolBook& book);

enum class CallVerdict : std::uint8_t { good, repaired, faulty };

// One call of an answer against permission, declaration and schema; counts it. Arguments that were
// cut off are closed where that is safe and allowed by the rules. `why` says what is wrong.
CallVerdict judge_call(Call& call, ToolCall& tool_call, std::string& why);

// The refusal of an answer for a call in it.
Error tool_refusal(const ToolCall& tool_call, const std::string& why);

}  // namespace maester::gateway
