// Files of cases -> cases, and back: JSON lines (loses nothing), YAML and CSV (as suites have their
// tests). Pure. Reading fails closed: the first fault is the answer, as "FILE:LINE:COLUMN: ...",
// and nothing is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evals/datasets/dataset.h"

namespace maester::evals {

enum class CaseFormat : std::uint8_t { json_lines, csv, yaml };
// By a file's name or a content type; Code::invalid_request saying which there are.
Result<CaseFormat> case_format(std::string_view file_or_type);

// `file` names it in messages and in the cases' source. At most kMaxCases.
Result<std::vector<Case>> read_case_file(const std::string& text, std::string_view file,
                                         CaseFormat format);

// Of CSV, the columns are those of these cases: give all.
std::string write_case_file(const std::vector<Case>& cases, CaseFormat format);

}  // namespace maester::evals
