#include "gateway/pipeline/stand_in.h"

namespace maester::gateway {

Attempt& stand_in(Call& call, const Target& target, const Provider& adapter,
                  const Services& services) {
  auto attempt = std::make_unique<Attempt>();
  attempt->number = 0;
  attempt->cached = true;
  attempt->target = &target;
  attempt->adapter = &adapter;
  attempt->started = attempt->ended = services.clock.mono();
  attempt->started_wall = services.clock.wall();
  attempt->status = 200;
  attempt->delivered = true;
  attempt->usage = meter::Usage{};
  attempt->cost = meter::CostBreakdown::nothing();
  return *call.attempts.emplace_back(std::move(attempt));
}

}  // namespace maester::gateway
