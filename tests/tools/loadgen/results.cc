#include "loadgen/results.h"

#include <cstdio>

#include "common/http1.h"

namespace maester::rig {
namespace {

std::string decimal(double value, int digits = 1) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

double per_second(const Results& r) {
  return r.seconds > 0 ? static_cast<double>(r.ok) / r.seconds : 0;
}

std::string row(const char* name, const Histogram& h) {
  char text[200];
  const auto ms = [&h](double p) { return static_cast<double>(h.percentile(p)) / 1e6; };
  std::snprintf(text, sizeof text, "%-14s %10llu %10.3f %10.3f %10.3f %10.3f %10.3f\n", name,
                static_cast<unsigned long long>(h.count()), h.mean() / 1e6, ms(50), ms(99),
                ms(99.9), static_cast<double>(h.max()) / 1e6);
  return text;
}

}  // namespace

std::string as_json(const Options& options, const Results& r) {
  const auto count = [](const char* name, std::uint64_t n) {
    return "\"" + std::string(name) + "\":" + std::to_string(n);
  };
  std::string out =
      "{\"seed\":" + std::to_string(options.seed) + ",\"seconds\":" + decimal(r.seconds, 3);
  out += ",\"throughput_rps\":" + decimal(per_second(r));
  out += "," + count("sent", r.sent) + "," + count("ok", r.ok) + "," + count("failed", r.failed) +
         "," + count("cancelled", r.cancelled) + "," + count("unsent", r.unsent);
  out += ",\"latency_us\":" + r.latency.json() + ",\"first_chunk_us\":" + r.first_chunk.json();
  out += ",\"chunk_delay_us\":" + r.chunk_delay.json();
  out += ",\"chunks\":{" + count("events", r.chunks.events) + "," +
         count("stamped", r.chunks.stamped) + "," + count("lost", r.chunks.lost) + "," +
         count("repeated", r.chunks.repeated) + "," + count("corrupt", r.chunks.corrupt) + "," +
         count("foreign", r.chunks.foreign) + "}";
  out += ",\"statuses\":{";
  for (const char* comma = ""; const auto& [status, n] : r.statuses) {
    out += comma + ("\"" + std::to_string(status)) + "\":" + std::to_string(n);
    comma = ",";
  }
  out += "},\"errors\":{";
  for (const char* comma = ""; const auto& [kind, n] : r.errors) {
    out += comma + quoted(kind) + ":" + std::to_string(n);
    comma = ",";
  }
  out += "},\"bytes\":{" + count("sent", r.bytes_sent) + "," + count("received", r.bytes_received) +
         "}";
  out += ",\"cpu_seconds\":" + decimal(r.cpu_seconds, 3) + "}";
  return out;
}

std::string as_table(const Options& options, const Results& r) {
  std::string out = std::to_string(r.ok) + " answered in " + decimal(r.seconds, 2) +
                    " s: " + decimal(per_second(r)) + " a second; " + std::to_string(r.failed) +
                    " failed, " + std::to_string(r.cancelled) + " cancelled, " +
                    std::to_string(r.unsent) + " not sent (seed " + std::to_string(options.seed) +
                    ")\n";
  out += "ms                  count       mean        p50        p99      p99.9        max\n";
  out += row("latency", r.latency);
  if (r.first_chunk.count() > 0) out += row("first chunk", r.first_chunk);
  if (r.chunk_delay.count() > 0) out += row("chunk delay", r.chunk_delay);
  if (r.chunks.events > 0) {
    out += "events " + std::to_string(r.chunks.events) + ": stamped " +
           std::to_string(r.chunks.stamped) + ", lost " + std::to_string(r.chunks.lost) +
           ", repeated " + std::to_string(r.chunks.repeated) + ", corrupt " +
           std::to_string(r.chunks.corrupt) + ", foreign " + std::to_string(r.chunks.foreign) +
           "\n";
  }
  for (const auto& [status, n] : r.statuses) {
    out += "status " + std::to_string(status) + ": " + std::to_string(n) + "\n";
  }
  for (const auto& [kind, n] : r.errors) out += "error " + kind + ": " + std::to_string(n) + "\n";
  out += "bytes sent " + std::to_string(r.bytes_sent) + ", received " +
         std::to_string(r.bytes_received) + "; own CPU " + decimal(r.cpu_seconds, 2) + " s\n";
  return out;
}

}  // namespace maester::rig
