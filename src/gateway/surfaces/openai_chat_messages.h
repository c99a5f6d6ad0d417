// The messages of an OpenAI chat request; part of surfaces/openai_chat.h's parser.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/chat.h"

namespace maester::gateway {

// `messages` may be absent or empty only when `optional`.
Status read_messages(json::Value messages, std::int64_t most, bool optional,
                     std::vector<Message>& out);

// Code::invalid_request with the value's path as `param`.
Status require_object(json::Value value);
Status require_unique_keys(json::Value object);

}  // namespace maester::gateway
