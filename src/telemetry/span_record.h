// One finished trace as the bytes of a span segment (docs/formats/spans.md), and as the JSON that a
// reader of /v1/traces gets. Pure; nothing here suspends.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "obs/span.h"

namespace maester::telemetry {

// What the request path hands over. `trace` holds at least its root span.
struct FinishedTrace {
  std::string tenant;
  Uuid request_id;
  obs::Trace trace;
};

struct TraceSummary {
  TraceId trace_id;
  Uuid request_id;
  WallTime start;
  nanoseconds duration{0};
  obs::SpanStatus status = obs::SpanStatus::unset;
  std::string name;  // of the root span
};

struct SpanRecord {
  TraceSummary summary;
  std::string tenant;
  std::string spans;  // JSON objects separated by commas, without brackets
};

inline constexpr std::size_t kRecordHeaderBytes = 8;  // length and checksum
inline constexpr std::size_t kMinPayload = 56, kMaxPayload = 16u << 20;

// Appends header and payload. A trace that would exceed kMaxPayload keeps its spans up to there.
void append_record(std::string& out, const FinishedTrace& finished);

struct RecordHeader {
  std::uint32_t length = 0;
  std::uint32_t checksum = 0;
};
// Code::corrupt when the length is out of bounds. REQUIRES: kRecordHeaderBytes bytes
Result<RecordHeader> decode_record_header(std::string_view bytes);
// Code::corrupt when the checksum or a length inside does not fit.
Result<SpanRecord> decode_record(const RecordHeader& header, std::string_view payload);

// One span as a JSON object.
void append_span_json(std::string& out, const obs::Span& span);

}  // namespace maester::telemetry
