// /v1/replays: what was captured of a request, and running it again.
#include <array>
#include <cmath>

#include "api/body.h"
#include "api/handlers.h"
#include "api/ledger_read.h"
#include "base/utf8.h"
#include "codec/json_writer.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/surfaces/replay_surface.h"

namespace maester::api {
namespace {

using runtime::Task;

struct Original {
  json::Document document;
  json::Value record() const { return document.root().get("record"); }
  json::Value request() const { return record().get("request"); }
  json::Value response() const { return record().get("response"); }
  json::Value replay() const { return document.root().get("replay"); }
};

Task<Result<Original>> load_original(Context& context) {
  auto opening = open_capture(context, context.parameters[0]);
  CO_TRY_ASSIGN(const std::string text, co_await std::move(opening));
  Original original;
  CO_TRY_ASSIGN(original.document, json::Document::parse(text));
  co_return original;
}

double score_of(json::Value response) {
  const json::Value score = response.get("evaluation").get("reliability_score");
  return score.is_number() ? score.as_double().value_or(0) : 0;
}

void write_comparison(json::Writer& w, const Original& original, const gateway::Call& call) {
  const gateway::Target& target = *call.attempt()->target;
  const auto& choices = call.attempt()->response.choices;
  const std::string_view before = original.response().get("content").string_or("");
  const std::string_view after =
      choices.empty() ? std::string_view{} : std::string_view(choices.front().content);
  const auto before_length = static_cast<std::int64_t>(utf8::length(before));
  const auto after_length = static_cast<std::int64_t>(utf8::length(after));
  const std::string_view provider = original.request().get("provider").string_or("");
  const std::string_view model = original.request().get("resolved_model").string_or("");
  const double score = score_of(original.response());
  const double replayed_score = call.evaluation ? call.evaluation->reliability_score : 0;
  w.key("comparison").begin_object().field("content_exact_match", before == after);
  w.field("original_content_length", before_length).field("replayed_content_length", after_length);
  w.field("content_length_delta", after_length - before_length);
  w.field("same_provider", provider == target.provider->config.name)
      .field("same_model", model == target.model);
  w.field("original_provider", provider).field("replayed_provider", target.provider->config.name);
  w.field("original_model", model).field("replayed_model", target.model);
  w.field("original_reliability_score", score).field("replayed_reliability_score", replayed_score);
  w.field("reliability_score_delta", std::round((replayed_score - score) * 10'000) / 10'000)
      .end_object();
}

void write_replayed(json::Writer& w, const gateway::Call& call) {
  const auto& choices = call.attempt()->response.choices;
  w.key("replayed_response")
      .begin_object()
      .field("content", choices.empty() ? "" : choices.front().content)
      .key("cost");
  gateway::write_cost(w, call, true);
  w.key("evaluation");
  call.evaluation ? checks::append_evaluation(w, *call.evaluation) : static_cast<void>(w.null());
  w.field("trace_id", call.trace->id().to_string()).field("request_id", call.id_text).end_object();
}

Answer replay_answer(const Context& context, const Original& original, const gateway::Call& call) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("result").begin_object().field("request_id", context.parameters[0]);
  w.raw_field("original", original.record().raw());
  write_replayed(w, call);
  write_comparison(w, original, call);
  w.field("replayed_at", format_rfc3339(call.received_wall)).end_object().end_object();
  return answer;
}

}  // namespace

Task<Result<Answer>> show_replay(Context& context) {
  auto loading = load_original(context);
  CO_TRY_ASSIGN(const Original original, co_await std::move(loading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().raw_field("record", original.record().raw()).end_object();
  co_return answer;
}

Task<Result<Answer>> run_replay(Context& context) {
  static constexpr std::array<std::string_view, 2> kKnown{"model", "prompt_version"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document wanted, co_await std::move(reading));
  auto loading = load_original(context);
  CO_TRY_ASSIGN(const Original original, co_await std::move(loading));
  gateway::ReplaySurface surface({original.replay(), original.request(),
                                  wanted.root().get("model").string_or(""),
                                  wanted.root().get("prompt_version").string_or("")});
  gateway::Call call;
  call.surface = &surface;
  call.principal = context.principal;
  call.received = context.deps.clock.mono();
  call.received_wall = context.deps.clock.wall();
  call.gone = context.response.client_gone();
  call.replayed_from = context.parameters[0];
  auto running = context.deps.pipeline.run(call);
  CO_TRY(co_await std::move(running));
  co_return replay_answer(context, original, call);
}

Task<Result<Answer>> replay_fixture(Context& context) {
  auto loading = load_original(context);
  CO_TRY_ASSIGN(const Original original, co_await std::move(loading));
  // The request that was made and the answer it got, in the form of the project's recorded
  // exchanges.
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("id", context.parameters[0]).field("origin", "captured");
  w.field("provider", original.request().get("provider").string_or(""))
      .field("api", "chat.completions");
  w.field("model", original.request().get("resolved_model").string_or(""));
  w.key("request").begin_object().field("method", "POST").field("path", "/v1/chat/completions");
  w.raw_field("body", original.replay().get("body").raw()).end_object();
  w.key("expected")
      .begin_object()
      .field("content", original.response().get("content").string_or(""));
  w.raw_field("checks", original.replay().get("checks").exists()
                            ? original.replay().get("checks").raw()
                            : "null");
  w.end_object().end_object();
  co_return answer;
}

}  // namespace maester::api
