#include "gateway/pipeline/ledger_records.h"

#include "gateway/pipeline/bound.h"
#include "gateway/pipeline/capture.h"
#include "gateway/pipeline/components.h"
#include "gateway/pipeline/counting.h"
#include "gateway/pipeline/hold.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/problem.h"
#include "meter/records.h"

namespace maester::gateway {
namespace {

meter::Dimensions dimensions_of(const Call& call, const Target* target) {
  meter::Dimensions d;
  d.tenant = call.principal.tenant;
  d.key_id = call.principal.key_id;
  d.user = call.options.user;
  d.route = call.resolution.route;
  d.model = call.requested_model;
  if (target != nullptr) {
    d.provider = target->provider->config.name;
    d.upstream_model = target->upstream_model;
  }
  d.prompt_name = call.prompt.name;
  d.prompt_version = call.prompt.version;
  if (call.options.budget_asked) d.scope = call.options.budget_scope;
  return d;
}

meter::Outcome outcome_of(const Attempt& attempt) {
  if (attempt.delivered) return meter::Outcome::settled;
  // The provider said no, or was never reached: nothing was generated.
  if (attempt.status >= 400 || !attempt.sent) return meter::Outcome::failed;
  return meter::Outcome::interrupted;
}

meter::SearchContext search_context_of(const Call& call) {
  if (!call.document) return meter::SearchContext::medium;
  const std::string_view size =
      call.document->root().get("web_search_options").get("search_context_size").string_or("");
  if (size == "low") return meter::SearchContext::low;
  return size == "high" ? meter::SearchContext::high : meter::SearchContext::medium;
}

void price(const Call& call, Attempt& attempt) {
  if (!attempt.target->price) return;
  const meter::ModelPrice& price = *attempt.target->price;
  meter::CostOptions& options = attempt.cost_options;
  options.service_tier = meter::service_tier_from(attempt.response.service_tier);
  options.batch = call.batch_price;
  options.region = attempt.target->provider->region;
  if (attempt.usage->searches > 0) options.search_context = search_context_of(call);
  const bool answered = attempt.status >= 200 && attempt.status < 300;
  if (answered && price.has(meter::PriceField::request)) attempt.usage->requests = 1;
  attempt.cost = meter::price_usage(price, *attempt.usage, options);
}

meter::Settlement settlement_of(Call& call, const Attempt& attempt, const Services& services,
                                bool final) {
  meter::Settlement record;
  record.request_id = call.id_text;
  record.attempt = attempt.number;
  record.at = services.clock.wall();
  record.outcome = outcome_of(attempt);
  record.dispatched = attempt.sent;
  record.final = final;
  record.downgraded = call.budget.fallback_applied;
  record.dimensions = dimensions_of(call, attempt.target);
  record.usage = *attempt.usage;
  record.cost_options = attempt.cost_options;
  if (attempt.cost) record.cost = attempt.cost->total;
  record.budgets = attempt.charges;
  record.charged = charge_without_cost(attempt);
  if (call.options.budget_asked) record.estimated_cost = call.budget.estimate.total();
  record.price_version = call.snapshot->prices().version();
  record.status = attempt.status;
  if (attempt.error) record.error_class = std::string(to_string(attempt.error->error_class));
  record.duration_ms =
      std::chrono::duration_cast<milliseconds>(attempt.ended - attempt.started).count();
  record.trace_id = call.trace->id().to_string();
  return record;
}

void close_reservation(Call& call) {
  if (!call.reservation || !call.reservation->open()) return;
  const auto actual = call.total_cost();
  const meter::ScopeTotals totals =
      call.reservation->settle(actual.value_or(call.reservation->amount()));
  call.budget.scope_requests = totals.request_count;
  call.budget.scope_cost = totals.settled;
}

runtime::Task<Status> append(const Services& services, store::RecordKind kind,
                             std::string payload) {
  auto appending =
      store::append_durably(services.journal, runtime::Core::current()->index(), kind, payload);
  co_return co_await std::move(appending);
}

}  // namespace

runtime::Task<Status> journal_intent(Call& call, Attempt& attempt, const Services& services) {
  if (!call.snapshot->config().journal || call.operation == Operation::count_tokens)
    co_return Status{};
  meter::Intent intent;
  intent.request_id = call.id_text;
  intent.attempt = attempt.number;
  intent.at = attempt.started_wall;
  intent.dimensions = dimensions_of(call, attempt.target);
  intent.reserved = attempt.held.open() ? attempt.worst_case : worst_case(call, *attempt.target);
  intent.budgets = attempt.charges;
  intent.price_version = call.snapshot->prices().version();
  intent.deadline_ms =
      std::chrono::duration_cast<milliseconds>(call.deadline.left(attempt.started)).count();
  auto appending = append(services, store::RecordKind::intent, meter::encode(intent));
  CO_TRY(co_await std::move(appending));
  attempt.journalled = true;
  co_return Status{};
}

runtime::Task<Status> journal_settlement(Call& call, Attempt& attempt, const Services& services,
                                         bool final, const Error* error) {
  if (!attempt.cached) {
    count_usage(attempt, call);
    price(call, attempt);
  }
  if (final) {
    charge_components(call);
    close_reservation(call);
  }
  attempt.settled = true;
  if (!call.snapshot->config().journal || (!attempt.journalled && !final)) {
    release(attempt);
    co_return Status{};
  }
  meter::Settlement record = settlement_of(call, attempt, services, final);
  if (final) {
    record.components = attempt.components;
    if (record.cost) *record.cost += attempt.components;
    if (error != nullptr) record.status = http_status(error->code);
    if (std::string capture = sealed_capture(call, services); !capture.empty()) {
      auto capturing = append(services, store::RecordKind::capture, std::move(capture));
      // A full disk costs the replay, never the answer or its settlement.
      if (Status kept = co_await std::move(capturing);
          !kept && kept.error().code != Code::storage_full) {
        co_return kept;
      }
    }
    record.receipt = write_receipt(call, error);
  }
  auto appending = append(services, store::RecordKind::settlement, meter::encode(record));
  // What is not durable is not released: a start would find the reservation again.
  CO_TRY(co_await std::move(appending));
  release(attempt);
  co_return Status{};
}

runtime::Task<Status> journal_unsent(Call& call, const Services& services, const Error& error,
                                     meter::Outcome outcome) {
  if (!call.snapshot->config().journal) co_return Status{};
  const meter::ScopeTotals totals =
      services.ledger.totals(call.principal.tenant, call.options.budget_scope);
  call.budget.scope_requests = totals.request_count;
  call.budget.scope_cost = totals.settled;
  meter::Settlement record;
  record.request_id = call.id_text;
  record.attempt = 0;
  record.at = services.clock.wall();
  record.outcome = outcome;
  record.dispatched = false;
  record.dimensions = dimensions_of(call, &call.resolution.targets.front());
  if (call.options.budget_asked) record.estimated_cost = call.budget.estimate.total();
  record.price_version = call.snapshot->prices().version();
  record.status = http_status(error.code);
  record.trace_id = call.trace->id().to_string();
  record.receipt = write_receipt(call, &error);
  auto appending = append(services, store::RecordKind::settlement, meter::encode(record));
  co_return co_await std::move(appending);
}

}  // namespace maester::gateway
