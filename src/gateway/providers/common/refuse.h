// What adapters say of requests that their provider cannot express, and of messages in general.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/chat.h"

namespace maester::gateway::providers {

// "messages[2].content"
std::string message_path(std::size_t index, std::string_view field);

// Fields of OpenAI's that change nothing in an answer: hints, bookkeeping at OpenAI. They are left
// out where the provider has none.
bool is_ignorable_field(std::string_view name);

// The name of the tool that the result `id` belongs to: that of the newest call with this id before
// message `index`. "" when there is none.
std::string_view tool_of_result(const ChatRequest& request, std::size_t index);

// A call's arguments as the text of a JSON object; Code::invalid_request naming the message when
// they are none.
Result<std::string> arguments_object(const ToolCall& call, std::size_t index);

// The texts of a message's text parts, joined.
std::string text_of(const Message& message);

bool is_system(const Message& message);

// Anthropic and Bedrock allow [a-zA-Z0-9_-] in ids; the same change at the call and at its result
// keeps them together.
std::string safe_id(std::string_view id);

}  // namespace maester::gateway::providers
