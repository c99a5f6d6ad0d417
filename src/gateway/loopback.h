// Maester's own data plane without a socket: evaluation runs, graders, batches and replays ask as
// any client does, and are routed, limited, budgeted, metered, checked and recorded as any client
// is. api/ implements it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/money.h"
#include "gateway/pipeline/overload.h"

namespace maester::gateway {

struct LoopbackAsk {
  std::string path;  // of the data plane: "/v1/chat/completions", "/v1/embeddings", ...
  std::string body;  // as a client would send it; never streamed
  // In whose name: the key's terms, limits and budgets as they are now. Once it is revoked or has
  // expired every ask is a 401. An empty `key_id` is Maester itself, for the tenant.
  std::string tenant, key_id;
  Priority priority = Priority::batch;
  milliseconds timeout{0};        // of the whole; 0 = as the body and the route say
  std::string idempotency_key{};  // "" = none. As a client's: repeats, 409 outcome_unknown, ...
  std::string purpose{};          // in receipt and trace: "eval", "grade", "batch", "replay"
  std::string replayed_from{};    // request id of the original, for a replay
  bool batch_price = false;       // the provider charges its batch price
};

struct LoopbackReply {
  int status = 0;  // HTTP
  std::string body;
  std::string request_id;
  std::optional<milliseconds> retry_after{};
  std::optional<FemtoUsd> cost{};  // of all attempts; nullopt = unpriced, or repeated
  nanoseconds latency{0};
  bool cached = false;    // out of the response cache
  bool repeated = false;  // an earlier result under the idempotency key
  bool stopping = false;  // refused or ended because the process stops: to be asked again
  bool ok() const { return status >= 200 && status < 300; }
};

// One ask on its way.
class LoopbackTicket {
 public:
  virtual ~LoopbackTicket() = default;
  // Thread-safe, at once. Ends it as a client that goes away does; its reply still comes.
  virtual void cancel() = 0;
};

class Loopback {
 public:
  virtual ~Loopback() = default;
  // Thread-safe, at once. `then` is called once, on some core's thread: it must be short.
  virtual std::shared_ptr<LoopbackTicket> begin(LoopbackAsk ask,
                                                std::function<void(LoopbackReply)> then) = 0;
  // The same, blocking. REQUIRES: not on a core's thread.
  LoopbackReply send(LoopbackAsk ask);
};

}  // namespace maester::gateway
