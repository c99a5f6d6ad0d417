// What `eval run` prints: the failures, and the sums of each column.
#pragma once

#include <memory>

#include "app/cli_session.h"
#include "evals/runner.h"

namespace maester::app {

std::unique_ptr<evals::RowSink> eval_table(CliSession& session);

}  // namespace maester::app
