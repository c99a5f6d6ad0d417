#include "api/pipeline_route.h"

#include "api/router.h"
#include "gateway/pipeline/headers.h"
#include "gateway/pipeline/hold.h"
#include "gateway/pipeline/limits.h"
#include "gateway/pipeline/once.h"

namespace maester::api {
namespace {

gateway::RateHeaders rate_headers(ErrorStyle style) {
  switch (style) {
    case ErrorStyle::openai:
      return gateway::RateHeaders::openai;
    case ErrorStyle::anthropic:
      return gateway::RateHeaders::anthropic;
    case ErrorStyle::problem:
      break;
  }
  return gateway::RateHeaders::standard;
}

bool passes_through(const gateway::Attempt* attempt) {
  if (attempt == nullptr || !attempt->error || attempt->raw_body.empty()) return false;
  using gateway::ErrorClass;
  const ErrorClass error_class = attempt->error->error_class;
  return attempt->status >= 400 && attempt->status < 500 &&
         (error_class == ErrorClass::request || error_class == ErrorClass::context_length ||
          error_class == ErrorClass::content);
}

void set_retry_after(Answer& answer, milliseconds wait) {
  answer.headers.set("retry-after", std::to_string((wait.count() + 999) / 1000));
}

void merge_headers(Answer& answer, const gateway::Call& call) {
  for (const wire::Header& header : gateway::answer_headers(call))
    answer.headers.set(header.name, header.value);
}

Answer failure(const gateway::Call& call, const Error& error, ErrorStyle errors,
               std::string_view request_id, BudgetRefusal budget_refusal) {
  Answer answer;
  const gateway::Attempt* attempt = call.blamed != nullptr ? call.blamed : call.attempt();
  if (call.refusal && error.code == Code::budget_exceeded) {
    answer =
        error_answer(error, errors, call.id_text, {"budget", gateway::refusal_json(*call.refusal)});
  } else if (call.limit_refusal) {
    answer = error_answer(error, errors, call.id_text,
                          {"limit", gateway::refusal_json(*call.limit_refusal)});
    answer.headers.set("retry-after", gateway::retry_after(*call.limit_refusal));
  } else if (error.code == Code::budget_exceeded && budget_refusal != nullptr) {
    answer = budget_refusal(call, error);
    answer.headers.set("x-should-retry", "false");
  } else if (passes_through(attempt)) {
    // The request is at fault and the provider said why: its words are the best there are.
    answer.status = attempt->status;
    answer.body = attempt->raw_body;
    answer.headers.set("x-should-retry", "false");
  } else {
    answer = error_answer(error, errors, call.id_text.empty() ? request_id : call.id_text);
    if (call.retry_after) set_retry_after(answer, *call.retry_after);
    if (attempt != nullptr && attempt->error) {
      if (attempt->error->retry_after) set_retry_after(answer, *attempt->error->retry_after);
      const bool hopeless = attempt->error->error_class == gateway::ErrorClass::quota ||
                            attempt->error->error_class == gateway::ErrorClass::credential;
      if (hopeless) answer.headers.set("x-should-retry", "false");
      // A provider's fault about the request, told in a protocol that the caller does not speak,
      // keeps its status.
      if (error.code == Code::invalid_request && attempt->status >= 400 && attempt->status < 500)
        answer.status = attempt->status;
    }
  }
  merge_headers(answer, call);
  return answer;
}

// A stream that is repeated is sent as a stream.
runtime::Task<void> respond(wire::ServerResponse& response, Answer answer) {
  if (!answer.headers.get("content-type").starts_with("text/event-stream")) {
    auto responding = response.respond(answer.status, std::move(answer.headers), answer.body);
    (void)co_await std::move(responding);
    co_return;
  }
  if (!response.start_stream(answer.status, std::move(answer.headers))) co_return;
  auto finishing = response.finish(answer.body);
  (void)co_await std::move(finishing);
}

}  // namespace

void begin_call(gateway::Call& call, Context& context, const gateway::Surface& surface) {
  call.request = &context.request;
  call.response = &context.response;
  call.surface = &surface;
  call.rate_headers = rate_headers(context.route.errors);
  call.required_role = context.route.access.role();
  call.received = context.request.received_at();
  const Clock& clock = context.deps.clock;
  call.received_wall = clock.wall() - (clock.mono() - call.received);
  call.endpoint = context.route.pattern;
  call.idempotency_key = context.request.headers().get("idempotency-key");
  // With a key the client may ask again for the answer that is paid for: it need not wait here.
  call.gone =
      call.idempotency_key.empty() ? context.response.client_gone() : context.response.cut();
}

Answer failure_answer(const gateway::Call& call, const Error& error, const Context& context) {
  return failure(call, error, context.route.errors, context.request_id, nullptr);
}

runtime::Task<EndedCall> end_call(const gateway::Pipeline& pipeline, gateway::Call& call,
                                  ErrorStyle errors, BudgetRefusal budget_refusal,
                                  std::string_view request_id) {
  EndedCall ended;
  auto running = pipeline.run(call);
  const Status outcome = co_await std::move(running);
  ended.succeeded = outcome.has_value();
  if (call.streaming) co_return ended;
  if (call.once != nullptr && call.once->repeated) {
    gateway::KeptAnswer& kept = *call.once->repeated;
    ended.repeated = true;
    ended.answer.status = kept.status;
    ended.answer.headers = std::move(kept.headers);
    ended.answer.headers.set("idempotency-replayed", "true");
    ended.answer.body = std::move(kept.body);
    co_return ended;
  }
  Answer& answer = ended.answer;
  if (outcome) {
    answer.body = call.surface->write_answer(call);
    answer.headers = gateway::answer_headers(call);
  } else {
    answer = failure(call, outcome.error(), errors, request_id, budget_refusal);
  }
  answer.headers.set("content-type", std::string(answer.content_type));
  if (call.once != nullptr && !outcome) {
    auto forgetting = gateway::forget_refused(call, outcome.error());
    co_await std::move(forgetting);
  }
  if (call.once != nullptr) {
    auto keeping = gateway::keep_answer(call, answer.status, answer.headers, answer.body);
    co_await std::move(keeping);
  }
  co_return ended;
}

runtime::Task<void> run_pipeline(Context& context, const gateway::Surface& surface,
                                 BudgetRefusal budget_refusal) {
  gateway::Call call;
  begin_call(call, context, surface);
  auto ending = end_call(context.deps.pipeline, call, context.route.errors, budget_refusal,
                         context.request_id);
  EndedCall ended = co_await std::move(ending);
  if (!call.streaming) {
    auto responding = respond(context.response, std::move(ended.answer));
    co_await std::move(responding);
  }
  if (ended.succeeded && !ended.repeated) context.deps.pipeline.shadow(call);
}

}  // namespace maester::api
