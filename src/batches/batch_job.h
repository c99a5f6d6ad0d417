// The handler of jobs `batch`: judges the input, asks its lines, writes the files. Runs on a worker
// thread of the batches' own group. Steps: validate, requests, finalize; whatever stops in between,
// the next attempt goes on behind the last commit (docs/adr/0180).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "batches/batch_store.h"
#include "batches/file_store.h"
#include "gateway/loopback.h"
#include "jobs/workers.h"

namespace maester::batches {

// What a model's provider grants to a batch (docs/adr/0181).
struct Grant {
  std::string service_tier;  // asked for by lines that say none, "" = none
  bool batch_price = false;
};

// Out of the configuration in force.
struct BatchRules {
  std::size_t concurrency = 16;  // lines of a batch at a time, at most
  std::int64_t max_lines = 50'000;
  std::size_t max_line = 10u << 20;  // bytes
  std::function<Grant(std::string_view model)> grant;
};

class BatchJob {
 public:
  // All outlive it. `rules` is thread-safe.
  BatchJob(BatchStore& batches, FileStore& files, gateway::Loopback& loopback, const Clock& clock,
           std::function<BatchRules()> rules)
      : batches_(batches),
        files_(files),
        loopback_(loopback),
        clock_(clock),
        rules_(std::move(rules)) {}

  Result<std::string> run(jobs::Run& run);

 private:
  Result<std::string> validate(jobs::Run& run, const Batch& batch);
  Result<std::string> ask(jobs::Run& run, const Batch& batch);
  Result<std::string> finalize(jobs::Run& run, const Batch& batch);
  BatchStore& batches_;
  FileStore& files_;
  gateway::Loopback& loopback_;
  const Clock& clock_;
  const std::function<BatchRules()> rules_;
};

}  // namespace maester::batches
