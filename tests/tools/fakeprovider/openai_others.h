// OpenAI's other APIs as the fake provider speaks them: Responses and the retired completions.
// Written from OpenAI's documentation, apart from the adapters and surfaces in src/gateway.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fakeprovider/words.h"

namespace maester::rig {

std::string responses_body(const Answer& answer);
Events responses_events(const Answer& answer);
std::string responses_error_event(std::string_view message);

std::string completions_body(const Answer& answer);
Events completions_events(const Answer& answer);

// Text in pieces of about eight bytes, never inside a character.
std::vector<std::string_view> text_pieces(std::string_view text);

}  // namespace maester::rig
