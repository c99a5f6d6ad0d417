// `maester batch run`: from a file of lines to a file of answers, through a batch. What is under
// way stands beside the output (OUT.batch), so that an interrupted run goes on where it was.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/batch_lines.h"
#include "app/batch_port.h"
#include "app/cli_session.h"

namespace maester::app {

struct BatchRun {
  BatchInput input;
  std::string output;
  bool resume = false;
  // Opened once the input is known to be good.
  std::function<Result<std::unique_ptr<BatchPort>>()> open;
};

// Tells and sets the status: 0 when every line was answered, else 1.
void run_batch(CliSession& session, const BatchRun& run);

}  // namespace maester::app
