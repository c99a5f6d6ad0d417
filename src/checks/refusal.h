// Whether a text says no: the phrases with which models decline. English. Private to checks.
#pragma once

#include <string_view>

namespace maester::checks {

// An empty text is a refusal, too.
bool is_refusal(std::string_view text);

}  // namespace maester::checks
