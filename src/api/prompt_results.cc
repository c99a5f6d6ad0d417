// GET /v1/prompts/{name}/labels/{label}/results: what each version of a label answered.
#include <algorithm>

#include "api/handlers.h"
#include "api/ledger_read.h"
#include "api/live_comparison.h"
#include "api/prompt_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

Result<std::optional<WallTime>> read_time(std::string_view query, std::string_view name, bool end) {
  const auto text = wire::query_parameter(query, name);
  if (!text) return std::optional<WallTime>();
  constexpr std::size_t kDay = 10;  // "2026-11-20": from its beginning, to its end
  const auto time = parse_rfc3339(*text);
  if (time && end && text->size() == kDay) return std::optional(*time + std::chrono::days(1));
  if (time) return time;
  return fail(
      Code::invalid_request,
      "`" + std::string(name) + "` must be a day (2026-11-20) or a time (2026-11-20T08:00:00Z).",
      std::string(name));
}

// Infinite ends are null: JSON has no word for them.
void write_interval(json::Writer& w, const stats::Interval& interval) {
  w.field("low", interval.low).field("high", interval.high);
}

void write_compared(json::Writer& w, std::string_view name, const Compared& compared) {
  w.key(name).begin_object().field("count", compared.measure.count).key("value");
  compared.measure.count == 0 ? w.null() : w.value(compared.measure.value);
  if (compared.measure.count == 0) {
    w.key("low").null().key("high").null();
  } else {
    write_interval(w, compared.measure.interval);
  }
  w.key("difference");
  if (compared.difference) {
    w.begin_object().field("value", compared.difference->value);
    write_interval(w, compared.difference->interval);
    if (compared.difference->p_value) w.field("p_value", *compared.difference->p_value);
    w.end_object();
  } else {
    w.null();
  }
  w.end_object();
}

void write_results(json::Writer& w, const VersionResults& results, const prompts::Target& current) {
  w.begin_object().field("version", results.version).key("weight");
  const auto& shares = current.shares();
  const auto share = std::find_if(shares.begin(), shares.end(), [&](const prompts::Share& one) {
    return one.version == results.version;
  });
  share == shares.end() ? w.null() : w.value(share->weight);
  w.field("requests", results.requests).field("cached", results.cached);
  write_compared(w, "error_share", results.errors);
  write_compared(w, "check_pass_share", results.passed);
  write_compared(w, "reliability_score", results.score);
  write_compared(w, "feedback_positive_share", results.positive);
  write_compared(w, "feedback_mean", results.feedback);
  write_compared(w, "cost_usd", results.cost);
  write_compared(w, "latency_p50_ms", results.p50);
  write_compared(w, "latency_p95_ms", results.p95);
  w.end_object();
}

}  // namespace

runtime::Task<Result<Answer>> prompt_label_results(Context& context) {
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const auto from, read_time(query, "from", false));
  CO_TRY_ASSIGN(const auto to, read_time(query, "to", true));
  CO_TRY_ASSIGN(const prompts::Labels labels,
                context.deps.prompts.labels(context.principal.tenant, context.parameters[0]));
  prompts::Target current;
  if (const auto label = labels.find(context.parameters[1]); label != labels.end())
    current = label->second.target;
  meter::LabelQuery asked{context.parameters[0], context.parameters[1]};
  if (from) asked.from = *from;
  if (to) asked.to = *to;
  auto reading = read_ledger(context, [&] { return reader_of(context).label_answers(asked); });
  CO_TRY_ASSIGN(const meter::LabelAnswers answers, co_await std::move(reading));
  std::vector<std::string> first;
  for (const prompts::Share& share : current.shares()) first.push_back(share.version);
  auto comparing = context.deps.readers.run(
      [&]() -> Result<std::vector<VersionResults>> { return compare_live(answers, first); });
  CO_TRY_ASSIGN(const std::vector<VersionResults> results, co_await std::move(comparing));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("prompt", asked.prompt).field("label", asked.label).key("from");
  from ? w.value(format_rfc3339(*from)) : w.null();
  w.key("to");
  to ? w.value(format_rfc3339(*to)) : w.null();
  w.field("confidence", stats::kConfidence).field("truncated", answers.more);
  w.key("compared_to");
  results.empty() ? w.null() : w.value(results.front().version);
  w.key("versions").begin_array();
  for (const VersionResults& one : results) write_results(w, one, current);
  w.end_array().end_object();
  co_return answer;
}

}  // namespace maester::api
