// /v1/traces: the spans of finished requests.
#include "api/body.h"
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::api {

runtime::Task<Result<Answer>> list_traces(Context& context) {
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(context.request.query()));
  const std::string cursor = wire::query_parameter(context.request.query(), "cursor").value_or("");
  auto work = [&] { return context.deps.spans.list(context.principal.tenant, limit, cursor); };
  auto reading = context.deps.readers.run(work);
  CO_TRY_ASSIGN(const telemetry::TracePage page, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const telemetry::TraceSummary& trace : page.traces) {
    w.begin_object()
        .field("trace_id", trace.trace_id.to_string())
        .field("request_id", trace.request_id.to_string());
    w.field("name", trace.name).field("start_time", format_rfc3339(trace.start));
    w.field("duration_ms", std::chrono::duration<double, std::milli>(trace.duration).count());
    w.field("status", trace.status == obs::SpanStatus::error ? "error" : "ok").end_object();
  }
  w.end_array().key("next_cursor");
  page.next_cursor.empty() ? w.null() : w.value(page.next_cursor);
  w.end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_trace(Context& context) {
  const auto trace = TraceId::parse(context.parameters[0]);
  const auto request = Uuid::parse(context.parameters[0]);  // a request's id names its spans too
  if (!trace && !request) co_return fail(Code::not_found, "There is no such trace.");
  auto work = [&] {
    return trace ? context.deps.spans.find(context.principal.tenant, *trace)
                 : context.deps.spans.find(context.principal.tenant, *request);
  };
  auto reading = context.deps.readers.run(work);
  Answer answer;
  CO_TRY_ASSIGN(answer.body, co_await std::move(reading));
  co_return answer;
}

}  // namespace maester::api
