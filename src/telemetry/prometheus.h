// What a scrape of /metrics answers: Prometheus' text exposition format 0.0.4.
//
// Pure but for read_process_stats(), which reads /proc (well under a millisecond; it counts the
// open descriptors).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "obs/metrics.h"

namespace maester::telemetry {

inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

// Every family of the registry: HELP, TYPE, then its series; a histogram as cumulative buckets, sum
// and count. The count is the sum of the buckets that were read, so a scrape beside recording is
// consistent in itself.
std::string prometheus_text(const obs::Registry& registry);

// Of this process. A value that the system does not tell is 0.
struct ProcessStats {
  double cpu_seconds = 0;         // user and system
  double start_time_seconds = 0;  // since the epoch
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  std::uint64_t threads = 0;
};
ProcessStats read_process_stats();

// The metrics that Prometheus' client libraries call process_*.
void append_process_metrics(std::string& out, const ProcessStats& stats);

}  // namespace maester::telemetry
