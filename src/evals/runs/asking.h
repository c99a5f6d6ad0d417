// Asking the data plane from a run's threads: blocking, but ended at once when the run is.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>

#include "gateway/loopback.h"

namespace maester::evals {

// Thread-safe.
class Asking {
 public:
  explicit Asking(gateway::Loopback& loopback) : loopback_(loopback) {}
  // Blocking. After cancel() the reply is a refusal with `stopping` set, and nothing was asked.
  gateway::LoopbackReply send(gateway::LoopbackAsk ask);
  // What runs is ended as by a client that goes away; nothing is asked from here on.
  void cancel();
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

 private:
  using TicketPtr = std::shared_ptr<gateway::LoopbackTicket>;
  gateway::Loopback& loopback_;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::set<TicketPtr> running_;
};

}  // namespace maester::evals
