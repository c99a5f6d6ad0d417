#include "batches/batch.h"

#include <algorithm>

namespace maester::batches {
namespace {

constexpr std::array<std::string_view, 8> kStatuses{"validating", "failed",    "in_progress",
                                                    "finalizing", "completed", "expired",
                                                    "cancelling", "cancelled"};

}  // namespace

std::string_view to_string(BatchStatus status) {
  return kStatuses[static_cast<std::size_t>(status)];
}

std::optional<BatchStatus> parse_batch_status(std::string_view name) {
  const auto* const found = std::ranges::find(kStatuses, name);
  if (found == kStatuses.end()) return std::nullopt;
  return static_cast<BatchStatus>(found - kStatuses.begin());
}

bool has_ended(BatchStatus status) {
  using enum BatchStatus;
  return status == failed || status == completed || status == expired || status == cancelled;
}

}  // namespace maester::batches
