#include "gateway/routing/retry_budget.h"

namespace maester::gateway {

void RetryBudget::earn(MonoTime now, int percent) {
  if (percent > 0) window_.add(now, kSlice, static_cast<std::uint32_t>(percent), 0);
}

bool RetryBudget::spend(MonoTime now, int percent) {
  if (percent <= 0) return false;
  // Paid first and taken back: of two cores that want the last one, at most one gets it.
  window_.add(now, kSlice, 0, 1);
  const auto counts = window_.sum(now, kSlice, kSlices, kSlices + 1);
  if (counts.second <= counts.first / 100 + kFloorPerWindow) return true;
  window_.take_second(now, kSlice, 1);
  return false;
}

}  // namespace maester::gateway
