#include "base/error.h"

namespace maester {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::invalid_request:
      return "invalid_request";
    case Code::unauthenticated:
      return "unauthenticated";
    case Code::budget_exceeded:
      return "budget_exceeded";
    case Code::forbidden:
      return "forbidden";
    case Code::not_found:
      return "not_found";
    case Code::model_not_found:
      return "model_not_found";
    case Code::conflict:
      return "conflict";
    case Code::version_conflict:
      return "version_conflict";
    case Code::gate_refused:
      return "gate_refused";
    case Code::replay_not_captured:
      return "replay_not_captured";
    case Code::outcome_unknown:
      return "outcome_unknown";
    case Code::too_large:
      return "too_large";
    case Code::missing_variable:
      return "missing_variable";
    case Code::unprocessable:
      return "unprocessable";
    case Code::idempotency_mismatch:
      return "idempotency_mismatch";
    case Code::rate_limited:
      return "rate_limited";
    case Code::concurrency_limited:
      return "concurrency_limited";
    case Code::upstream_error:
      return "upstream_error";
    case Code::overloaded:
      return "overloaded";
    case Code::storage_full:
      return "storage_full";
    case Code::no_target:
      return "no_target";
    case Code::deadline_exceeded:
      return "deadline_exceeded";
    case Code::internal:
      return "internal";
    case Code::cancelled:
      return "cancelled";
    case Code::io_error:
      return "io_error";
    case Code::corrupt:
      return "corrupt";
    case Code::closed:
      return "closed";
  }
  return "internal";
}

}  // namespace maester
