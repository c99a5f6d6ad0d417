// The label by which a request's prompt was found, out of its receipt. Private to the module.
#pragma once

#include <string>
#include <string_view>

namespace maester::meter {

// "" when there is none, and for what is no live traffic: shadows, replays, judges and evaluations.
// `receipt` was written without spaces; a quote inside a text is escaped, so that none of the words
// that are looked for can stand in one.
std::string label_of(std::string_view receipt);

}  // namespace maester::meter
