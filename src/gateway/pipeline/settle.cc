#include "gateway/pipeline/ledger_records.h"
#include "gateway/pipeline/stages.h"

namespace maester::gateway::stages {

runtime::Task<Status> settle(Call& call, const Services& services, const Error* error) {
  Attempt* last = call.attempt();
  if (last == nullptr || last->settled) co_return Status{};
  if (error != nullptr && last->error_code.empty())
    last->error_code = std::string(to_string(error->code));
  if (last->ended == MonoTime{}) last->ended = services.clock.mono();
  auto journaling = journal_settlement(call, *last, services, true, error);
  CO_TRY(co_await std::move(journaling));
  call.settled = true;
  co_return Status{};
}

}  // namespace maester::gateway::stages
