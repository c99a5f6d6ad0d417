// How the graders of one case reach models: within the run's stop, at its pace, and without being
// billed twice when the case is graded again after a crash. Inside of evals/runs.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "evals/model_port.h"
#include "evals/runs/asking.h"

namespace maester::evals {

class GraderPort final : public ModelPort {
 public:
  // `key`: of the case, at most 180 characters; the idempotency keys begin with it. All outlive it.
  GraderPort(Asking& asking, ModelPort& registry, std::string tenant, std::string key_id,
             std::string key)
      : asking_(asking),
        registry_(registry),
        tenant_(std::move(tenant)),
        key_id_(std::move(key_id)),
        key_(std::move(key)) {}
  Result<ModelReply> send(const ModelAsk& ask) override;
  Result<Value> prompt(const std::string& name) override { return registry_.prompt(name); }
  // Something was not asked to the end because the run stops: what was graded does not count.
  bool stopped() const { return stopped_; }

 private:
  std::string next_key(const ModelAsk& ask);
  Asking& asking_;
  ModelPort& registry_;  // for its prompts alone
  const std::string tenant_, key_id_, key_;
  std::mutex mutex_;  // of what follows
  std::map<std::string, int> asked_;
  bool stopped_ = false;
};

}  // namespace maester::evals
