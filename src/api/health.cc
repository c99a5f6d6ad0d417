// /healthz, /readyz and /metrics.
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "telemetry/prometheus.h"

namespace maester::api {
namespace {

// Acknowledged records that queries do not see yet.
std::uint64_t backlog(const Dependencies& deps) {
  const store::Positions written = deps.journal.written();
  const store::Positions projected = deps.usage.projected();
  std::uint64_t sum = 0;
  for (std::size_t lane = 0; lane < written.size(); ++lane) {
    const std::uint64_t done = lane < projected.size() ? projected[lane] : 0;
    sum += written[lane] > done ? written[lane] - done : 0;
  }
  return sum;
}

}  // namespace

runtime::Task<Result<Answer>> healthz(Context&) {
  Answer answer;
  answer.body = R"({"status":"ok"})";
  co_return answer;
}

runtime::Task<Result<Answer>> readyz(Context& context) {
  const Dependencies& deps = context.deps;
  const bool read_only = deps.journal.read_only();
  const bool full = deps.journal.storage_full();
  const bool draining = deps.draining.load(std::memory_order_relaxed);
  const store::OpenReport& report = deps.journal.report();
  Answer answer;
  answer.status = read_only || full || draining ? 503 : 200;
  json::Writer w(answer.body);
  w.begin_object().field("status", draining    ? "draining"
                                   : read_only ? "storage_read_only"
                                   : full      ? "storage_full"
                                               : "ready");
  w.field("role", "all")
      .field("durability",
             deps.journal.durability() == store::Durability::power ? "power" : "process");
  w.field("spool_depth", backlog(deps)).key("degraded").begin_array();
  if (read_only || full) w.value("journal");
  if (deps.services().overload.pressed()) w.value("overloaded");
  w.end_array().key("last_backup");
  if (const auto last = deps.backups.last()) {
    const auto age = std::chrono::floor<std::chrono::seconds>(deps.clock.wall() - *last);
    w.begin_object().field("at", format_rfc3339(*last));
    w.field("age_s", static_cast<std::int64_t>(age.count())).end_object();
  } else {
    w.null();
  }
  w.key("last_start").begin_object().field("clean", !report.unclean);
  w.field("may_have_lost_tail", report.may_have_lost_tail)
      .field("torn_bytes", report.torn_bytes)
      .end_object();
  w.end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> metrics(Context& context) {
  Answer answer;
  answer.content_type = telemetry::kPrometheusContentType;
  answer.body = telemetry::prometheus_text(context.deps.metrics);
  telemetry::append_process_metrics(answer.body, telemetry::read_process_stats());
  co_return answer;
}

}  // namespace maester::api
