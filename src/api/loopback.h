// gateway::Loopback over the data plane's table: each ask runs on one of the cores, in turn.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "gateway/loopback.h"
#include "gateway/pipeline/pipeline.h"
#include "runtime/core.h"

namespace maester::api {

class PipelineLoopback final : public gateway::Loopback {
 public:
  // Both outlive it; the pipeline may be made after it and before the first ask.
  PipelineLoopback(const gateway::Pipeline& pipeline, runtime::CorePool& cores);
  ~PipelineLoopback() override;

  std::shared_ptr<gateway::LoopbackTicket> begin(
      gateway::LoopbackAsk ask, std::function<void(gateway::LoopbackReply)> then) override;

  // New asks are refused (503) from here on; those that run may end until then and are cancelled
  // then. REQUIRES: the cores run; not on a core's thread.
  void end(Deadline patience);

 private:
  struct PerCore;
  struct Ticket;
  runtime::Task<void> run(PerCore& mine, std::shared_ptr<Ticket> ticket,
                          std::unique_ptr<gateway::LoopbackAsk> ask,
                          std::function<void(gateway::LoopbackReply)> then) const;
  runtime::Task<gateway::LoopbackReply> answer(gateway::LoopbackAsk& ask,
                                               runtime::StopToken stop) const;
  static runtime::Task<void> finish(PerCore& mine, Deadline patience);
  const gateway::Pipeline& pipeline_;
  std::vector<std::unique_ptr<PerCore>> cores_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace maester::api
