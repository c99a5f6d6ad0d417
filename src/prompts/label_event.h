// One change of a label, as its history tells it.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "prompts/target.h"

namespace maester::prompts {

inline constexpr std::size_t kMaxReasonBytes = 4096;

struct LabelEvent {
  std::int64_t revision = 0;  // 1, 2, 3, ... within the label
  Target from, to;            // empty = not set; `to` empty = the label was deleted
  bool rollback = false;
  WallTime at{};
  std::string key_id, source;           // who: the key, and whence ("api 10.0.0.7")
  std::string reason, override_reason;  // "" = none was given; nobody overrode
};

}  // namespace maester::prompts
