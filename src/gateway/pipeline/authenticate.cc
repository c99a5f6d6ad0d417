#include <charconv>

#include "base/utf8.h"
#include "gateway/pipeline/stages.h"

namespace maester::gateway::stages {
namespace {

constexpr std::size_t kMaxClientRequestId = 128;

void begin_trace(Call& call, runtime::Core& core, std::string_view traceparent) {
  const auto remote = obs::parse_traceparent(traceparent);
  const TraceId id = remote ? remote->trace : core.ids().trace_id();
  call.trace.emplace(id, remote ? remote->span : SpanId{}, remote ? remote->sampled : true);
  call.trace->begin(core.ids().span_id(), -1, "request", obs::SpanKind::server, call.received_wall);
}

Result<std::optional<milliseconds>> parse_timeout(std::string_view header) {
  if (header.empty()) return std::optional<milliseconds>{};
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), ms);
  if (error != std::errc{} || end != header.data() + header.size() || ms <= 0) {
    return fail(Code::invalid_request,
                "`x-request-timeout` must be a positive number of milliseconds.",
                "x-request-timeout");
  }
  return std::optional(milliseconds{ms});
}

}  // namespace

Status authenticate(Call& call, const Services& services) {
  runtime::Core& core = *runtime::Core::current();
  call.id = core.ids().uuid();
  call.id_text = call.id.to_string();
  call.snapshot = services.snapshots.current();
  if (call.request ==
      nullptr) {  // Maester's own call: its principal was authenticated by who makes it
    begin_trace(call, core, {});
    return {};
  }
  const wire::Headers& headers = call.request->headers();
  begin_trace(call, core, headers.get("traceparent"));
  call.client_request_id = utf8::truncate(headers.get("x-request-id"), kMaxClientRequestId);
  TRY_ASSIGN(call.principal,
             services.authenticator.authenticate(headers, call.request->peer_address()));
  if (call.principal.role < call.required_role) {
    return fail(Code::forbidden,
                "This key's role may not use this route: it takes a key of role `" +
                    std::string(access::to_string(call.required_role)) + "`.");
  }
  TRY_ASSIGN(call.options.timeout, parse_timeout(headers.get("x-request-timeout")));
  return {};
}

}  // namespace maester::gateway::stages
