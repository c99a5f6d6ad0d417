// /v1/requests, /v1/usage, /v1/me/usage and /v1/metrics/reliability: what the ledger knows.
#include "api/body.h"
#include "api/budget_json.h"
#include "api/feedback.h"
#include "api/handlers.h"
#include "api/ledger_read.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using meter::GroupBy;

void write_row(json::Writer& w, const meter::RequestRow& row) {
  w.begin_object().field("request_id", row.request_id).field("created_at", format_rfc3339(row.at));
  w.field("tenant", row.tenant)
      .field("key_id", row.dimensions.key_id)
      .field("model", row.dimensions.model);
  w.field("provider", row.dimensions.provider)
      .field("outcome", to_string(row.outcome))
      .field("status", row.status);
  w.field("input_tokens", row.input_tokens)
      .field("output_tokens", row.output_tokens)
      .key("cost_usd");
  row.cost ? w.value(*row.cost) : w.null();
  w.optional_field("prompt_name", row.dimensions.prompt_name)
      .optional_field("prompt_version", row.dimensions.prompt_version);
  w.end_object();
}

void write_sums(json::Writer& w, const meter::UsageSums& sums) {
  const meter::Usage& usage = sums.usage;
  w.field("requests", sums.requests)
      .field("interrupted", sums.interrupted)
      .field("unpriced", sums.unpriced);
  w.field("input_tokens", usage.prompt_tokens()).field("output_tokens", usage.completion_tokens());
  w.field("cached_input_tokens", usage.cached_input).field("reasoning_tokens", usage.reasoning);
  w.field("total_cost_usd", sums.cost);
  // What a task that succeeded cost: all that was spent, failures included.
  w.field("successful", sums.successes).key("cost_per_successful_task_usd");
  sums.successes > 0 && sums.unpriced == 0 ? w.value(sums.cost.divided_by(sums.successes))
                                           : w.null();
}

// Numbers and yes/no that were said of the requests, by name.
void write_scores(json::Writer& w, const meter::Scores& scores) {
  if (scores.empty()) return;
  w.key("scores").begin_object();
  for (const auto& [name, one] : scores) {
    w.key(name).begin_object().field("count", one.count).field("passes", one.passes);
    w.field("mean", static_cast<double>(one.sum) / 1e6 / static_cast<double>(one.count));
    w.end_object();
  }
  w.end_object();
}

Result<meter::UsageQuery> read_usage_query(std::string_view query) {
  meter::UsageQuery out;
  std::string groups = wire::query_parameter(query, "group_by").value_or("");
  for (std::size_t at = 0; at < groups.size();) {
    const std::size_t comma = std::min(groups.find(',', at), groups.size());
    const std::string name = groups.substr(at, comma - at);
    const auto group = meter::parse_group_by(name);
    if (!group) {
      return fail(Code::invalid_request,
                  "`group_by` does not know `" + name +
                      "`; there are: tenant, key, route, model, provider, prompt, day.",
                  "group_by");
    }
    out.group_by.push_back(*group);
    at = comma + 1;
  }
  out.from_day = wire::query_parameter(query, "from").value_or("");
  out.to_day = wire::query_parameter(query, "to").value_or("");
  return out;
}

Answer usage_answer(const meter::UsageQuery& query, const meter::UsageAnswer& found) {
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const meter::UsageRow& row : found.rows) {
    w.begin_object();
    for (std::size_t i = 0; i < query.group_by.size(); ++i)
      w.field(to_string(query.group_by[i]), row.group[i]);
    write_sums(w, row.sums);
    write_scores(w, row.scores);
    w.end_object();
  }
  w.end_array().key("total").begin_object();
  write_sums(w, found.total);
  write_scores(w, found.scores);
  w.end_object().end_object();
  return answer;
}

std::string average(FemtoUsd sum, std::int64_t count) {
  return count == 0 ? "0" : sum.divided_by(count).to_string();
}

void write_model(json::Writer& w, const meter::ReliabilityRow& row) {
  w.begin_object().field("model", row.model).field("request_count", row.counts.requests);
  w.field("total_actual_cost_usd", row.counts.actual)
      .field("average_actual_cost_usd", average(row.counts.actual, row.counts.executed));
  w.field("downgrade_count", row.counts.downgraded).end_object();
}

void write_scope(json::Writer& w, const meter::ReliabilityRow& row) {
  w.begin_object().field("scope_key", row.scope).field("request_count", row.counts.requests);
  w.field("executed_request_count", row.counts.executed)
      .field("blocked_request_count", row.counts.blocked);
  w.field("total_estimated_cost_usd", row.counts.estimated)
      .field("total_actual_cost_usd", row.counts.actual)
      .end_object();
}

void write_summary(json::Writer& w, const meter::ReliabilityCounts& total) {
  w.key("summary")
      .begin_object()
      .field("total_requests", total.requests)
      .field("executed_requests", total.executed);
  w.field("blocked_requests", total.blocked)
      .field("downgraded_requests", total.downgraded)
      .field("allowed_requests", total.allowed());
  w.field("total_estimated_cost_usd", total.estimated).field("total_actual_cost_usd", total.actual);
  w.field("average_estimated_cost_usd", average(total.estimated, total.requests));
  w.field("average_actual_cost_usd", average(total.actual, total.executed)).end_object();
  w.key("budget_outcomes").begin_object().field("allowed_count", total.allowed());
  w.field("downgraded_count", total.downgraded).field("blocked_count", total.blocked).end_object();
}

