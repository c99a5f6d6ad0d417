#include "gateway/routing/backoff.h"

#include <algorithm>

namespace maester::gateway {

milliseconds backoff(std::size_t failures, std::uint16_t chance) {
  const auto shift = std::min<std::size_t>(failures - 1, 5);
  const auto most = std::min(kBackoffBase * (1 << shift), kBackoffCap);
  return milliseconds{(most.count() + 1) * chance / 65536};
}

}  // namespace maester::gateway
