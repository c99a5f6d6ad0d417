// The order in which a route's targets are tried, one function a strategy. Pure: loads, prices and
// chance come from the caller. Each answers the indexes of its input, the first to be tried first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"

namespace maester::gateway {

using Order = std::vector<std::size_t>;

Order order_as_written(std::size_t count);

// Each place goes to one of the rest by its weight (Efraimidis and Spirakis, "Weighted random
// sampling with a reservoir", 2006). Weight 0 comes after all others. `seed` is any 64 bits.
Order order_by_weight(std::span<const std::uint32_t> weights, std::uint64_t seed);

// The same choice for the same key: highest random weight by name (Thaler and Ravishankar, 1998),
// so that a target that comes or goes moves its own share of the keys only.
Order order_by_key(std::span<const std::uint32_t> weights, std::span<const std::string_view> names,
                   std::string_view key);

// Two at random, the one with less load first; the rest by load. `seed` is any 64 bits.
Order order_by_load(std::span<const double> loads, std::uint64_t seed);

// The cheapest first, equals as written; what has no price comes last.
Order order_by_cost(std::span<const std::optional<FemtoUsd>> costs);

}  // namespace maester::gateway