void write_accuracy(json::Writer& w, const meter::ReliabilityCounts& total) {
  w.key("estimate_accuracy").begin_object().field("compared_request_count", total.compared);
  w.field("average_estimated_cost_usd", average(total.compared_estimated, total.compared));
  w.field("average_actual_cost_usd", average(total.compared_actual, total.compared));
  w.field("average_absolute_delta_usd", average(total.absolute_delta, total.compared)).end_object();
}

// A receipt is what it was; what was said of it since is added when it is shown.
std::string with_feedback(const std::string& receipt, const std::vector<meter::Feedback>& given) {
  const auto document = json::Document::parse(receipt);
  if (!document) return receipt;
  std::string text;
  json::Writer w(text);
  w.begin_array();
  for (const meter::Feedback& one : given) write_feedback(w, one);
  w.end_array();
  json::Edit edit(*document);
  edit.add_member(document->root(), "feedback", text);
  return edit.apply();
}

}  // namespace

runtime::Task<Result<Answer>> list_requests(Context& context) {
  meter::RequestQuery query;
  CO_TRY_ASSIGN(query.limit, read_limit(context.request.query()));
  query.before = wire::query_parameter(context.request.query(), "cursor").value_or("");
  query.model = wire::query_parameter(context.request.query(), "model").value_or("");
  query.key_id = wire::query_parameter(context.request.query(), "key_id").value_or("");
  auto reading = read_ledger(context, [&] { return reader_of(context).requests(query); });
  CO_TRY_ASSIGN(const std::vector<meter::RequestRow> rows, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const meter::RequestRow& row : rows) write_row(w, row);
  w.end_array().key("next_cursor");
  rows.size() == query.limit ? w.value(rows.back().request_id) : w.null();
  w.end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_request(Context& context) {
  auto finding = find_request(context, context.parameters[0]);
  CO_TRY_ASSIGN(const meter::RequestRow row, co_await std::move(finding));
  auto load = [&]() -> Result<std::string> {
    TRY_ASSIGN(const store::Record record, context.deps.journal.read_at(row.settlement));
    TRY_ASSIGN(meter::Settlement settlement, meter::decode_settlement(record.payload));
    return std::move(settlement.receipt);
  };
  auto loading = context.deps.readers.run(load);
  Answer answer;
  CO_TRY_ASSIGN(answer.body, co_await std::move(loading));
  if (!answer.body.empty()) {
    auto asking = context.deps.readers.run(
        [&] { return reader_of(context).feedback(row.tenant, row.request_id); });
    CO_TRY_ASSIGN(const auto given, co_await std::move(asking));
    if (!given.empty()) answer.body = with_feedback(answer.body, given);
    co_return answer;
  }
  // A request that a crash interrupted was settled by the start after it, and has no receipt of its
  // own.
  json::Writer w(answer.body);
  write_row(w, row);
  co_return answer;
}

runtime::Task<Result<Answer>> usage(Context& context) {
  CO_TRY_ASSIGN(const meter::UsageQuery query, read_usage_query(context.request.query()));
  const bool every =
      wire::query_parameter(context.request.query(), "tenants").value_or("") == "all";
  if (every && !context.principal.manages_all_tenants()) {
    co_return fail(Code::forbidden,
                   "Only an admin of tenant `default` may read all tenants' usage.", "tenants");
  }
  auto reading = read_ledger(context, [&] {
    return every ? context.deps.usage.all_tenants(meter::EveryTenant{}).usage(query)
                 : reader_of(context).usage(query);
  });
  CO_TRY_ASSIGN(const meter::UsageAnswer found, co_await std::move(reading));
  co_return usage_answer(query, found);
}

runtime::Task<Result<Answer>> own_usage(Context& context) {
  meter::UsageQuery query;
  query.group_by = {GroupBy::key};
  auto reading = read_ledger(context, [&] { return reader_of(context).usage(query); });
  CO_TRY_ASSIGN(const meter::UsageAnswer found, co_await std::move(reading));
  meter::UsageSums own;
  for (const meter::UsageRow& row : found.rows) {
    if (row.group[0] == context.principal.key_id) own = row.sums;
  }
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object()
      .field("tenant", context.principal.tenant)
      .field("key_id", context.principal.key_id)
      .key("usage")
      .begin_object();
  write_sums(w, own);
  w.end_object().key("budgets").begin_array();
  for (const meter::BudgetStatus& budget : context.deps.services().ledger.covering(
           context.principal.tenant, context.principal.key_id)) {
    write_budget_status(w, budget);
  }
  w.end_array().key("limits").begin_array();
  const meter::Spender self{.tenant = context.principal.tenant, .key = context.principal.key_id};
  const meter::Limiter& limiter = context.deps.services().limiter;
  for (const meter::Limit& limit : limiter.covering(self.tenant, self.key))
    write_limit(w, limit, limiter, covers(limit.scope, self) ? subject_of(limit.scope, self) : "");
  w.end_array().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> reliability_metrics(Context& context) {
  auto reading = read_ledger(context, [&] { return reader_of(context).reliability(); });
  CO_TRY_ASSIGN(const meter::ReliabilityAnswer found, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object();
  write_summary(w, found.total);
  w.key("models").begin_array();
  for (const auto& row : found.models) write_model(w, row);
  w.end_array().key("scopes").begin_array();
  for (const auto& row : found.scopes) write_scope(w, row);
  w.end_array();
  write_accuracy(w, found.total);
  w.end_object();
  co_return answer;
}

}  // namespace maester::api
