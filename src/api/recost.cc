// /v1/pricing/recost: prices the past anew. The run goes on behind the requests; its state is asked
// for by its id.
#include "meter/recost.h"

#include <algorithm>
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "codec/json_writer.h"

namespace maester::api {
namespace {

void write_sums(json::Writer& w, const meter::RecostSums& sums) {
  w.field("attempts", sums.attempts).field("changed", sums.changed);
  w.field("unpriced", sums.unpriced).field("before_usd", sums.before);
  w.field("after_usd", sums.after).field("difference_usd", sums.after - sums.before);
}

void write_run(json::Writer& w, const meter::RecostRun& run) {
  w.begin_object().field("id", run.id).field("state", to_string(run.state));
  w.field("dry_run", run.dry_run).field("from", format_rfc3339(run.from));
  w.field("to", format_rfc3339(run.to)).optional_field("price_version", run.price_version);
  w.field("started_at", format_rfc3339(run.started_at));
  w.field("records_read", run.records_read).field("kept", run.kept);
  w.key("total").begin_object();
  write_sums(w, run.total);
  w.end_object().key("models").begin_array();
  for (const auto& [key, sums] : run.models) {
    w.begin_object().field("provider", key.first).field("model", key.second);
    write_sums(w, sums);
    w.end_object();
  }
  w.end_array().optional_field("error", run.error).end_object();
}

Result<meter::RecostOrder> read_order(json::Value body) {
  meter::RecostOrder out;
  for (const auto& [name, at] : {std::pair("from", &out.from), std::pair("to", &out.to)}) {
    TRY_ASSIGN(const std::string_view text, body.get(name).as_string());
    const auto instant = parse_rfc3339(text);
    if (!instant) {
      return fail(Code::invalid_request,
                  "`" + std::string(name) + "` is a day or a time in UTC, such as 2026-11-21.",
                  name);
    }
    *at = *instant;
    if (at == &out.to && text.size() == 10) out.to += std::chrono::days{1};  // that day included
  }
  if (out.to <= out.from) {
    return fail(Code::invalid_request, "`to` must be after `from`.", "to");
  }
  if (!body.get("price_version").empty()) {
    TRY_ASSIGN(const std::string_view version, body.get("price_version").as_string());
    out.price_version = version;
  }
  // Nothing is written unless the caller says so.
  out.dry_run = true;
  if (!body.get("dry_run").empty()) {
    TRY_ASSIGN(out.dry_run, body.get("dry_run").as_bool());
  }
  return out;
}

}  // namespace

runtime::Task<Result<Answer>> start_recost(Context& context) {
  static constexpr std::array<std::string_view, 4> kKnown{"from", "to", "price_version", "dry_run"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(meter::RecostOrder order, read_order(document.root()));
  order.id = context.request_id;
  auto work = [&] { return context.deps.recosting.start(order, actor_of(context)); };
  auto starting = change(context, work);
  CO_TRY(co_await std::move(starting));
  CO_TRY_ASSIGN(const meter::RecostRun run, context.deps.recosts.find(context.request_id));
  co_return object_answer(run, write_run, 202);
}

runtime::Task<Result<Answer>> show_recost(Context& context) {
  CO_TRY_ASSIGN(const meter::RecostRun run, context.deps.recosts.find(context.parameters[0]));
  co_return object_answer(run, write_run);
}

runtime::Task<Result<Answer>> list_recosts(Context& context) {
  co_return list_answer(context.deps.recosts.runs(), write_run);
}

}  // namespace maester::api
