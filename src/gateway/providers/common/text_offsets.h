// Where in an answer's text a citation points to: providers count characters, the normal form
// counts bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace maester::gateway::providers {

// The byte at which the `index`-th code point of well-formed UTF-8 begins; the end when there are
// not as many, 0 for negative ones.
std::int64_t byte_offset(std::string_view text, std::int64_t index);

}  // namespace maester::gateway::providers
