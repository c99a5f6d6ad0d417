// How random a string looks. Pure.
#pragma once

#include <string_view>

namespace maester::gateway::guard {

// Shannon's entropy of its bytes, bits a byte.
double entropy(std::string_view text);

// A placeholder ("xxxxxxxx", "your-key-here", "<token>", "${TOKEN}", "changeme"), not a value.
bool is_placeholder(std::string_view value);

// Letters of both cases and digits, and more entropy than words have.
bool looks_drawn(std::string_view text);

}  // namespace maester::gateway::guard
