// The matchers of secrets. Each answers what begins at `at`: its length (0: nothing) and its kind.
// Private to guard.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

struct Found {
  std::size_t length = 0;
  std::string_view kind;
};

// secret_keys.cc: a vendor's prefix and its alphabet. REQUIRES: a word begins at `at`
Found match_vendor_key(const Source& source, std::size_t at);
std::span<const std::string_view> vendor_kinds();
// secret_tokens.cc: JSON web tokens; AWS secrets and other random strings of a word's own
Found match_jwt(const Source& source, std::size_t at);
Found match_random(const Source& source, std::size_t at);
// secret_blocks.cc
Found match_private_key(const Source& source, std::size_t at);
Found match_url_credentials(const Source& source, std::size_t at);
Found match_azure_storage(const Source& source, std::size_t at);
// secret_assignments.cc: password = "...", "api_key": "...", Authorization: Bearer ...
Found match_assignment(const Source& source, std::size_t at);

}  // namespace maester::gateway::guard
