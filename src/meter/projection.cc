#include "meter/projection.h"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "base/search.h"
#include "meter/receipt_label.h"

namespace maester::meter {
namespace {

std::string pending_key(const std::string& tenant, const std::string& request_id) {
  return tenant + '\0' + request_id;
}

std::int64_t day_of(WallTime at) {
  return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

// What its own checks said, out of the receipt, which was written without spaces: a quote inside a
// text is escaped, so the words cannot stand in one.
void read_verdict(std::string_view receipt, RequestRow& row) {
  constexpr std::string_view kBegin = "\"evaluation\":{\"status\":\"";
  constexpr std::string_view kScore = "\"reliability_score\":";
  const std::size_t at = find_words(receipt, kBegin);
  if (at == std::string_view::npos) return;
  receipt.remove_prefix(at + kBegin.size());
  row.verdict = receipt.starts_with("pass");
  const std::size_t score = receipt.find(kScore);
  if (score == std::string_view::npos) return;
  receipt.remove_prefix(score + kScore.size());
  row.score = millionths(receipt.substr(0, receipt.find_first_of(",}")));
}

}  // namespace

Result<std::size_t> Projection::project(std::size_t max_records) {
  store::Positions to = positions_;
  to.resize(journal_.lanes(), 0);
  const std::size_t share = std::max<std::size_t>(1, max_records / to.size());
  std::size_t records = 0;
  Status applied;
  for (std::uint32_t lane = 0; lane < to.size() && applied; ++lane) {
    auto read = journal_.read(lane, to[lane], share, [&](const store::Record& record) {
      to[lane] = record.sequence;
      if (applied) applied = apply(record);
    });
    if (read)
      records += *read;
    else
      applied = fail(std::move(read).error());
  }
  if (applied && observer_ != nullptr && !ended_.empty()) applied = observer_->keep();
  if (applied && (records > 0 || !unstore_.empty())) applied = commit(to);
  clear_batch();
  if (!applied) {
    (void)load();
    return fail(std::move(applied).error());
  }
  positions_ = std::move(to);
  return records;
}

// A record that cannot be read is counted and passed over: one bad record must not hold up the rest
// for ever.
Status Projection::apply(const store::Record& record) {
  switch (record.kind) {
    case store::RecordKind::intent: {
      auto intent = decoder_.intent(record.payload);
      if (intent) return apply(std::move(*intent), record.location, false);
      ++anomalies_;
      return {};
    }
    case store::RecordKind::settlement: {
      const auto settlement = decoder_.settlement(record.payload);
      if (settlement) return apply(*settlement, record.location, false);
      ++anomalies_;
      return {};
    }
    case store::RecordKind::capture: {
      const auto capture = decoder_.capture(record.payload);
      if (capture)
        apply_capture(capture->tenant, capture->request_id, record.location, false);
      else
        ++anomalies_;
      return {};
    }
    case store::RecordKind::note: {
      const auto correction = decoder_.correction(record.payload);
      return correction ? apply(*correction) : Status();  // other notes are none of ours
    }
    case store::RecordKind::feedback: {
      auto feedback = decoder_.feedback(record.payload);
      if (feedback)
        feedback_.push_back(std::move(*feedback));
      else
        ++anomalies_;
      return {};
    }
  }
  return {};
}

PendingRequest& Projection::pending_of(const std::string& tenant, const std::string& request_id) {
  PendingRequest& request = pending_[pending_key(tenant, request_id)];
  if (request.request_id.empty()) {
    request.tenant = tenant;
    request.request_id = request_id;
  }
  return request;
}

Status Projection::apply(Intent intent, const store::Location& place, bool replay) {
  PendingRequest& request = pending_of(intent.dimensions.tenant, intent.request_id);
  request.records.push_back({place, replay});
  request.last = intent.dimensions;
  request.last_attempt = std::max(request.last_attempt, intent.attempt);
  if (std::ranges::find(request.settled, intent.attempt) == request.settled.end()) {
    request.open.push_back(std::move(intent));
  }
  return {};
}

Status Projection::apply(const Settlement& settlement, const store::Location& place, bool replay) {
  const Dimensions& dimensions = settlement.dimensions;
  const std::string key = pending_key(dimensions.tenant, settlement.request_id);
  const auto known = pending_.find(key);
  if (known != pending_.end() &&
      std::ranges::find(known->second.settled, settlement.attempt) != known->second.settled.end()) {
    ++anomalies_;  // settled before: counts once
    return {};
  }
  const bool had_intent =
      known != pending_.end() && std::ranges::find(known->second.open, settlement.attempt,
                                                   &Intent::attempt) != known->second.open.end();
  if (!had_intent && settlement.attempt > 0) {
    TRY_ASSIGN(const bool over, ended(dimensions.tenant, settlement.request_id));
    if (over) {
      ++anomalies_;
      return {};
    }
  }
  PendingRequest& request = pending_of(dimensions.tenant, settlement.request_id);
  std::erase_if(request.open, [&](const Intent& i) { return i.attempt == settlement.attempt; });
  request.settled.push_back(settlement.attempt);
  request.last = dimensions;
  request.last_attempt = std::max(request.last_attempt, settlement.attempt);
  request.input_tokens += settlement.usage.prompt_tokens();
  request.output_tokens += settlement.usage.completion_tokens();
  if (settlement.cost) request.cost += *settlement.cost;
  if (settlement.dispatched) {
    request.dispatched = true;
    request.last_dispatched = dimensions;
    if (!settlement.cost) ++request.unpriced;
  }
  request.records.push_back({place, replay});
  if (!replay) {
    TRY(count_attempt(settlement));
    if (settlement.final) TRY(finish(request, settlement, place));
  }
  request.ended = request.ended || settlement.final;
  if (request.ended && request.open.empty()) let_go(request);
  return {};
}

void Projection::apply_capture(const std::string& tenant, const std::string& request_id,
                               const store::Location& place, bool replay) {
  const auto known = pending_.find(pending_key(tenant, request_id));
  if (known == pending_.end()) {
    late_captures_.push_back({tenant, request_id, place});
    return;
  }
  known->second.capture = place;
  known->second.records.push_back({place, replay});
}

UsageSums& Projection::sums(const std::string& tenant, std::int64_t day, std::int64_t group) {
  UsageSums& sums = usage_[{tenant, day, group}];
  return sums;
}

Status Projection::count_attempt(const Settlement& settlement) {
  const Dimensions& dimensions = settlement.dimensions;
  for (const BudgetCharge& charge : settlement.budgets) {
    budgets_[{dimensions.tenant, charge.budget, charge.subject, charge.window}] +=
        settlement.charge();
  }
  if (!settlement.dispatched && (!settlement.cost || settlement.cost->is_zero())) return {};
  TRY_ASSIGN(const std::int64_t group, group_id(dimensions));
  UsageSums& row = sums(dimensions.tenant, day_of(settlement.at), group);
  add_usage(row.usage, settlement.usage);
  if (settlement.cost)
    row.cost += *settlement.cost;
  else if (settlement.dispatched)
    ++row.unpriced;
  if (!dimensions.scope.empty() && settlement.cost) {
    scopes_[{dimensions.tenant, dimensions.scope}].settled += *settlement.cost;
  }
  return {};
}

// Corrections add up whatever comes first, they or their settlement (another lane's). Budget scopes
// and the reliability summary keep what was settled at the time.
Status Projection::apply(const Correction& correction) {
  const Dimensions& dimensions = correction.dimensions;
  TRY_ASSIGN(const std::int64_t group, group_id(dimensions));
  UsageSums& row = sums(dimensions.tenant, day_of(correction.at), group);
  row.cost += correction.delta;
  if (correction.newly_priced) --row.unpriced;
  corrected_.push_back({dimensions.tenant,
                        correction.request_id,
                        {.attempt = correction.attempt,
                         .delta = correction.delta,
                         .priced = correction.newly_priced ? 1 : 0,
                         .price_version = correction.price_version}});
  return {};
}

// The request has ended: its row, and what is counted once a request.
Status Projection::finish(PendingRequest& request, const Settlement& settlement,
                          const store::Location& place) {
  const Dimensions& of = request.last_dispatched ? *request.last_dispatched : request.last;
  TRY_ASSIGN(const std::int64_t group, group_id(of));
  if (request.dispatched) {
    UsageSums& row = sums(of.tenant, day_of(settlement.at), group);
    ++row.requests;
    if (settlement.outcome == Outcome::interrupted) ++row.interrupted;
    if (!of.scope.empty()) ++scopes_[{of.tenant, of.scope}].request_count;
  }
  count_reliability(settlement, request);
  if (observer_ != nullptr) observer_->ended(settlement);
  Ended ended;
  ended.group = group;
  ended.row.tenant = of.tenant;
  ended.row.request_id = settlement.request_id;
  ended.row.at = settlement.at;
  ended.row.dimensions.user = of.user;
  ended.row.dimensions.scope = of.scope;
  ended.row.outcome = settlement.outcome;
  ended.row.dispatched = request.dispatched;
  ended.row.status = settlement.status;
  ended.row.input_tokens = request.input_tokens;
  ended.row.output_tokens = request.output_tokens;
  if (request.unpriced == 0) ended.row.cost = request.cost;
  ended.unpriced = request.unpriced;
  ended.priced_cost = request.cost;
  ended.row.duration_ms = settlement.duration_ms;
  read_verdict(settlement.receipt, ended.row);
  if (!of.prompt_name.empty() && settlement.outcome != Outcome::blocked) {
    ended.row.dimensions.prompt_name = of.prompt_name;
    ended.row.dimensions.prompt_version = of.prompt_version;
    ended.label = label_of(settlement.receipt);
    ended.cached = has_words(settlement.receipt, "\"cache\":\"hit\"");
  }
  const bool answered = settlement.outcome == Outcome::settled && settlement.status < 400;
  ended.row.success = answered && ended.row.verdict.value_or(true);
  if (request.dispatched && ended.row.success)
    ++sums(of.tenant, day_of(settlement.at), group).successes;
  ended.row.settlement = place;
  ended.row.capture = request.capture;
  ended_.push_back(std::move(ended));
  return {};
}

void Projection::let_go(const PendingRequest& request) {
  const bool stored = std::ranges::any_of(request.records, &PendingRequest::Place::stored);
  if (stored) unstore_.emplace_back(request.tenant, request.request_id);
  pending_.erase(pending_key(request.tenant, request.request_id));
}

void Projection::count_reliability(const Settlement& settlement, const PendingRequest& request) {
  const Dimensions& of = request.last;
  if (of.scope.empty() || !settlement.estimated_cost) return;
  const std::string& model = of.upstream_model.empty() ? of.model : of.upstream_model;
  ReliabilityCounts one;
  one.requests = 1;
  one.executed = request.dispatched ? 1 : 0;
  one.blocked = settlement.outcome == Outcome::blocked && !request.dispatched ? 1 : 0;
  one.downgraded = settlement.downgraded ? 1 : 0;
  one.estimated = *settlement.estimated_cost;
  one.actual = request.cost;
  if (request.dispatched && request.unpriced == 0) {
    one.compared = 1;
    one.compared_estimated = one.estimated;
    one.compared_actual = one.actual;
    const FemtoUsd delta = one.estimated - one.actual;
    one.absolute_delta = delta < FemtoUsd() ? -delta : delta;
  }
  reliability_[{of.tenant, of.scope, model}].add(one);
}

std::vector<const PendingRequest*> Projection::pending() const {
  std::vector<const PendingRequest*> out;
  for (const auto& [key, request] : pending_) out.push_back(&request);
  std::ranges::sort(out, {},
                    [](const PendingRequest* r) { return std::tie(r->tenant, r->request_id); });
  return out;
}

void Projection::forget(const std::string& tenant, const std::string& request_id) {
  const auto found = pending_.find(pending_key(tenant, request_id));
  if (found != pending_.end()) let_go(found->second);
}

void Projection::clear_batch() {
  ended_.clear();
  late_captures_.clear();
  corrected_.clear();
  feedback_.clear();
  usage_.clear();
  scopes_.clear();
  budgets_.clear();
  reliability_.clear();
  unstore_.clear();
}

}  // namespace maester::meter
