#include "telemetry/prometheus.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace maester::telemetry {
namespace {

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    // 0.0001 rather than 1e-04, as far as that is short.
    const double size = std::abs(value);
    const bool plain = size == 0 || (size >= 1e-6 && size < 1e15);
    char text[64];
    char* end = text + sizeof text;
    out.append(text, (plain ? std::to_chars(text, end, value, std::chars_format::fixed)
                            : std::to_chars(text, end, value))
                         .ptr);
  }
}

// Escapes as HELP texts and label values want it; ill-formed UTF-8 becomes U+FFFD.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (std::size_t at = 0; at < text.size();) {
    const utf8::Decoded next = utf8::decode(text, at);
    if (next.length == 0) {
      out += "\ufffd";
      ++at;
      continue;
    }
    const char c = text[at];
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += text.substr(at, next.length);
    }
    at += next.length;
  }
}

void append_header(std::string& out, std::string_view name, std::string_view help,
                   std::string_view type) {
  out += "# HELP ";
  out += name;
  out += ' ';
  append_escaped(out, help, false);
  out += "\n# TYPE ";
  out += name;
  out += ' ';
  out += type;
  out += '\n';
}

// `le` stands last when given.
void append_series(std::string& out, std::string_view name, std::string_view suffix,
                   const std::vector<obs::Label>& labels, std::optional<double> le = {}) {
  out += name;
  out += suffix;
  char separator = '{';
  for (const obs::Label& label : labels) {
    out += std::exchange(separator, ',');
    out += label.name;
    out += "=\"";
    append_escaped(out, label.value, true);
    out += '"';
  }
  if (le) {
    out += std::exchange(separator, ',');
    out += "le=\"";
    append_number(out, *le);
    out += '"';
  }
  out += separator == '{' ? " " : "} ";
}

void append_histogram(std::string& out, const obs::Registry::Series& series) {
  const obs::Histogram::Snapshot snapshot = series.histogram->snapshot();
  const auto bounds = series.histogram->bounds();
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < snapshot.buckets.size(); ++i) {
    cumulative += snapshot.buckets[i];
    const double le = i < bounds.size() ? bounds[i] : INFINITY;
    append_series(out, series.name, "_bucket", series.labels, le);
    out += std::to_string(cumulative);
    out += '\n';
  }
  append_series(out, series.name, "_sum", series.labels);
  append_number(out, snapshot.sum);
  out += '\n';
  append_series(out, series.name, "_count", series.labels);
  out += std::to_string(cumulative);
  out += '\n';
}

std::string_view type_name(obs::MetricKind kind) {
  switch (kind) {
    case obs::MetricKind::counter:
      return "counter";
    case obs::MetricKind::gauge:
      return "gauge";
    case obs::MetricKind::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string read_file(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Seconds since the epoch at which the machine was started.
double boot_time() {
  std::istringstream lines(read_file("/proc/stat"));
  std::string word;
  double value = 0;
  while (lines >> word) {
    if (word == "btime" && lines >> value) return value;
  }
  return 0;
}

}  // namespace

std::string prometheus_text(const obs::Registry& registry) {
  std::string out;
  std::string_view family;
  registry.visit([&](const obs::Registry::Series& series) {
    if (series.name != family) {
      append_header(out, series.name, series.help, type_name(series.kind));
      family = series.name;
    }
    if (series.kind == obs::MetricKind::histogram) {
      append_histogram(out, series);
      return;
    }
    append_series(out, series.name, "", series.labels);
    out += series.kind == obs::MetricKind::counter ? std::to_string(series.counter->value())
                                                   : std::to_string(series.gauge->value());
    out += '\n';
  });
  return out;
}

ProcessStats read_process_stats() {
  ProcessStats stats;
  const std::string text = read_file("/proc/self/stat");
  // The second field is the program's name in parentheses and may hold anything; the third follows
  // its last one.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return stats;
  std::istringstream rest(text.substr(name_end + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  const auto number = [&](std::size_t field) -> double {  // counted from 1, as proc(5) does
    double value = 0;
    if (field - 3 < fields.size()) {
      const std::string& word = fields[field - 3];
      std::from_chars(word.data(), word.data() + word.size(), value);
    }
    return value;
  };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  stats.cpu_seconds = (number(14) + number(15)) / ticks;
  stats.threads = static_cast<std::uint64_t>(number(20));
  stats.start_time_seconds = boot_time() + number(22) / ticks;
  stats.virtual_bytes = static_cast<std::uint64_t>(number(23));
  stats.resident_bytes =
      static_cast<std::uint64_t>(number(24)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
  std::error_code error;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    ++stats.open_fds;
  }
  if (stats.open_fds > 0) --stats.open_fds;  // the one that was reading the folder
  return stats;
}

void append_process_metrics(std::string& out, const ProcessStats& stats) {
  const auto add = [&](std::string_view name, std::string_view help, std::string_view type,
                       double value) {
    append_header(out, name, help, type);
    append_series(out, name, "", {});
    append_number(out, value);
    out += '\n';
  };
  add("process_cpu_seconds_total", "User and system CPU time spent in seconds.", "counter",
      stats.cpu_seconds);
  add("process_start_time_seconds", "Start of the process since the epoch in seconds.", "gauge",
      stats.start_time_seconds);
  add("process_resident_memory_bytes", "Resident memory in bytes.", "gauge",
      static_cast<double>(stats.resident_bytes));
  add("process_virtual_memory_bytes", "Virtual memory in bytes.", "gauge",
      static_cast<double>(stats.virtual_bytes));
  add("process_open_fds", "Open file descriptors.", "gauge", static_cast<double>(stats.open_fds));
  add("process_max_fds", "Most file descriptors that may be open.", "gauge",
      static_cast<double>(stats.max_fds));
  add("process_threads", "Threads of the process.", "gauge", static_cast<double>(stats.threads));
}

}  // namespace maester::telemetry
