// What the surfaces of embeddings and of rankings have in common: texts in, numbers out, no chat.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

// Reads the extension; what is about chats in it (a prompt, checks) is refused by name. Sets the
// model and the user.
Status take_inputs_options(Call& call, json::Value maester, std::string_view model,
                           std::string_view user);
// For the request's budget: input tokens, of which none can be more.
std::int64_t estimate_inputs(const Call& call);
// The shortest decimal that reads back as the same float; finite ones only.
std::string shortest_text(float value);

}  // namespace maester::gateway
