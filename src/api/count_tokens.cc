// POST /v1/messages/count_tokens.
#include "gateway/pipeline/count_tokens.h"

#include "api/handlers.h"
#include "api/pipeline_route.h"
#include "codec/json_writer.h"
#include "gateway/pipeline/headers.h"
#include "gateway/surfaces/messages_surface.h"

namespace maester::api {

runtime::Task<void> count_message_tokens(Context& context) {
  static const gateway::MessagesSurface kSurface(gateway::MessagesUse::count_tokens);
  gateway::Call call;
  begin_call(call, context, kSurface);
  call.operation = gateway::Operation::count_tokens;
  auto counting = gateway::count_tokens(call, context.deps.services());
  const auto counted = co_await std::move(counting);
  Answer answer;
  if (counted) {
    json::Writer w(answer.body);
    w.begin_object().field("input_tokens", counted->tokens);
    w.field("provenance", to_string(counted->provenance)).end_object();
    answer.headers = gateway::answer_headers(call);
    answer.headers.set("x-maester-token-count", std::string(to_string(counted->provenance)));
  } else {
    answer = failure_answer(call, counted.error(), context);
  }
  answer.headers.set("content-type", std::string(answer.content_type));
  auto responding = context.response.respond(answer.status, std::move(answer.headers), answer.body);
  (void)co_await std::move(responding);
}

}  // namespace maester::api
