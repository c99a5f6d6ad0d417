// The JSON of one server-sent event after the other, in a document that keeps its memory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace maester::gateway::providers {

class EventDocument {
 public:
  // The event's object; valid until the next call. Mends surrogate pairs that two events share.
  // Code::upstream_error when the data is no JSON object.
  Result<json::Value> parse(std::string_view data);

 private:
  json::Document document_;
  std::string pending_, mended_;
};

// Blanks and line ends at both sides taken off: some providers pad.
std::string_view trim(std::string_view text);

}  // namespace maester::gateway::providers
