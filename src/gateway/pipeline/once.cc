#include "gateway/pipeline/once.h"

#include "gateway/pipeline/stages.h"
#include "gateway/problem.h"

namespace maester::gateway {

runtime::Task<void> keep_answer(Call& call, int status, wire::Headers headers, std::string body) {
  if (call.once == nullptr || call.once->run == nullptr) co_return;
  auto keeping = call.once->run->finish({status, std::move(headers), std::move(body)});
  (void)co_await std::move(keeping);
  call.once->run.reset();
}

runtime::Task<void> forget_refused(Call& call, const Error& error) {
  if (call.once->run == nullptr || !call.attempts.empty() || !worth_retrying(error.code)) co_return;
  auto forgetting = call.once->run->forget();
  (void)co_await std::move(forgetting);
  call.once->run.reset();
}

namespace stages {

runtime::Task<Status> recall(Call& call, const Services& services) {
  if (call.idempotency_key.empty()) co_return Status{};
  call.once = std::make_unique<Once>();
  auto beginning = services.idempotency.begin(
      {call.principal.tenant, call.principal.key_id, call.endpoint, call.idempotency_key},
      call.body, call.id_text);
  CO_TRY_ASSIGN(IdempotencyStore::Begun begun, co_await std::move(beginning));
  call.once->run = std::move(begun.run);
  call.once->repeated = std::move(begun.answer);
  co_return Status{};
}

}  // namespace stages
}  // namespace maester::gateway
