// The messages of an OpenAI chat request; part of surfaces/openai_chat.h's parser.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/chat.h"
#include "gateway/surfaces/request_fields.h"

namespace maester::gateway {

// `messages` may be absent or empty only when `optional`.
Status read_messages(json::Value messages, std::int64_t most, bool optional,
                     std::vector<Message>& out);

}  // namespace maester::gateway
