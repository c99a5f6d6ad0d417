#include "evals/runs/asking.h"

#include <future>

namespace maester::evals {

gateway::LoopbackReply Asking::send(gateway::LoopbackAsk ask) {
  gateway::LoopbackReply stopped;
  stopped.stopping = true;
  // Shared: it must outlive the end of set_value() on the core's thread.
  const auto promise = std::make_shared<std::promise<gateway::LoopbackReply>>();
  auto reply = promise->get_future();
  TicketPtr ticket;
  {
    const std::lock_guard lock(mutex_);
    if (cancelled()) return stopped;
    ticket = loopback_.begin(std::move(ask), [promise](gateway::LoopbackReply got) {
      promise->set_value(std::move(got));
    });
    running_.insert(ticket);
  }
  gateway::LoopbackReply got = reply.get();
  const std::lock_guard lock(mutex_);
  running_.erase(ticket);
  // An answer that came through counts, whoever wanted to stop.
  if (cancelled() && !got.ok()) got.stopping = true;
  return got;
}

void Asking::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_.store(true, std::memory_order_release);
  for (const TicketPtr& one : running_) one->cancel();
}

}  // namespace maester::evals
