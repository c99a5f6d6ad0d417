#include "meter/interrupted.h"

#include <algorithm>
#include <future>
#include <memory>

#include "codec/json_writer.h"

namespace maester::meter {
namespace {

// The receipt of a request whose process died: what is known of it.
std::string receipt(const Settlement& s) {
  std::string out;
  json::Writer w(out);
  const Dimensions& d = s.dimensions;
  w.begin_object().field("request_id", s.request_id).field("tenant", d.tenant);
  w.field("key_id", d.key_id).field("user", d.user).field("route", d.route);
  w.key("model").begin_object().field("requested", d.model).field("upstream", d.upstream_model);
  w.end_object().field("provider", d.provider).field("price_version", s.price_version);
  w.key("usage").begin_object().field("provenance", to_string(s.usage.provenance)).end_object();
  w.key("cost").begin_object();
  if (s.cost) w.field("total_cost_usd", *s.cost);
  w.end_object().field("decision", "interrupted").field("replayable", false).end_object();
  return out;
}

Settlement interrupted(const PendingRequest& request, std::int64_t attempt, WallTime at) {
  Settlement out;
  out.request_id = request.request_id;
  out.attempt = attempt;
  out.at = at;
  out.outcome = Outcome::interrupted;
  out.dimensions = request.last;
  out.usage.provenance = Provenance::estimated;
  out.error_class = "process_ended";
  return out;
}

// One settlement for each open attempt; when there is none, one that only ends the request.
std::vector<Settlement> settlements_for(const PendingRequest& request, WallTime now) {
  std::vector<Settlement> out;
  for (const Intent& intent : request.open) {
    Settlement s = interrupted(request, intent.attempt, now);
    s.at = intent.at;  // the day on which it was spent
    s.dimensions = intent.dimensions;
    s.cost = intent.reserved;
    s.budgets = intent.budgets;
    s.price_version = intent.price_version;
    s.final = false;
    out.push_back(std::move(s));
  }
  if (request.ended) return out;
  if (out.empty()) {
    Settlement s = interrupted(request, request.last_attempt + 1, now);
    s.dispatched = false;
    s.cost = FemtoUsd();
    out.push_back(std::move(s));
  }
  out.back().final = true;
  out.back().receipt = receipt(out.back());
  return out;
}

struct Last {
  std::uint32_t lane = 0;
  std::uint64_t sequence = 0;
};

Status wait_for(store::Journal& journal, const Last& last) {
  auto promise = std::make_shared<std::promise<Status>>();
  auto durable = promise->get_future();
  journal.when_durable(last.lane, last.sequence,
                       [promise](Status done) { promise->set_value(std::move(done)); });
  return durable.get();
}

}  // namespace

Status settle_interrupted(store::Journal& journal, Projection& projection, const Clock& clock,
                          UsageStore::Recovery& out) {
  std::vector<std::pair<std::string, std::string>> over;
  std::optional<Last> last;
  for (const PendingRequest* request : projection.pending()) {
    TRY_ASSIGN(const bool ended, projection.ended(request->tenant, request->request_id));
    if (ended && !request->ended) {
      over.emplace_back(request->tenant, request->request_id);
      continue;
    }
    for (const Settlement& settlement : settlements_for(*request, clock.wall())) {
      TRY_ASSIGN(const auto done,
                 journal.append(0, store::RecordKind::settlement, encode(settlement)));
      last = Last{0, done.sequence};
      if (!settlement.dispatched) continue;
      ++out.interrupted;
      if (settlement.cost) out.charged += *settlement.cost;
    }
  }
  for (const auto& [tenant, request_id] : over) projection.forget(tenant, request_id);
  return last ? wait_for(journal, *last) : Status();
}

}  // namespace maester::meter
