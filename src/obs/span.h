// Spans of a request: recorded on its core into a Trace that the request owns, handed over whole
// when it ends. Names and attributes follow OpenTelemetry's GenAI conventions (TELEMETRY.md).
// Attribute names are data in a flat list (THREATS.md R10).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace maester::obs {

using AttributeValue =
    std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;
struct Attribute {
  std::string_view name;  // a literal of the program
  AttributeValue value;
};

enum class SpanKind : std::uint8_t { internal = 1, server = 2, client = 3 };  // OTLP's numbers
enum class SpanStatus : std::uint8_t { unset = 0, ok = 1, error = 2 };

struct SpanEvent {
  std::string name;
  WallTime at;
  std::vector<Attribute> attributes;
};

struct Span {
  SpanId id;
  SpanId parent;  // nil = root of what we saw
  std::string name;
  SpanKind kind = SpanKind::internal;
  SpanStatus status = SpanStatus::unset;
  WallTime start;
  WallTime end;
  std::vector<Attribute> attributes;
  std::vector<SpanEvent> events;
};

// The spans of one request. Not thread-safe. Index 0 is the root.
class Trace {
 public:
  Trace(TraceId id, SpanId remote_parent, bool sampled)
      : id_(id), remote_(remote_parent), sampled_(sampled) {
    spans_.reserve(8);
  }
  TraceId id() const { return id_; }
  SpanId remote_parent() const { return remote_; }
  bool sampled() const { return sampled_; }
  // Answers its index; `parent` is an index, -1 for the remote parent.
  std::size_t begin(SpanId id, int parent, std::string name, SpanKind kind, WallTime now);
  Span& at(std::size_t index) { return spans_[index]; }
  void end(std::size_t index, WallTime now) { spans_[index].end = now; }
  const std::vector<Span>& spans() const { return spans_; }

 private:
  TraceId id_;
  SpanId remote_;
  bool sampled_;
  std::vector<Span> spans_;
};

// W3C Trace Context: "00-<trace>-<span>-<flags>". A malformed value is as none at all.
struct TraceParent {
  TraceId trace;
  SpanId span;
  bool sampled = true;
};
std::optional<TraceParent> parse_traceparent(std::string_view header);
std::string format_traceparent(TraceId trace, SpanId span, bool sampled);

}  // namespace maester::obs
