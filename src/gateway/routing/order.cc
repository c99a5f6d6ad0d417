#include "gateway/routing/order.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "base/hash.h"

namespace maester::gateway {
namespace {

// splitmix64's finaliser (Steele, Lea, Flood, 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// In (0, 1).
double unit(std::uint64_t bits) {
  return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
}

std::uint64_t first_bytes(const Sha256& digest) {
  std::uint64_t out = 0;
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

// Smaller is sooner: the time at which an exponential clock of that rate rings.
double ring(std::uint32_t weight, double u) {
  return weight == 0 ? std::numeric_limits<double>::infinity() : -std::log(u) / weight;
}

Order sorted_by(const std::vector<double>& keys) {
  Order out = order_as_written(keys.size());
  std::stable_sort(out.begin(), out.end(),
                   [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  return out;
}

}  // namespace

Order order_as_written(std::size_t count) {
  Order out(count);
  std::iota(out.begin(), out.end(), std::size_t{0});
  return out;
}

Order order_by_weight(std::span<const std::uint32_t> weights, std::uint64_t seed) {
  std::vector<double> keys;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    keys.push_back(ring(weights[i], unit(mixed(seed + i))));
  }
  return sorted_by(keys);
}

Order order_by_key(std::span<const std::uint32_t> weights, std::span<const std::string_view> names,
                   std::string_view key) {
  std::vector<double> keys;
  std::string text;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    text.assign(names[i]).append("\n").append(key);
    keys.push_back(ring(weights[i], unit(first_bytes(sha256(text)))));
  }
  return sorted_by(keys);
}

Order order_by_load(std::span<const double> loads, std::uint64_t seed) {
  Order out = sorted_by({loads.begin(), loads.end()});
  if (out.size() < 3) return out;
  const std::size_t one = mixed(seed) % out.size();
  const std::size_t other = (one + 1 + mixed(seed + 1) % (out.size() - 1)) % out.size();
  // In `out` the smaller place has the smaller load.
  std::rotate(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(std::min(one, other)),
              out.begin() + static_cast<std::ptrdiff_t>(std::min(one, other)) + 1);
  return out;
}

Order order_by_cost(std::span<const std::optional<FemtoUsd>> costs) {
  Order out = order_as_written(costs.size());
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    if (!costs[a] || !costs[b]) return costs[a].has_value() && !costs[b].has_value();
    return *costs[a] < *costs[b];
  });
  return out;
}

}  // namespace maester::gateway
