#include "gateway/problem.h"

namespace maester::gateway {

int http_status(Code code) {
  switch (code) {
    case Code::invalid_request:
      return 400;
    case Code::unauthenticated:
      return 401;
    case Code::budget_exceeded:
      return 402;
    case Code::forbidden:
      return 403;
    case Code::not_found:
    case Code::model_not_found:
      return 404;
    case Code::conflict:
    case Code::version_conflict:
    case Code::gate_refused:
    case Code::replay_not_captured:
    case Code::outcome_unknown:
      return 409;
    case Code::too_large:
      return 413;
    case Code::missing_variable:
    case Code::unprocessable:
    case Code::idempotency_mismatch:
      return 422;
    case Code::rate_limited:
    case Code::concurrency_limited:
      return 429;
    case Code::cancelled:
      return 499;  // the client is gone: for logs and records only
    case Code::upstream_error:
      return 502;
    case Code::overloaded:
    case Code::storage_full:
    case Code::no_target:
      return 503;
    case Code::deadline_exceeded:
      return 504;
    case Code::internal:
    case Code::io_error:
    case Code::corrupt:
    case Code::closed:
      return 500;
  }
  return 500;
}

bool worth_retrying(Code code) {
  switch (code) {
    case Code::rate_limited:
    case Code::concurrency_limited:
    case Code::upstream_error:
    case Code::overloaded:
    case Code::storage_full:
    case Code::no_target:
    case Code::deadline_exceeded:
    case Code::internal:
    case Code::io_error:
      return true;
    default:
      return false;
  }
}

}  // namespace maester::gateway
