#include "obs/span.h"

#include <algorithm>
#include <utility>

namespace maester::obs {
namespace {

constexpr std::size_t kLength = 55;  // "00-" 32 "-" 16 "-" 2

bool lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::size_t Trace::begin(SpanId id, int parent, std::string name, SpanKind kind, WallTime now) {
  Span& span = spans_.emplace_back();
  span.id = id;
  span.parent = parent < 0 ? remote_ : spans_[static_cast<std::size_t>(parent)].id;
  span.name = std::move(name);
  span.kind = kind;
  span.start = now;
  span.end = now;
  return spans_.size() - 1;
}

std::optional<TraceParent> parse_traceparent(std::string_view header) {
  if (header.size() < kLength) return std::nullopt;
  const std::string_view version = header.substr(0, 2);
  const std::string_view flags = header.substr(53, 2);
  if (!lower_hex(version) || version == "ff" || !lower_hex(flags)) return std::nullopt;
  // Version 00 ends here; a later one may go on after a dash.
  const bool more = header.size() > kLength;
  if (more && (version == "00" || header[kLength] != '-')) return std::nullopt;
  if (header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  const std::string_view trace = header.substr(3, 32);
  const std::string_view span = header.substr(36, 16);
  if (!lower_hex(trace) || !lower_hex(span)) return std::nullopt;
  const auto trace_id = TraceId::parse(trace);
  const auto span_id = SpanId::parse(span);
  if (!trace_id || !span_id) return std::nullopt;
  const char low = flags[1];
  const int bits = low <= '9' ? low - '0' : low - 'a' + 10;
  return TraceParent{*trace_id, *span_id, (bits & 1) != 0};
}

std::string format_traceparent(TraceId trace, SpanId span, bool sampled) {
  return "00-" + trace.to_string() + "-" + span.to_string() + (sampled ? "-01" : "-00");
}

}  // namespace maester::obs
