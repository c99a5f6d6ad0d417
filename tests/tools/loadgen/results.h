// What a run came to, and how it is shown.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "loadgen/histogram.h"
#include "loadgen/options.h"
#include "loadgen/stream_check.h"

namespace maester::rig {

struct Results {
  Histogram latency;  // to the end of the answer; open loop: from the time it should have been sent
  Histogram first_chunk;  // to the first event of a stream, likewise
  Histogram chunk_delay;  // from the provider's send() to here
  ChunkCounts chunks;
  std::uint64_t sent = 0, ok = 0, failed = 0, cancelled = 0, unsent = 0;
  std::map<int, std::uint64_t> statuses;
  std::map<std::string, std::uint64_t> errors;  // by kind
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  double seconds = 0;  // measured, warm-up not included
  double cpu_seconds = 0;
};

std::string as_json(const Options& options, const Results& results);
std::string as_table(const Options& options, const Results& results);

}  // namespace maester::rig
