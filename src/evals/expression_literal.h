// Texts, regular expressions and operators as expressions write them. Private to the parser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace maester::evals {

// From the quote at `at`; moves `at` behind the closing one.
Result<std::string> read_quoted(std::string_view text, std::size_t& at);
// The pattern of `/pattern/`; moves `at` to its flags.
Result<std::string> read_regex(std::string_view text, std::size_t& at);

struct Operator {
  std::string_view sign;
  int precedence;
};
// The operator that `rest` begins with, null when there is none of at least this precedence.
const Operator* operator_at(std::string_view rest, bool script, int least);

}  // namespace maester::evals
