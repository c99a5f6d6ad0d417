#include "gateway/pipeline/count_tokens.h"

#include "gateway/pipeline/attempt_parts.h"
#include "gateway/pipeline/encode.h"
#include "gateway/pipeline/limits.h"
#include "gateway/pipeline/retry.h"
#include "gateway/pipeline/stages.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxCountBytes = 64u << 10;

runtime::Task<Status> read_count(Call& call, Attempt& attempt) {
  wire::ClientResponse& response = *attempt.upstream;
  attempt.status = response.status();
  auto reading = response.read_all(kMaxCountBytes);
  CO_TRY_ASSIGN(const std::string body, co_await std::move(reading));
  if (attempt.status < 200 || attempt.status > 299) {
    attempt.error = attempt.adapter->classify(attempt.status, response.headers(), body);
    attempt.raw_body = body;
    co_return fail(Code::upstream_error, "The provider answered with an error.", "status");
  }
  CO_TRY(decode_operation(call, attempt, body));
  attempt.delivered = true;
  co_return Status{};
}

runtime::Task<Status> ask(Call& call, const Services& services, Attempt& attempt) {
  auto dispatching = dispatch(call, services, attempt);
  CO_TRY(co_await std::move(dispatching));
  auto reading = read_count(call, attempt);
  co_return co_await std::move(reading);
}

runtime::Task<Result<InputCount>> ask_provider(Call& call, const Services& services) {
  const MonoTime now = services.clock.mono();
  auto choice = take_first_lane(call, 0, now);
  if (!choice) co_return fail(all_blocked(call, now));
  Attempt& attempt = begin_attempt(call, services, std::move(*choice));
  auto asking = ask(call, services, attempt);
  Status outcome = co_await std::move(asking);
  const bool good = outcome.has_value();
  conclude(call, attempt, services, outcome);
  if (!good) co_return fail(client_error(attempt));
  co_return InputCount{attempt.usage->input, meter::Provenance::provider};
}

}  // namespace

runtime::Task<Result<InputCount>> count_tokens(Call& call, const Services& services) {
  CO_TRY(stages::authenticate(call, services));
  auto admitting = stages::admit(call, services);
  CO_TRY(co_await std::move(admitting));
  CO_TRY(stages::resolve(call, services));
  const Target& target = call.resolution.targets.front();
  if (target.provider->config.kind != ProviderKind::anthropic)
    co_return count_input(call.chat, target);
  auto asking = ask_provider(call, services);
  co_return co_await std::move(asking);
}

}  // namespace maester::gateway
