// The one closed set of error codes, and the error that carries one.
//
// A code says what went wrong in the terms of the public contract (docs/api); api/problem.cc holds
// the one table that maps codes to HTTP statuses. `message` is a fixed sentence for the caller;
// `detail` is for the log only and never leaves the process (a library's text, an address, an
// errno).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace maester {

enum class Code : std::uint8_t {
  invalid_request,       // 400
  unauthenticated,       // 401
  budget_exceeded,       // 402
  forbidden,             // 403
  not_found,             // 404
  model_not_found,       // 404
  conflict,              // 409
  version_conflict,      // 409
  gate_refused,          // 409
  replay_not_captured,   // 409
  outcome_unknown,       // 409
  too_large,             // 413
  missing_variable,      // 422
  unprocessable,         // 422
  idempotency_mismatch,  // 422
  rate_limited,          // 429
  concurrency_limited,   // 429
  upstream_error,        // 502
  overloaded,            // 503
  storage_full,          // 503
  no_target,             // 503
  deadline_exceeded,     // 504
  internal,              // 500: a fault of ours
  // Never shown to a client under these names:
  cancelled,  // the caller went away or a stop was requested
  io_error,   // a system call failed
  corrupt,    // stored or received bytes do not check
  closed,     // the peer closed in good order
};

// The code as it stands in JSON, e.g. "model_not_found".
std::string_view to_string(Code code);

struct Error {
  Code code = Code::internal;
  std::string message;  // what is wrong, where, and what to do: one or two sentences
  std::string param;    // the field or argument at fault, "" when none
  std::string detail;   // for the log only

  bool operator==(const Error&) const = default;
};

inline Error make_error(Code code, std::string message, std::string param = {},
                        std::string detail = {}) {
  return Error{code, std::move(message), std::move(param), std::move(detail)};
}

}  // namespace maester
