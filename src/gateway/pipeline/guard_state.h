// What guarding knows of one request: findings, tools used, and how it ended. Made by guard_input
// when a policy or governed tools apply.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "gateway/guard/report.h"
#include "gateway/guard/tools.h"

namespace maester::gateway {

struct GuardState {
  // A tool that the request declared, or that an answer called.
  struct ToolUse {
    std::string name;
    std::string version;                            // as configured; "" for one that is not
    const guard::GovernedTool* governed = nullptr;  // the snapshot's
    std::optional<JsonSchema> schema;               // the governed one, else the declared one
    bool declared = false;
    bool stripped = false;  // left out of the request
    std::int64_t calls = 0, invalid = 0;
  };

  guard::Report report;
  std::vector<ToolUse> tools;
  bool tools_governed = false;
  bool repaired = false;     // a call's arguments were mended
  bool asked_again = false;  // an invalid call was sent back to the model
  // Of a stream that was judged on its way (guard_stream.h): what of it, and why it was cut off.
  bool spans_judged = false, calls_judged = false;
  std::optional<Error> refusal;
};

}  // namespace maester::gateway
