// Unified diffs of texts, line by line.
#pragma once

#include <string>
#include <string_view>

#include "prompts/prompt.h"

namespace maester::prompts {

// "" when equal, else `--- OLD`, `+++ NEW` and hunks with three lines of context, as `diff -u`
// writes them
// ("\ No newline at end of file" included). The longest common subsequence where the differing
// middle has at most 4 million line pairs; beyond that the middle is shown as replaced whole.
std::string unified_diff(std::string_view old_text, std::string_view new_text,
                         std::string_view old_name, std::string_view new_name);

// The text of a version that diffs compare: declared variables and config as header lines, then the
// template, or each message under a line `[role]`.
std::string diff_text(const PromptVersion& version);

}  // namespace maester::prompts
