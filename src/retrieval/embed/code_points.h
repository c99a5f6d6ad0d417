// Walking the code points of well-formed UTF-8. Internal to embed/.
#pragma once

#include <string_view>
#include <vector>

#include "base/utf8.h"

namespace maester::retrieval {

// Calls each(code point, its bytes). REQUIRES: well-formed UTF-8.
template <class Each>
void each_code_point(std::string_view text, const Each& each) {
  for (std::size_t at = 0; at < text.size();) {
    const utf8::Decoded one = utf8::decode(text, at);
    const std::size_t length = one.length == 0 ? 1 : one.length;
    each(one.code_point, text.substr(at, length));
    at += length;
  }
}

}  // namespace maester::retrieval
