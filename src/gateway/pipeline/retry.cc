#include "gateway/pipeline/retry.h"

#include <algorithm>

#include "gateway/pipeline/lane_choice.h"
#include "gateway/routing/backoff.h"

namespace maester::gateway {
namespace {

bool about_the_request(ErrorClass error_class) {
  return error_class == ErrorClass::request || error_class == ErrorClass::context_length ||
         error_class == ErrorClass::content;
}

bool may_go_on(const Call& call, const Attempt& attempt, MonoTime now) {
  const Error& error = *attempt.failure;
  const bool content_sent = call.streaming && !call.held_back;
  const bool total_gone = call.deadline.passed(now) ||
                          (error.code == Code::deadline_exceeded && error.param == "total");
  return !content_sent && !total_gone && error.code != Code::cancelled &&
         !call.gone.stop_requested() &&
         static_cast<int>(call.attempts.size()) < call.resolution.attempts;
}

// The same target again: after the backoff, the end of its cool-down and what the provider wished.
std::optional<milliseconds> wait_here(const Call& call, const Attempt& attempt, MonoTime now,
                                      std::uint16_t chance) {
  const LaneBlock block = target_block(call, call.next_target, now);
  using Reason = LaneBlock::Reason;
  if (block.reason != Reason::none && block.reason != Reason::cooling_down) return std::nullopt;
  nanoseconds wished = block.wait;
  if (attempt.error && attempt.error->retry_after) {
    wished = std::max<nanoseconds>(wished, *attempt.error->retry_after);
  }
  if (wished > kLongestRetryAfter) return std::nullopt;
  const milliseconds wait =
      std::chrono::ceil<milliseconds>(wished) + backoff(call.attempts.size(), chance);
  if (call.deadline.passed(now + wait)) return std::nullopt;
  return wait;
}

RetryPlan repeat_here(const Call& call, const Attempt& attempt, MonoTime now,
                      std::uint16_t chance) {
  if (attempt.failure->code == Code::no_target) return {};  // a refused address stays refused
  const auto wait = wait_here(call, attempt, now, chance);
  if (!wait) return {};
  RetryBudget& budget = attempt.target->upstream->state->retries;
  if (!budget.spend(now, call.resolution.retry_budget_percent)) return {};
  return {true, call.next_target, *wait};
}

bool waited_here(const Call& call, const Attempt& attempt) {
  return std::count_if(call.attempts.begin(), call.attempts.end(), [&](const auto& one) {
           return one->target == attempt.target && verdict_of(*one) == CallEnd::rate_limited;
         }) > 1;
}

// The target will not take this request; others may.
RetryPlan plan_elsewhere(const Call& call, const Attempt& attempt, MonoTime now) {
  const auto go = [](std::optional<std::size_t> target) {
    return target ? RetryPlan{true, *target, milliseconds{0}} : RetryPlan{};
  };
  const ErrorClass error_class = class_of(attempt);
  if (error_class == ErrorClass::context_length || error_class == ErrorClass::content) {
    const TargetUse use =
        error_class == ErrorClass::content ? TargetUse::content_filter : TargetUse::context_length;
    if (const auto target = free_target(call, use, now)) return go(target);
  }
  // A fallback that refuses proves nothing about the rest.
  if (&attempt_to_blame(call) == &attempt) return {};
  return go(free_target(call, TargetUse::in_turn, now));
}

}  // namespace

ErrorClass class_of(const Attempt& attempt) {
  if (attempt.error) return attempt.error->error_class;
  switch (attempt.failure->code) {
    case Code::upstream_error:
    case Code::deadline_exceeded:
    case Code::no_target:
      return ErrorClass::retryable;
    default:
      return ErrorClass::request;
  }
}

CallEnd verdict_of(const Attempt& attempt) {
  if (!attempt.failure) return CallEnd::answered;
  const Error& error = *attempt.failure;
  if (attempt.error) {
    switch (attempt.error->error_class) {
      case ErrorClass::retryable:
        return CallEnd::failed;
      case ErrorClass::rate_limited:
        return CallEnd::rate_limited;
      case ErrorClass::credential:
        return attempt.error->status == 403 ? CallEnd::forbidden : CallEnd::unauthorized;
      case ErrorClass::quota:
        return CallEnd::quota;
      case ErrorClass::request:
      case ErrorClass::context_length:
      case ErrorClass::content:
        return CallEnd::answered;
    }
  }
  if (error.code == Code::upstream_error || error.code == Code::no_target) return CallEnd::failed;
  // The deadline of the whole request may be the caller's own wish, and a client that reads slowly
  // is no fault of the provider's.
  const bool its_own =
      error.param == "connect" || error.param == "first_byte" || error.param == "idle";
  return error.code == Code::deadline_exceeded && its_own ? CallEnd::failed : CallEnd::unknown;
}

RetryPlan plan_retry(const Call& call, const Attempt& attempt, MonoTime now, std::uint16_t chance) {
  if (!may_go_on(call, attempt, now)) return {};
  const ErrorClass error_class = class_of(attempt);
  if (about_the_request(error_class)) return plan_elsewhere(call, attempt, now);
  const bool credential_may_matter = error_class == ErrorClass::credential ||
                                     error_class == ErrorClass::quota ||
                                     error_class == ErrorClass::rate_limited;
  if (credential_may_matter && has_fresh_lane(call, call.next_target, now)) {
    return {true, call.next_target, milliseconds{0}};
  }
  const bool named_a_wait = error_class == ErrorClass::rate_limited && attempt.error->retry_after &&
                            !waited_here(call, attempt);
  if (named_a_wait) {
    if (const RetryPlan plan = repeat_here(call, attempt, now, chance); plan.again) return plan;
  }
  if (const auto next = free_target(call, TargetUse::in_turn, now))
    return {true, *next, milliseconds{0}};
  if (error_class == ErrorClass::retryable ||
      (error_class == ErrorClass::rate_limited && !named_a_wait)) {
    return repeat_here(call, attempt, now, chance);
  }
  return {};
}

const Attempt& attempt_to_blame(const Call& call) {
  const Attempt& last = *call.attempt();
  if (!last.failure || !about_the_request(class_of(last))) return last;
  for (const auto& one : call.attempts) {
    if (one->failure && !about_the_request(class_of(*one))) return *one;
  }
  return last;
}

Error client_error(const Attempt& attempt) {
  const Error& error = *attempt.failure;
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
