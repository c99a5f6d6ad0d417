#include "gateway/pipeline/overload.h"

#include <algorithm>

namespace maester::gateway {
namespace {

// Overload is lag that stays: of a machine that stalls for a moment nobody must be sent away.
constexpr milliseconds kTooLate{250};
constexpr int kInARow = 8;  // two seconds
constexpr milliseconds kInTime{50};
constexpr int kFewest = 16;

MemoryLevel level_of(const Load& load) {
  if (load.memory_limit <= 0) return MemoryLevel::calm;
  const std::int64_t percent = load.rss / std::max<std::int64_t>(load.memory_limit / 100, 1);
  if (percent >= 95) return MemoryLevel::no_requests;
  if (percent >= 90) return MemoryLevel::no_batch;
  return percent >= 80 ? MemoryLevel::caches_shrink : MemoryLevel::calm;
}

}  // namespace

void OverloadControl::update(const Load& load) {
  memory_.store(level_of(load), std::memory_order_relaxed);
  late_ = load.lag > kTooLate ? late_ + 1 : 0;
  if (late_ >= kInARow) {
    press(load);
  } else if (load.lag < kInTime) {
    relax(load);
  }
}

// Multiplicatively down from what runs, batch first: interactive requests give way only when no
// batch is left to.
void OverloadControl::press(const Load& load) {
  const int batch = batch_.load(std::memory_order_relaxed);
  if (batch > 0 && load.running_batch > 0) {
    const int fewer = std::min(batch, load.running_batch) * 7 / 10;
    batch_.store(fewer < 2 ? 0 : fewer, std::memory_order_relaxed);
    return;
  }
  batch_.store(0, std::memory_order_relaxed);
  const int total = std::min(total_.load(std::memory_order_relaxed), load.running);
  total_.store(std::max(total * 9 / 10, kFewest), std::memory_order_relaxed);
}

// Up by a tenth, interactive first: batch grows again when the whole is free. A limit far above
// what runs limits nothing.
void OverloadControl::relax(const Load& load) {
  const auto grown = [](int limit, int running) {
    if (limit > 2 * running) return kUnlimited;
    return std::min(limit + std::max(limit / 10, kFewest), kUnlimited);
  };
  const int total = total_.load(std::memory_order_relaxed);
  if (total < kUnlimited) {
    total_.store(grown(total, load.running), std::memory_order_relaxed);
    return;
  }
  const int batch = batch_.load(std::memory_order_relaxed);
  if (batch < kUnlimited) batch_.store(grown(batch, load.running_batch), std::memory_order_relaxed);
}

int OverloadControl::total_limit() const {
  return memory() == MemoryLevel::no_requests ? 0 : total_.load(std::memory_order_relaxed);
}

int OverloadControl::batch_limit() const {
  return memory() >= MemoryLevel::no_batch ? 0 : batch_.load(std::memory_order_relaxed);
}

}  // namespace maester::gateway
