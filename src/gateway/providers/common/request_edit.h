// What adapters do to a caller's own bytes: the same few members, whichever the protocol.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/provider.h"

namespace maester::gateway::providers {

// Replaces the member, or adds it.
void set_member(json::Edit& edit, json::Value object, std::string_view key, std::string json);

// Code::invalid_request unless it is a JSON object.
Result<json::Document> parse_source(std::string_view body);

// Takes the `maester` member out, and sets `model` and `stream` to what the attempt wants.
void edit_common(json::Edit& edit, json::Value root, const EncodeOptions& options);

}  // namespace maester::gateway::providers
