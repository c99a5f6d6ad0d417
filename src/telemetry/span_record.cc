#include "telemetry/span_record.h"

#include <algorithm>
#include <cstring>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/utf8.h"
#include "codec/json_writer.h"
#include "telemetry/little_endian.h"

namespace maester::telemetry {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxName = 256;
constexpr std::size_t kMaxTenant = 1024;

std::string_view name_of(obs::SpanKind kind) {
  switch (kind) {
    case obs::SpanKind::internal:
      return "internal";
    case obs::SpanKind::server:
      return "server";
    case obs::SpanKind::client:
      return "client";
  }
  return "internal";
}

std::string_view name_of(obs::SpanStatus status) {
  switch (status) {
    case obs::SpanStatus::unset:
      return "unset";
    case obs::SpanStatus::ok:
      return "ok";
    case obs::SpanStatus::error:
      return "error";
  }
  return "unset";
}

void write_value(json::Writer& w, const obs::AttributeValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    w.begin_array();
    for (const std::string& text : *list) w.value(text);
    w.end_array();
    return;
  }
  if (const auto* text = std::get_if<std::string>(&value)) w.value(*text);
  if (const auto* number = std::get_if<std::int64_t>(&value)) w.value(*number);
  if (const auto* real = std::get_if<double>(&value)) w.value(*real);
  if (const auto* flag = std::get_if<bool>(&value)) w.value(*flag);
}

void write_attributes(json::Writer& w, const std::vector<obs::Attribute>& attributes) {
  w.key("attributes").begin_object();
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const bool replaced =
        std::any_of(attributes.begin() + static_cast<std::ptrdiff_t>(i) + 1, attributes.end(),
                    [&](const obs::Attribute& later) { return later.name == attributes[i].name; });
    if (replaced) continue;
    w.key(attributes[i].name);
    write_value(w, attributes[i].value);
  }
  w.end_object();
}

// Milliseconds with three decimals, exactly: 12345678 ns is "12.346".
std::string milliseconds_text(nanoseconds duration) {
  const std::int64_t us = (duration.count() + 500) / 1000;
  const std::string fraction = std::to_string(us % 1000);
  return std::to_string(us / 1000) + "." + std::string(3 - fraction.size(), '0') + fraction;
}

nanoseconds duration_of(const obs::Span& span) {
  return std::max(span.end - span.start, nanoseconds{0});  // the wall clock may have stepped back
}

}  // namespace

void append_span_json(std::string& out, const obs::Span& span) {
  json::Writer w(out);
  w.begin_object().field("span_id", span.id.to_string()).key("parent_span_id");
  if (span.parent.is_nil()) {
    w.null();
  } else {
    w.value(span.parent.to_string());
  }
  w.field("name", span.name)
      .field("kind", name_of(span.kind))
      .field("start_time", format_rfc3339(span.start))
      .field("end_time", format_rfc3339(span.end))
      .field("start_unix_nano", std::to_string(span.start.time_since_epoch().count()))
      .raw_field("duration_ms", milliseconds_text(duration_of(span)))
      .field("status", name_of(span.status));
  write_attributes(w, span.attributes);
  w.key("events").begin_array();
  for (const obs::SpanEvent& event : span.events) {
    w.begin_object().field("name", event.name).field("time", format_rfc3339(event.at));
    write_attributes(w, event.attributes);
    w.end_object();
  }
  w.end_array().end_object();
}

void append_record(std::string& out, const FinishedTrace& finished) {
  const obs::Span& root = finished.trace.spans().front();
  const std::string_view name = utf8::truncate(root.name, kMaxName);
  const auto tenant = std::string_view(finished.tenant).substr(0, kMaxTenant);
  const std::size_t header = out.size();
  out.append(kRecordHeaderBytes, '\0');
  const std::size_t payload = out.size();
  put(out, kVersion);
  put(out, static_cast<std::uint8_t>(root.status));
  put(out, static_cast<std::uint16_t>(tenant.size()));
  put(out, static_cast<std::uint16_t>(name.size()));
  put(out, std::uint16_t{0});
  put(out, static_cast<std::int64_t>(root.start.time_since_epoch().count()));
  put(out, static_cast<std::int64_t>(duration_of(root).count()));
  put_bytes(out, finished.trace.id().bytes);
  put_bytes(out, finished.request_id.bytes);
  out += tenant;
  out += name;
  for (const obs::Span& span : finished.trace.spans()) {
    const std::size_t before = out.size();
    if (&span != &root) out += ',';
    append_span_json(out, span);
    if (out.size() - payload > kMaxPayload) {
      out.resize(before);
      break;
    }
  }
  const std::string_view bytes = std::string_view(out).substr(payload);
  const auto length = static_cast<std::uint32_t>(bytes.size());
  const std::uint32_t checksum = crc32c(bytes);
  std::memcpy(out.data() + header, &length, 4);
  std::memcpy(out.data() + header + 4, &checksum, 4);
}

Result<RecordHeader> decode_record_header(std::string_view bytes) {
  LittleEndianReader reader(bytes);
  const RecordHeader header{reader.take<std::uint32_t>(), reader.take<std::uint32_t>()};
  if (!reader.ok() || header.length < kMinPayload || header.length > kMaxPayload) {
    return fail(Code::corrupt, "A span record has an impossible length.");
  }
  return header;
}

Result<SpanRecord> decode_record(const RecordHeader& header, std::string_view payload) {
  if (payload.size() != header.length || crc32c(payload) != header.checksum) {
    return fail(Code::corrupt, "A span record does not match its checksum.");
  }
  LittleEndianReader reader(payload);
  SpanRecord record;
  const auto version = reader.take<std::uint8_t>();
  const auto status = reader.take<std::uint8_t>();
  const auto tenant_size = reader.take<std::uint16_t>();
  const auto name_size = reader.take<std::uint16_t>();
  reader.take<std::uint16_t>();
  record.summary.start = WallTime{nanoseconds{reader.take<std::int64_t>()}};
  record.summary.duration = nanoseconds{reader.take<std::int64_t>()};
  reader.take_into(record.summary.trace_id.bytes);
  reader.take_into(record.summary.request_id.bytes);
  record.tenant = reader.take_text(tenant_size);
  record.summary.name = reader.take_text(name_size);
  if (!reader.ok() || version != kVersion || status > 2) {
    return fail(Code::corrupt, "A span record has fields that do not fit.");
  }
  record.summary.status = static_cast<obs::SpanStatus>(status);
  record.spans = reader.rest();
  return record;
}

}  // namespace maester::telemetry
