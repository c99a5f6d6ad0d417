#include "gateway/pipeline/retry.h"

#include <algorithm>

#include "runtime/core.h"

namespace maester::gateway {
namespace {

constexpr milliseconds kBackoffBase{100};
constexpr milliseconds kBackoffCap{2'000};
constexpr milliseconds kLongestRetryAfter{5'000};

// What the failure is about, also when no provider said a word.
ErrorClass class_of(const Attempt& attempt, const Error& error) {
  if (attempt.error) return attempt.error->error_class;
  switch (error.code) {
    case Code::upstream_error:
    case Code::deadline_exceeded:
    case Code::no_target:
      return ErrorClass::retryable;
    default:
      return ErrorClass::request;
  }
}

milliseconds jittered(std::size_t tries) {
  const auto shift = std::min<std::size_t>(tries - 1, 5);
  const auto most = std::min(kBackoffBase * (1 << shift), kBackoffCap);
  const SpanId draw = runtime::Core::current()->ids().span_id();
  const std::int64_t bits = draw.bytes[0] * 256 + draw.bytes[1];
  return milliseconds{most.count() * bits / 65536};
}

bool elsewhere_may_work(ErrorClass error_class) {
  return error_class == ErrorClass::retryable || error_class == ErrorClass::rate_limited ||
         error_class == ErrorClass::credential || error_class == ErrorClass::quota;
}

bool here_may_work(ErrorClass error_class, const Error& error) {
  if (error.code == Code::no_target)
    return false;  // an address that the rules refuse stays refused
  return error_class == ErrorClass::retryable || error_class == ErrorClass::rate_limited;
}

}  // namespace

RetryPlan plan_retry(const Call& call, const Attempt& attempt, const Error& error, MonoTime now) {
  const bool content_sent = call.streaming && !call.held_back;
  const bool total_gone = call.deadline.passed(now) ||
                          (error.code == Code::deadline_exceeded && error.param == "total");
  if (content_sent || total_gone || error.code == Code::cancelled || call.gone.stop_requested())
    return {};
  if (static_cast<int>(call.attempts.size()) >= call.resolution.attempts) return {};
  const ErrorClass error_class = class_of(attempt, error);
  if (elsewhere_may_work(error_class) && call.next_target + 1 < call.resolution.targets.size()) {
    return {true, call.next_target + 1, milliseconds{0}};
  }
  if (!here_may_work(error_class, error)) return {};
  milliseconds wait = jittered(call.attempts.size());
  if (attempt.error && attempt.error->retry_after) {
    if (*attempt.error->retry_after > kLongestRetryAfter) return {};
    wait = std::max(wait, *attempt.error->retry_after);
  }
  if (call.deadline.passed(now + wait)) return {};
  return {true, call.next_target, wait};
}

Error client_error(const Attempt& attempt, Error error) {
  if (!attempt.error) return error;
  const ProviderError& said = *attempt.error;
  const std::string provider = "Provider `" + attempt.target->provider->config.name + "` ";
  switch (said.error_class) {
    case ErrorClass::rate_limited:
      return make_error(Code::rate_limited, provider + "is limiting requests; wait and try again.",
                        {}, said.message);
    case ErrorClass::request:
    case ErrorClass::context_length:
    case ErrorClass::content:
      return make_error(Code::invalid_request,
                        said.message.empty() ? provider + "refused the request." : said.message,
                        said.param);
    case ErrorClass::credential:
      return make_error(Code::upstream_error,
                        provider + "refused Maester's credential; ask your operator.", {},
                        said.message);
    case ErrorClass::quota:
      return make_error(Code::upstream_error,
                        provider + "reports an exhausted quota; ask your operator.", {},
                        said.message);
    case ErrorClass::retryable:
      break;
  }
  return make_error(
      Code::upstream_error,
      provider + "failed to answer" +
          (said.status >= 400 ? " (status " + std::to_string(said.status) + ")." : "."),
      {}, said.message);
}

}  // namespace maester::gateway
