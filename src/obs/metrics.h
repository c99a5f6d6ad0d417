// Counters, gauges and histograms: recording only. A metric is registered once, at start; recording
// is a relaxed atomic add on a cell of the calling thread's stripe, so cores do not share cache
// lines. Label sets are bounded: past kMaxSeries of a family, further label values fold into
// "other".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maester::obs {

class Counter {
 public:
  void add(std::uint64_t n = 1);
  std::uint64_t value() const;

 private:
  static constexpr std::size_t kStripes = 8;
  struct alignas(64) Cell {
    std::atomic<std::uint64_t> n{0};
  };
  Cell cells_[kStripes];
};

class Gauge {
 public:
  void set(std::int64_t v) { value_.store(v, std::memory_order_relaxed); }
  void add(std::int64_t v) { value_.fetch_add(v, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Histogram {
 public:
  explicit Histogram(std::span<const double> upper_bounds);
  void record(double value);
  struct Snapshot {
    std::vector<std::uint64_t> buckets;  // not cumulative; one more than bounds (+Inf)
    std::uint64_t count = 0;
    double sum = 0;
  };
  Snapshot snapshot() const;
  std::span<const double> bounds() const { return bounds_; }

 private:
  static constexpr std::size_t kStripes = 8;
  struct Stripe;
  std::vector<double> bounds_;
  std::vector<std::shared_ptr<Stripe>> stripes_;
};

struct Label {
  std::string name;
  std::string value;
};

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

// A family is a name with its label names; counter(), gauge() and histogram() find or make the
// series of some label values. Look-ups are cheap but not free: keep the reference. Series live as
// long as the registry. Thread-safe.
class Registry {
 public:
  static constexpr std::size_t kMaxSeries = 1000;  // of one family

  Registry();
  ~Registry();
  Registry(const Registry&) = delete;

  // `name` as Prometheus has it ("maester_requests_total"); help is one sentence. Registering a
  // name twice gives the same family; with another kind it is a bug (asserted).
  Counter& counter(std::string_view name, std::string_view help, std::vector<Label> labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, std::vector<Label> labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                       std::vector<Label> labels = {});

  // Visits all series, family by family in order of registration: for exporters.
  struct Series {
    std::string_view name, help;
    MetricKind kind;
    const std::vector<Label>& labels;
    const Counter* counter;
    const Gauge* gauge;
    const Histogram* histogram;
  };
  template <class F>
  void visit(F f) const {
    for (const Series& s : list()) f(s);
  }

 private:
  std::vector<Series> list() const;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// TELEMETRY.md §3: the GenAI duration buckets (seconds) and token buckets.
std::span<const double> genai_duration_buckets();
std::span<const double> genai_token_buckets();
// 10 us .. 1 s, for our own overhead.
std::span<const double> overhead_buckets();

}  // namespace maester::obs
