// Reading the members of a request's body: what every surface's parser needs. Errors are
// Code::invalid_request with the value's path as `param`, as the provider's own API has it
// ("messages[2].content").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/chat.h"

namespace maester::gateway {

// Bounds on a request's counts (RULES.md §7); config.h's RequestLimits carries the operator's.
struct ChatLimits {
  std::int64_t max_messages = 2048;
  std::int64_t max_tools = 128;
  std::int64_t max_stop = 4;
  std::int64_t max_n = 8;
};

struct ParsedChat {
  ChatRequest request;
  json::Value maester;  // the extension object, absent when not sent; a view into the document
};

std::unexpected<Error> invalid_field(std::string message, std::string param);

Status require_object(json::Value value);
Status require_unique_keys(json::Value object);
// Both, of what may be null or absent too.
Status require_optional_object(json::Value value);

// The `maester` member of a body: absent when null; its members are the caller's to read.
Result<json::Value> read_maester_member(json::Value root);

Result<std::optional<std::int64_t>> read_optional_int(json::Value value, std::int64_t least,
                                                      std::int64_t most);
// A number's own text, within the range.
Status read_decimal(json::Value value, double least, double most, std::string& out);
Status read_string(json::Value value, std::string& out);
Status read_bool(json::Value value, bool& out);

struct DataUrl {
  std::string_view media_type, data;
};
// "data:image/png;base64,AAAA"; nullopt when it is no base64 data URL.
std::optional<DataUrl> parse_data_url(std::string_view url);

}  // namespace maester::gateway
