// Whether a text ends or consists of noise that an optimiser made (adversarial suffixes: signs and
// torn words without grammar). Pure, linear.
#pragma once

#include <string_view>

namespace maester::gateway::guard {

bool is_noise(std::string_view text);

}  // namespace maester::gateway::guard
