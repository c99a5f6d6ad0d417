// The gateway's metrics, registered once. GenAI names are those of OpenTelemetry's conventions
// v1.41.1 in Prometheus form.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "gateway/pipeline/overload.h"
#include "gateway/pipeline/shadow.h"
#include "obs/metrics.h"

namespace maester::gateway {

// The series of one operation, provider and model: found once per request.
struct ModelSeries {
  obs::Histogram& operation_duration;   // gen_ai.client.operation.duration
  obs::Histogram& time_to_first_chunk;  // gen_ai.client.operation.time_to_first_chunk
  obs::Histogram& input_tokens;         // gen_ai.client.token.usage
  obs::Histogram& output_tokens;
};

class Metrics {
 public:
  explicit Metrics(obs::Registry& registry);

  // Thread-safe. `operation` is GenAI's name of it ("chat", "embeddings"). Beyond 200 further
  // models share the series "other".
  ModelSeries& of_model(std::string_view operation, std::string_view provider,
                        std::string_view model);
  obs::Counter& requests(int status_class, bool stream);  // 2, 4, 5
  // Thread-safe. `tool` is a configured tool's name, or "other".
  obs::Counter& tool_calls(std::string_view tool, bool valid);
  // Thread-safe. By a rule's type and action; `scanned` false: what it could not see.
  obs::Counter& findings(std::string_view type, std::string_view action, bool scanned);

  obs::Histogram& request_duration;
  obs::Histogram& overhead;  // total minus upstream: our own share
  obs::Histogram& queue_wait;
  obs::Counter& upstream_attempts;
  obs::Counter& upstream_failures;
  obs::Counter& breaker_opened;
  obs::Counter& hedged;
  obs::Counter& interrupted;
  obs::Counter& unpriced;
  obs::Counter& budget_refusals;
  obs::Counter& budget_warnings;
  obs::Counter& limit_refusals;
  obs::Counter& cache_hits;
  obs::Counter& cache_misses;
  obs::Counter& guard_refusals;
  obs::Counter& shed(Priority priority) { return *shed_[static_cast<std::size_t>(priority)]; }
  obs::Counter& shadows(bool answered) { return *shadows_[answered ? 1 : 0]; }
  obs::Counter& shadows_dropped(ShadowDrop why) {
    return *shadows_dropped_[static_cast<std::size_t>(why)];
  }
  obs::Gauge& in_flight;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  obs::Registry& registry_;
  obs::Counter* requests_[2][3];
  obs::Counter* shed_[2];
  obs::Counter* shadows_[2];
  obs::Counter* shadows_dropped_[kShadowDrops.size()];
  std::mutex mutex_;
  std::map<Key, std::unique_ptr<ModelSeries>, std::less<>> models_;
};

}  // namespace maester::gateway
