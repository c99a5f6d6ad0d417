// The check characters at a key's end. Private to the module (and its benchmark).
#pragma once

#include <string>
#include <string_view>

namespace maester::access {

// Six characters for a key without them.
std::string key_crc(std::string_view body);

}  // namespace maester::access
