// What suites ask Maester: the seam between evaluation and the data plane. The gateway's Loopback
// satisfies it (loopback_port.h) and so does an HTTP client (the command line, MAESTER_URL), so
// that server-side runs, live evaluation and the command line share providers and graders.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "evals/value.h"

namespace maester::evals {

struct ModelAsk {
  std::string path;                   // "/v1/chat/completions", "/v1/embeddings"
  std::string body;                   // JSON, as a client would send it; never streamed
  std::string_view purpose = "eval";  // "eval", "grade": told in receipts where the port can
  std::string idempotency_key{};      // "" = none
};

struct ModelReply {
  int status = 0;  // HTTP
  std::string body, request_id;
  std::optional<milliseconds> latency;
  std::optional<FemtoUsd> cost;  // nullopt: not known, or only the body tells
  bool cached = false;           // out of the response cache
};

class ModelPort {
 public:
  virtual ~ModelPort() = default;
  // Asked before a run: fails when nothing could be asked, saying what to do. Blocking.
  virtual Status ready() { return {}; }
  // Thread-safe, blocking. An answer of any status is a reply; fails when there was none.
  virtual Result<ModelReply> send(const ModelAsk& ask) = 0;
  // The registry's prompt of this name, as it is live: a text or a list of {role, content}.
  // Undefined: there is no such prompt (or no registry). Thread-safe, blocking.
  virtual Result<Value> prompt(const std::string& name) = 0;
};

}  // namespace maester::evals
