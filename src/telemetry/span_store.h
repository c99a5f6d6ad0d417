// The spans of finished requests: kept in hourly segments, found by trace or request, dropped by
// age and size (docs/formats/spans.md).
//
// The request path only moves a trace into a buffer of its thread's stripe (well under a
// microsecond); a background thread encodes and writes every flush_every. Spans may be lost: by a
// crash (at most what was not flushed), by a full buffer or a full disk (counted). They never hold
// up or fail a request.
//
// find() and list() first flush, so they see everything recorded before. They block on files: call
// them from a WorkerPool. Every read takes the tenant; another tenant's trace is answered as one
// that does not exist.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "telemetry/span_record.h"

namespace maester::telemetry {

struct SpanStoreConfig {
  std::string directory;
  int retention_days = 30;
  std::uint64_t max_bytes = 8ull << 30;     // of all segments
  std::uint64_t segment_bytes = 64u << 20;  // a segment is sealed past this
  milliseconds flush_every{250};
  std::size_t max_buffered = 16'384;  // traces; more are dropped
};

struct TracePage {
  std::vector<TraceSummary> traces;  // newest first
  std::string next_cursor;           // "" at the end
};

struct SpanStoreStats {
  std::uint64_t recorded = 0;  // accepted by record()
  std::uint64_t written = 0;
  std::uint64_t dropped = 0;  // buffer full or write failed
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
};

class SpanStore {
 public:
  // Makes the directory, seals what a crash left open, drops what is too old. A segment that cannot
  // be read is left where it is and not served. Code::io_error when the directory is of no use.
  static Result<std::unique_ptr<SpanStore>> open(const Clock& clock, SpanStoreConfig config);
  ~SpanStore();  // writes what is buffered
  SpanStore(const SpanStore&) = delete;

  // Thread-safe, does not block on files. A trace without spans is ignored.
  void record(FinishedTrace finished);
  // Blocks until everything recorded before is written (or was dropped).
  void flush();

  // {"trace_id", "spans": [...]}: all spans of the trace (of every request that joined it), or the
  // one request's. Blocking; Code::not_found when there is none.
  Result<std::string> find(std::string_view tenant, const TraceId& id);
  Result<std::string> find(std::string_view tenant, const Uuid& request_id);

  // The tenant's traces, newest first. The cursor is a previous page's next_cursor or ""
  // (Code::invalid_request for another). A page may be shorter than the limit and still have a next
  // one. Blocking.
  Result<TracePage> list(std::string_view tenant, std::size_t limit, std::string_view cursor);

  SpanStoreStats stats() const;

 private:
  SpanStore() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace maester::telemetry
