#include "obs/metrics.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

namespace maester::obs {
namespace {

// Threads are dealt to stripes in turn; two share one only when there are more threads than
// stripes.
std::size_t stripe_of_thread() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

// Label values with their lengths in front: no two sets share a key, whatever the values hold.
std::string series_key(const std::vector<Label>& labels) {
  std::string key;
  for (const Label& label : labels) {
    key += std::to_string(label.value.size());
    key += ':';
    key += label.value;
  }
  return key;
}

}  // namespace

void Counter::add(std::uint64_t n) {
  cells_[stripe_of_thread() % kStripes].n.fetch_add(n, std::memory_order_relaxed);
}

std::uint64_t Counter::value() const {
  std::uint64_t sum = 0;
  for (const Cell& cell : cells_) sum += cell.n.load(std::memory_order_relaxed);
  return sum;
}

struct Histogram::Stripe {
  explicit Stripe(std::size_t size) : buckets(size) {}
  alignas(64) std::vector<std::atomic<std::uint64_t>> buckets;
  std::atomic<double> sum{0};
};

Histogram::Histogram(std::span<const double> upper_bounds)
    : bounds_(upper_bounds.begin(), upper_bounds.end()) {
  assert(std::ranges::is_sorted(bounds_));
  for (std::size_t i = 0; i < kStripes; ++i) {
    stripes_.push_back(std::make_shared<Stripe>(bounds_.size() + 1));
  }
}

void Histogram::record(double value) {
  // A bucket holds what is <= its bound; NaN, which compares with nothing, falls into +Inf's.
  const auto above = std::ranges::find_if(bounds_, [&](double bound) { return value <= bound; });
  const auto bucket = static_cast<std::size_t>(above - bounds_.begin());
  Stripe& stripe = *stripes_[stripe_of_thread() % kStripes];
  stripe.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
  stripe.sum.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot out;
  out.buckets.resize(bounds_.size() + 1);
  for (const auto& stripe : stripes_) {
    for (std::size_t i = 0; i < out.buckets.size(); ++i) {
      out.buckets[i] += stripe->buckets[i].load(std::memory_order_relaxed);
    }
    out.sum += stripe->sum.load(std::memory_order_relaxed);
  }
  for (const std::uint64_t n : out.buckets) out.count += n;
  return out;
}

// Deques: series and families keep their addresses while others are added.
struct Registry::Impl {
  struct One {
    std::vector<Label> labels;
    std::optional<Counter> counter;
    std::optional<Gauge> gauge;
    std::optional<Histogram> histogram;
  };
  struct Family {
    std::string name, help;
    MetricKind kind;
    std::vector<double> bounds;
    std::deque<One> series;
    std::map<std::string, One*, std::less<>> by_values;
  };

  One& series(std::string_view name, std::string_view help, MetricKind kind,
              std::span<const double> bounds, std::vector<Label> labels) {
    const std::lock_guard lock(mutex);
    Family& family = find_family(name, help, kind, bounds);
    std::string key = series_key(labels);
    if (const auto it = family.by_values.find(key); it != family.by_values.end()) {
      return *it->second;
    }
    if (family.series.size() + 1 >= kMaxSeries) {  // the last place is kept for "other"
      for (Label& label : labels) label.value = "other";
      key = series_key(labels);
      if (const auto it = family.by_values.find(key); it != family.by_values.end()) {
        return *it->second;
      }
    }
    One& made = family.series.emplace_back();
    made.labels = std::move(labels);
    if (kind == MetricKind::counter) made.counter.emplace();
    if (kind == MetricKind::gauge) made.gauge.emplace();
    if (kind == MetricKind::histogram) made.histogram.emplace(family.bounds);
    family.by_values.emplace(std::move(key), &made);
    return made;
  }

  Family& find_family(std::string_view name, std::string_view help, MetricKind kind,
                      std::span<const double> bounds) {
    if (const auto it = by_name.find(name); it != by_name.end()) {
      assert(it->second->kind == kind && "a metric's name was registered with another kind");
      return *it->second;
    }
    Family& made = families.emplace_back();
    made.name = name;
    made.help = help;
    made.kind = kind;
    made.bounds.assign(bounds.begin(), bounds.end());
    by_name.emplace(made.name, &made);
    return made;
  }

  mutable std::mutex mutex;
  std::deque<Family> families;
  std::map<std::string, Family*, std::less<>> by_name;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help,
                           std::vector<Label> labels) {
  return *impl_->series(name, help, MetricKind::counter, {}, std::move(labels)).counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, std::vector<Label> labels) {
  return *impl_->series(name, help, MetricKind::gauge, {}, std::move(labels)).gauge;
}

Histogram& Registry::histogram(std::string_view name, std::string_view help,
                               std::span<const double> bounds, std::vector<Label> labels) {
  return *impl_->series(name, help, MetricKind::histogram, bounds, std::move(labels)).histogram;
}

std::vector<Registry::Series> Registry::list() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<Series> out;
  for (const Impl::Family& family : impl_->families) {
    for (const Impl::One& one : family.series) {
      out.push_back({family.name, family.help, family.kind, one.labels,
                     one.counter ? &*one.counter : nullptr, one.gauge ? &*one.gauge : nullptr,
                     one.histogram ? &*one.histogram : nullptr});
    }
  }
  return out;
}

std::span<const double> genai_duration_buckets() {
  static constexpr double kBounds[] = {0.01, 0.02, 0.04, 0.08,  0.16,  0.32,  0.64,
                                       1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
  return kBounds;
}

std::span<const double> genai_token_buckets() {
  static constexpr double kBounds[] = {1,     4,     16,     64,      256,     1024,     4096,
                                       16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
  return kBounds;
}

std::span<const double> overhead_buckets() {
  static constexpr double kBounds[] = {0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005,
                                       0.001,   0.0025,   0.005,   0.01,   0.025,   0.05,
                                       0.1,     0.25,     0.5,     1};
  return kBounds;
}

}  // namespace maester::obs
