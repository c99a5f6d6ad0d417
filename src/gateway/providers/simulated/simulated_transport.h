// The simulated provider: a model that answers in process, in OpenAI's wire form, so that it goes
// through the same adapter, metering and evaluation as a real one (CONTRACT.md §5). No socket, no
// randomness: the same request gets the same answer.
//
//   content       = "[OpenAI:MODEL] Generated response for prompt: " + the first 120 characters of
//   the prompt input tokens  = max(1, 2 x words of the prompt); output tokens = min(max_tokens,
//   max(20, 2 x words of the content))
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/config.h"
#include "wire/client.h"

namespace maester::gateway {

// What the simulated model makes of a prompt. Pure.
struct SimulatedAnswer {
  std::string content;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  bool capped = false;  // max_tokens cut the count: finish_reason "length"
};
SimulatedAnswer simulate(std::string_view flavor, std::string_view model, std::string_view prompt,
                         std::optional<std::int64_t> max_tokens);

// Thread-safe. `config` says how slow it is and which share of requests fails (every n-th, evenly
// spread).
class SimulatedTransport final : public wire::Transport {
 public:
  SimulatedTransport(SimulatedConfig config, const Clock& clock)
      : config_(std::move(config)), clock_(clock) {}
  runtime::Task<Result<std::unique_ptr<wire::ClientResponse>>> send(const wire::Origin& origin,
                                                                    wire::ClientRequest request,
                                                                    wire::ClientTimeouts timeouts,
                                                                    runtime::Wait wait) override;

 private:
  bool fails_now();
  SimulatedConfig config_;
  const Clock& clock_;
  std::atomic<std::uint64_t> asked_{0};
};

}  // namespace maester::gateway
