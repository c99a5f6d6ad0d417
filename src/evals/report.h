// What a run leaves behind: JSON in promptfoo's shape, JSON lines, CSV, JUnit, HTML. Each writes as
// the rows come and keeps none.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "evals/runner.h"

namespace maester::evals {

// By the file's ending: .json, .jsonl, .csv, .html, .xml (JUnit). The file stands under its name
// only when it is whole: until then it is NAME.partial. Fails for another ending, and when it
// cannot be written.
Result<std::unique_ptr<RowSink>> open_report(const std::string& path);
std::unique_ptr<RowSink> junit_report(std::string path);

// {success, score, failureReason, namedScores, gradingResult, ...}: a row as promptfoo writes it.
std::string row_json(const Row& row, const Column& column);

}  // namespace maester::evals
