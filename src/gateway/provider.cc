#include "gateway/provider.h"

namespace maester::gateway {

std::string_view to_string(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::retryable:
      return "retryable";
    case ErrorClass::rate_limited:
      return "rate_limited";
    case ErrorClass::credential:
      return "credential";
    case ErrorClass::request:
      return "request";
    case ErrorClass::context_length:
      return "context_length";
    case ErrorClass::content:
      return "content";
    case ErrorClass::quota:
      return "quota";
  }
  return "retryable";
}

}  // namespace maester::gateway
