// Joins a surrogate pair whose two escapes a provider cut apart between two stream events
// ("...\ud83d" and "\ude00..."): each half alone is no valid JSON string (RFC 8259 §8.2), so such
// events must be mended before they are parsed.
#pragma once

#include <string>
#include <string_view>

namespace maester::gateway::providers {

// `json` with every lone surrogate escape gone: a high one at the end of a string moves into
// `pending`; a low one at the start of a string takes `pending` in front of it; others become
// \ufffd. Well-formed text comes back unchanged.
std::string mend_surrogates(std::string_view json, std::string& pending);

}  // namespace maester::gateway::providers
