#include "evals/runs/grader_port.h"

#include <chrono>
#include <thread>

#include "base/hash.h"

namespace maester::evals {
namespace {

constexpr int kMostTries = 10;

}  // namespace

// The same question put again in the grading of one case is another one.
std::string GraderPort::next_key(const ModelAsk& ask) {
  const std::string digest = sha256_hex(ask.path + "\n" + ask.body).substr(0, 32);
  const std::lock_guard lock(mutex_);
  return key_ + ":" + digest + ":" + std::to_string(asked_[digest]++);
}

Result<ModelReply> GraderPort::send(const ModelAsk& ask) {
  const std::string key = next_key(ask);
  milliseconds wait{250};
  for (int tries = 0;; ++tries) {
    gateway::LoopbackReply reply =
        asking_.send({.path = ask.path,
                      .body = ask.body,
                      .tenant = tenant_,
                      .key_id = key_id_,
                      .idempotency_key = tries == 0 ? key : key + "." + std::to_string(tries),
                      .purpose = "grade"});
    if (reply.stopping) {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      return fail(Code::cancelled, "The run was stopped.");
    }
    const bool too_fast = reply.status == 429 || reply.status == 503;
    if (too_fast && tries < kMostTries && !asking_.cancelled()) {
      std::this_thread::sleep_for(
          std::min<milliseconds>(reply.retry_after.value_or(wait), milliseconds(5'000)));
      wait *= 2;
      continue;
    }
    return ModelReply{.status = reply.status,
                      .body = std::move(reply.body),
                      .request_id = std::move(reply.request_id),
                      .latency = std::chrono::duration_cast<milliseconds>(reply.latency),
                      .cost = reply.cost,
                      .cached = reply.cached};
  }
}

}  // namespace maester::evals
