// A version in the making: may change and may be broken, and no label or request reaches it.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace maester::prompts {

inline constexpr std::size_t kMaxDrafts = 100;  // of a prompt

struct Draft {
  std::string prompt, name;
  std::string content;  // the body of a push, a JSON object; its reader is whoever publishes it
  std::string author;   // id of the key that saved it last
  WallTime saved_at{};
};

// Of what it says: 32 hexadecimal digits.
std::string etag_of(const Draft& draft);

}  // namespace maester::prompts
