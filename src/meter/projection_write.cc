// The database's side of the projection: loading, and the one transaction of a batch.
#include <algorithm>

#include "meter/projection.h"

namespace maester::meter {
namespace {

constexpr std::size_t kMaxCachedGroups = 100'000;

using store::Statement;

void bind_place(Statement& statement, int first, const store::Location& place) {
  statement.bind(first, std::int64_t{place.lane});
  statement.bind(first + 1, static_cast<std::int64_t>(place.segment));
  statement.bind(first + 2, static_cast<std::int64_t>(place.offset));
}

}  // namespace

struct Projection::Statements {
  Statement add_group, find_group, add_request, late_capture, ended, read_usage, write_usage,
      read_scope, write_scope, read_budget, write_budget, forget_windows, read_reliability,
      write_reliability, add_pending, drop_pending, position, read_correction, write_correction;
};

Status Projection::prepare() {
  store::Database& db = database_.writer();
  TRY_ASSIGN(
      Statement add_group,
      db.prepare(
          "INSERT OR IGNORE INTO groups (tenant, key_id, route, model,"
          " provider, upstream_model, prompt_name, prompt_version) VALUES (?,?,?,?,?,?,?,?)"));
  TRY_ASSIGN(Statement find_group,
             db.prepare("SELECT id FROM groups WHERE tenant=? AND key_id=? AND"
                        " route=? AND model=? AND provider=? AND upstream_model=? AND "
                        "prompt_name=? AND prompt_version=?"));
  TRY_ASSIGN(Statement add_request,
             db.prepare("INSERT OR IGNORE INTO requests VALUES"
                        " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  TRY_ASSIGN(Statement late_capture,
             db.prepare("UPDATE requests SET capture_lane=?, capture_segment=?,"
                        " capture_offset=? WHERE tenant=? AND request_id=?"));
  TRY_ASSIGN(Statement ended, db.prepare("SELECT 1 FROM requests WHERE tenant=? AND request_id=?"));
  TRY_ASSIGN(
      Statement read_usage,
      db.prepare("SELECT requests, interrupted, unpriced, provenance, cost, " MAESTER_BUCKET_COLUMNS
                 ", successes FROM usage WHERE tenant=? AND day=? AND group_id=?"));
  TRY_ASSIGN(
      Statement write_usage,
      db.prepare(
          "INSERT OR REPLACE INTO usage (tenant, day, group_id, requests, interrupted,"
          " unpriced, provenance, cost, " MAESTER_BUCKET_COLUMNS ", successes) VALUES"
          " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  TRY_ASSIGN(Statement read_scope, db.prepare("SELECT request_count, settled FROM scopes"
                                              " WHERE tenant=? AND scope=?"));
  TRY_ASSIGN(Statement write_scope, db.prepare("INSERT OR REPLACE INTO scopes VALUES (?,?,?,?)"));
  TRY_ASSIGN(Statement read_budget,
             db.prepare("SELECT settled FROM budget_spend"
                        " WHERE tenant=? AND budget=? AND subject=? AND window=?"));
  TRY_ASSIGN(Statement write_budget,
             db.prepare("INSERT OR REPLACE INTO budget_spend VALUES (?,?,?,?,?)"));
  TRY_ASSIGN(Statement forget_windows,
             db.prepare("DELETE FROM budget_spend"
                        " WHERE tenant=? AND budget=? AND subject=? AND window<?"));
  TRY_ASSIGN(
      Statement read_reliability,
      db.prepare("SELECT requests, executed, blocked, downgraded,"
                 " estimated, actual, compared, compared_estimated, compared_actual, absolute_delta"
                 " FROM reliability WHERE tenant=? AND scope=? AND model=?"));
  TRY_ASSIGN(Statement write_reliability, db.prepare("INSERT OR REPLACE INTO reliability VALUES"
                                                     " (?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  TRY_ASSIGN(Statement add_pending, db.prepare("INSERT OR IGNORE INTO pending VALUES (?,?,?,?,?)"));
  TRY_ASSIGN(Statement drop_pending,
             db.prepare("DELETE FROM pending WHERE tenant=? AND request_id=?"));
  TRY_ASSIGN(Statement position, db.prepare("INSERT OR REPLACE INTO positions VALUES (?,?)"));
  TRY_ASSIGN(Statement read_correction,
             db.prepare("SELECT delta, priced FROM corrections"
                        " WHERE tenant=? AND request_id=? AND attempt=?"));
  TRY_ASSIGN(Statement write_correction,
             db.prepare("INSERT OR REPLACE INTO corrections VALUES (?,?,?,?,?,?)"));
  statements_ = std::make_shared<Statements>(Statements{
      std::move(add_group), std::move(find_group), std::move(add_request), std::move(late_capture),
      std::move(ended), std::move(read_usage), std::move(write_usage), std::move(read_scope),
      std::move(write_scope), std::move(read_budget), std::move(write_budget),
      std::move(forget_windows), std::move(read_reliability), std::move(write_reliability),
      std::move(add_pending), std::move(drop_pending), std::move(position),
      std::move(read_correction), std::move(write_correction)});
  return {};
}

Status Projection::load() {
  statements_.reset();  // before the database may start over
  groups_.clear();
  pending_.clear();
  clear_batch();
  positions_.assign(journal_.lanes(), 0);
  bool ahead = false;
  {
    TRY_ASSIGN(Statement read, database_.writer().prepare("SELECT lane, sequence FROM positions"));
    while (true) {
      TRY_ASSIGN(const bool row, read.step());
      if (!row) break;
      const auto lane = static_cast<std::size_t>(read.integer(0));
      const auto sequence = static_cast<std::uint64_t>(read.integer(1));
      if (lane >= positions_.size()) positions_.resize(lane + 1);
      positions_[lane] = sequence;
    }
    const store::Positions written = journal_.written();
    for (std::size_t lane = 0; lane < positions_.size(); ++lane) {
      ahead = ahead || positions_[lane] > (lane < written.size() ? written[lane] : 0);
    }
  }
  // After a power cut in process mode the journal may have lost records that were projected.
  if (ahead) {
    TRY(database_.start_over());
    positions_.assign(journal_.lanes(), 0);
  }
  TRY(prepare());
  TRY(load_early());
  std::vector<store::Location> places;
  {
    TRY_ASSIGN(Statement read,
               database_.writer().prepare(
                   "SELECT lane, segment, offset FROM pending ORDER BY lane, segment, offset"));
    while (true) {
      TRY_ASSIGN(const bool row, read.step());
      if (!row) break;
      places.push_back({static_cast<std::uint32_t>(read.integer(0)),
                        static_cast<std::uint64_t>(read.integer(1)),
                        static_cast<std::uint64_t>(read.integer(2))});
    }
  }
  for (const store::Location& place : places) {
    TRY_ASSIGN(const store::Record record, journal_.read_at(place));
    if (record.kind == store::RecordKind::intent) {
      TRY_ASSIGN(Intent intent, decoder_.intent(record.payload));
      TRY(apply(std::move(intent), place, true));
    } else if (record.kind == store::RecordKind::settlement) {
      TRY_ASSIGN(const Settlement settlement, decoder_.settlement(record.payload));
      TRY(apply(settlement, place, true));
    } else if (record.kind == store::RecordKind::capture) {
      TRY_ASSIGN(const Capture capture, decoder_.capture(record.payload));
      apply_capture(capture.tenant, capture.request_id, place, true);
    }
  }
  return {};
}

Result<bool> Projection::ended(const std::string& tenant, const std::string& request_id) {
  for (const Ended& ended : ended_) {
    if (ended.row.tenant == tenant && ended.row.request_id == request_id) return true;
  }
  Statement& query = statements_->ended;
  query.bind(1, tenant).bind_blob(2, request_key(request_id));
  TRY_ASSIGN(const bool row, query.step());
  query.reset();
  return row;
}

// Outside the batch's transaction a new group is its own: harmless when the batch fails.
Result<std::int64_t> Projection::group_id(const Dimensions& d) {
  std::string& key = group_key_;
  key.clear();
  for (const std::string* part : {&d.tenant, &d.key_id, &d.route, &d.model, &d.provider,
                                  &d.upstream_model, &d.prompt_name, &d.prompt_version}) {
    key.append(*part).push_back('\0');
  }
  const auto known = groups_.find(key);
  if (known != groups_.end()) return known->second;
  const auto bind = [&d](Statement& s) {
    s.bind(1, d.tenant).bind(2, d.key_id).bind(3, d.route).bind(4, d.model).bind(5, d.provider);
    s.bind(6, d.upstream_model).bind(7, d.prompt_name).bind(8, d.prompt_version);
  };
  bind(statements_->add_group);
  TRY(statements_->add_group.run());
  bind(statements_->find_group);
  TRY_ASSIGN(const bool row, statements_->find_group.step());
  if (!row) return fail(Code::internal, "A usage group cannot be stored.");
  const std::int64_t id = statements_->find_group.integer(0);
  statements_->find_group.reset();
  if (groups_.size() >= kMaxCachedGroups) groups_.clear();
  groups_.emplace(key, id);
  return id;
}

Status Projection::commit(const store::Positions& to) {
  return database_.writer().transaction([&]() -> Status {
    TRY(write_requests());
    TRY(write_labels());
    TRY(write_usage());
    TRY(write_corrections());
    TRY(judge_early());  // these two after what they change
    TRY(write_feedback());
    TRY(write_scopes());
    TRY(write_budgets());
    TRY(write_reliability());
    TRY(write_pending());
    return write_positions(to);
  });
}

Status Projection::write_requests() {
  for (const Ended& ended : ended_) {
    const RequestRow& row = ended.row;
    Statement& s = statements_->add_request;
    s.bind(1, row.tenant).bind_blob(2, request_key(row.request_id)).bind(3, ended.group);
    s.bind(4, std::int64_t{row.at.time_since_epoch().count()}).bind(5, row.dimensions.user);
    s.bind(6, row.dimensions.scope).bind(7, static_cast<std::int64_t>(row.outcome));
    s.bind(8, std::int64_t{row.dispatched}).bind(9, row.status);
    s.bind(10, row.input_tokens).bind(11, row.output_tokens);
    if (row.cost)
      s.bind(12, *row.cost);
    else
      s.bind_null(12);
    bind_place(s, 13, row.settlement);
    if (row.capture) bind_place(s, 16, *row.capture);
    s.bind(19, ended.unpriced);
    if (ended.unpriced > 0) s.bind(20, ended.priced_cost);
    s.bind(21, row.duration_ms);
    if (row.verdict) s.bind(22, std::int64_t{*row.verdict});
    if (row.score) s.bind(23, *row.score);
    TRY(s.bind(24, std::int64_t{row.success}).run());
  }
  for (const LateCapture& late : late_captures_) {
    Statement& s = statements_->late_capture;
    bind_place(s, 1, late.place);
    TRY(s.bind(4, late.tenant).bind_blob(5, request_key(late.request_id)).run());
  }
  return {};
}

Status Projection::write_usage() {
  for (const auto& [key, batch] : usage_) {
    const auto& [tenant, day, group] = key;
    UsageSums sums = batch;
    Statement& read = statements_->read_usage;
    read.bind(1, tenant).bind(2, day).bind(3, group);
    TRY_ASSIGN(const bool row, read.step());
    if (row) {
      UsageSums before{.requests = read.integer(0),
                       .interrupted = read.integer(1),
                       .unpriced = read.integer(2),
                       .successes = read.integer(36),
                       .usage = read_buckets(read, 5),
                       .cost = read.money(4)};
      before.usage.provenance = static_cast<Provenance>(read.integer(3));
      sums.add(before);
      read.reset();
    }
    Statement& write = statements_->write_usage;
    write.bind(1, tenant).bind(2, day).bind(3, group).bind(4, sums.requests);
    write.bind(5, sums.interrupted).bind(6, sums.unpriced);
    write.bind(7, static_cast<std::int64_t>(sums.usage.provenance)).bind(8, sums.cost);
    bind_buckets(write, 9, sums.usage);
    TRY(write.bind(40, sums.successes).run());
  }
  return {};
}

Status Projection::write_corrections() {
  for (const auto& [tenant, request_id, one] : corrected_) {
    CorrectionRow sum = one;
    const std::string key = request_key(request_id);
    Statement& read = statements_->read_correction;
    TRY_ASSIGN(const bool row, read.bind(1, tenant).bind_blob(2, key).bind(3, one.attempt).step());
    if (row) {
      sum.delta += read.money(0);
      sum.priced += read.integer(1);
      read.reset();
    }
    Statement& write = statements_->write_correction;
    write.bind(1, tenant).bind_blob(2, key).bind(3, sum.attempt).bind(4, sum.delta);
    TRY(write.bind(5, sum.priced).bind(6, sum.price_version).run());
  }
  return {};
}

Status Projection::write_scopes() {
  for (const auto& [key, batch] : scopes_) {
    ScopeTotal total = batch;
    Statement& read = statements_->read_scope;
    TRY_ASSIGN(const bool row, read.bind(1, key.first).bind(2, key.second).step());
    if (row) {
      total.request_count += read.integer(0);
      total.settled += read.money(1);
      read.reset();
    }
    Statement& write = statements_->write_scope;
    write.bind(1, key.first).bind(2, key.second).bind(3, total.request_count);
    TRY(write.bind(4, total.settled).run());
  }
  return {};
}

// Of a budget's windows only the newest counts: it is what a start goes on with.
Status Projection::write_budgets() {
  for (const auto& [key, batch] : budgets_) {
    const auto& [tenant, budget, subject, window] = key;
    const std::int64_t at =
        std::chrono::floor<std::chrono::seconds>(window).time_since_epoch().count();
    const auto bind = [&](Statement& s) -> Statement& {
      return s.bind(1, tenant).bind(2, budget).bind(3, subject).bind(4, at);
    };
    FemtoUsd settled = batch;
    TRY_ASSIGN(const bool row, bind(statements_->read_budget).step());
    if (row) {
      settled += statements_->read_budget.money(0);
      statements_->read_budget.reset();
    }
    TRY(bind(statements_->write_budget).bind(5, settled).run());
    TRY(bind(statements_->forget_windows).run());
  }
  return {};
}

Status Projection::write_reliability() {
  for (const auto& [key, batch] : reliability_) {
    const auto& [tenant, scope, model] = key;
    ReliabilityCounts sum = batch;
    Statement& read = statements_->read_reliability;
    TRY_ASSIGN(const bool row, read.bind(1, tenant).bind(2, scope).bind(3, model).step());
    if (row) {
      sum.add({.requests = read.integer(0),
               .executed = read.integer(1),
               .blocked = read.integer(2),
               .downgraded = read.integer(3),
               .estimated = read.money(4),
               .actual = read.money(5),
               .compared = read.integer(6),
               .compared_estimated = read.money(7),
               .compared_actual = read.money(8),
               .absolute_delta = read.money(9)});
      read.reset();
    }
    Statement& s = statements_->write_reliability;
    s.bind(1, tenant).bind(2, scope).bind(3, model).bind(4, sum.requests).bind(5, sum.executed);
    s.bind(6, sum.blocked).bind(7, sum.downgraded).bind(8, sum.estimated).bind(9, sum.actual);
    s.bind(10, sum.compared).bind(11, sum.compared_estimated).bind(12, sum.compared_actual);
    TRY(s.bind(13, sum.absolute_delta).run());
  }
  return {};
}

Status Projection::write_pending() {
  for (const auto& [tenant, request_id] : unstore_) {
    TRY(statements_->drop_pending.bind(1, tenant).bind_blob(2, request_key(request_id)).run());
  }
  for (auto& [key, request] : pending_) {
    for (PendingRequest::Place& place : request.records) {
      if (place.stored) continue;
      Statement& s = statements_->add_pending;
      s.bind(1, request.tenant).bind_blob(2, request_key(request.request_id));
      bind_place(s, 3, place.location);
      TRY(s.run());
      place.stored = true;
    }
  }
  return {};
}

Status Projection::write_positions(const store::Positions& to) {
  for (std::size_t lane = 0; lane < to.size(); ++lane) {
    if (lane < positions_.size() && positions_[lane] == to[lane]) continue;
    TRY(statements_->position.bind(1, static_cast<std::int64_t>(lane))
            .bind(2, static_cast<std::int64_t>(to[lane]))
            .run());
  }
  return {};
}

}  // namespace maester::meter
