// Takes secrets out of text that a provider wrote before it is logged or shown (RULES.md §4): API
// keys (sk-, AKIA, AIza and the like), bearer tokens, JSON web tokens, PEM blocks, passwords in
// URLs. Linear in the text, no allocation but the result.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace maester::gateway::providers {

inline constexpr std::size_t kMaxProviderText = 512;

// Secrets become "[redacted]", control characters blanks, ill-formed UTF-8 U+FFFD; then cut to
// `max_bytes` at a code point's border. What is cut was scrubbed first, so no half of a secret
// remains.
std::string scrub(std::string_view text, std::size_t max_bytes = kMaxProviderText);

}  // namespace maester::gateway::providers
