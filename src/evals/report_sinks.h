// The reports by their kind. Private to report*.cc.
#pragma once

#include <memory>
#include <string>

#include "evals/runner.h"

namespace maester::evals {

std::unique_ptr<RowSink> json_report(std::string path);
std::unique_ptr<RowSink> json_lines_report(std::string path);
std::unique_ptr<RowSink> csv_report(std::string path);
std::unique_ptr<RowSink> junit_report(std::string path);
std::unique_ptr<RowSink> html_report(std::string path);

}  // namespace maester::evals
