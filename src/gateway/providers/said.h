// For tests: a message in one line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/chat.h"

namespace maester::gateway {

inline Message said(Role role, std::vector<Part> parts, std::string tool_call_id = {}) {
  Message out;
  out.role = role;
  out.parts = std::move(parts);
  out.tool_call_id = std::move(tool_call_id);
  return out;
}

}  // namespace maester::gateway
