// Matching a path against a route's pattern.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maester::api {

// The values of the pattern's {..} in order, percent-decoded; nullopt when the path does not match.
// A segment that is empty or has a malformed escape matches nothing.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path);

}  // namespace maester::api
