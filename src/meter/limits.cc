#include "meter/limits.h"

#include <algorithm>
#include <mutex>
#include <tuple>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "store/sqlite.h"

namespace maester::meter {
namespace {

constexpr store::Migration kMigrations[] = {{1, "limits", R"sql(
CREATE TABLE limits (
  owner TEXT NOT NULL,         -- the tenant that made it
  id TEXT NOT NULL,
  scope TEXT NOT NULL,         -- JSON
  requests_per_minute INTEGER,
  tokens_per_minute INTEGER,
  concurrency INTEGER,
  burst INTEGER,
  created_at INTEGER NOT NULL, -- nanoseconds since the epoch
  PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;
)sql"}};

std::optional<std::int64_t> optional_integer(const store::Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

void bind(store::Statement& statement, int index, std::optional<std::int64_t> value) {
  value ? statement.bind(index, *value) : statement.bind_null(index);
}

Result<Limit> read_limit(const store::Statement& row) {
  Limit out;
  out.owner = row.text(0);
  out.id = row.text(1);
  TRY_ASSIGN(const json::Document scope, json::Document::parse(row.text(2)));
  TRY_ASSIGN(out.scope, read_scope(scope.root(), out.owner, true));
  out.requests_per_minute = optional_integer(row, 3);
  out.tokens_per_minute = optional_integer(row, 4);
  out.concurrency = optional_integer(row, 5);
  out.burst = optional_integer(row, 6);
  out.created_at = WallTime{nanoseconds{row.integer(7)}};
  TRY(check(out));
  return out;
}

Status write_limit(store::Database& db, const Limit& limit) {
  std::string scope;
  json::Writer w(scope);
  write(w, limit.scope);
  TRY_ASSIGN(store::Statement put,
             db.prepare("INSERT OR REPLACE INTO limits (owner, id, scope, requests_per_minute, "
                        "tokens_per_minute, concurrency, burst, created_at) "
                        "VALUES (?,?,?,?,?,?,?,?)"));
  put.bind(1, limit.owner).bind(2, limit.id).bind(3, scope);
  bind(put, 4, limit.requests_per_minute);
  bind(put, 5, limit.tokens_per_minute);
  bind(put, 6, limit.concurrency);
  bind(put, 7, limit.burst);
  put.bind(8, std::int64_t{limit.created_at.time_since_epoch().count()});
  return put.run();
}

std::unexpected<Error> no_such(std::string_view id) {
  return fail(Code::not_found, "There is no limit `" + std::string(id.substr(0, 64)) +
                                   "`. GET /v1/limits lists what there is.");
}

Status delete_limit(store::Database& db, std::string_view owner, std::string_view id) {
  TRY_ASSIGN(store::Statement gone, db.prepare("DELETE FROM limits WHERE owner=? AND id=?"));
  return gone.bind(1, owner).bind(2, id).run();
}

// For the audit log.
std::string canonical(const Limit& limit) {
  std::string out;
  json::Writer w(out);
  write(w, limit.scope);
  for (const auto& rate :
       {limit.requests_per_minute, limit.tokens_per_minute, limit.concurrency, limit.burst})
    out += "\n" + (rate ? std::to_string(*rate) : std::string());
  return out;
}

bool concerns(const Limit& limit, std::string_view tenant) {
  return limit.owner == tenant || limit.scope.tenant == tenant;
}

}  // namespace

Result<std::unique_ptr<Limits>> Limits::open(store::Database& control_db, Limiter& limiter,
                                             access::AuditLog& audit, const Clock& clock) {
  TRY(store::migrate(control_db, kMigrations, "limits"));
  std::unique_ptr<Limits> limits(new Limits(control_db, limiter, audit, clock));
  TRY(limits->load());
  return limits;
}

Status Limits::load() {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("SELECT owner, id, scope, requests_per_minute, tokens_per_minute, "
                         "concurrency, burst, created_at FROM limits ORDER BY created_at, id"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    auto limit = read_limit(rows);
    if (!limit) {
      return fail(Code::corrupt, "Limit " + std::string(rows.text(1)) +
                                     " in control.db is damaged: " + limit.error().message +
                                     " Restore the database from a backup.");
    }
    limiter_.put(*limit);
    limits_.emplace(limit->id, std::move(*limit));
  }
}

Result<Limit> Limits::create(Limit limit, const access::Actor& actor) {
  TRY(check(limit));
  limit.created_at = clock_.wall();
  const std::unique_lock lock(mutex_);
  TRY(db_.transaction([&]() -> Status {
    TRY(write_limit(db_, limit));
    return audit_.record(actor, {limit.owner, "limit.create", limit.id, "", canonical(limit)});
  }));
  limiter_.put(limit);
  limits_.emplace(limit.id, limit);
  return limit;
}

Result<Limit> Limits::change(std::string_view owner, std::string_view id, const Limit& limit,
                             const access::Actor& actor) {
  const std::unique_lock lock(mutex_);
  const auto found = limits_.find(id);
  if (found == limits_.end() || found->second.owner != owner) return no_such(id);
  Limit after = limit;
  after.id = found->second.id;
  after.owner = found->second.owner;
  after.scope = found->second.scope;
  after.created_at = found->second.created_at;
  TRY(check(after));
  TRY(db_.transaction([&]() -> Status {
    TRY(write_limit(db_, after));
    return audit_.record(actor,
                         {owner, "limit.change", id, canonical(found->second), canonical(after)});
  }));
  limiter_.put(after);
  found->second = after;
  return after;
}

Status Limits::remove(std::string_view owner, std::string_view id, const access::Actor& actor) {
  const std::unique_lock lock(mutex_);
  const auto found = limits_.find(id);
  if (found == limits_.end() || found->second.owner != owner) return no_such(id);
  TRY(db_.transaction([&]() -> Status {
    TRY(delete_limit(db_, owner, id));
    return audit_.record(actor, {owner, "limit.delete", id, canonical(found->second), ""});
  }));
  limiter_.remove(found->second.scope.tenant, id);
  limits_.erase(found);
  return {};
}

Result<Limit> Limits::find(std::string_view owner, std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = limits_.find(id);
  if (found == limits_.end() || found->second.owner != owner) return no_such(id);
  return found->second;
}

std::vector<Limit> Limits::list(std::string_view owner) const {
  std::vector<Limit> out;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [id, limit] : limits_) {
      if (limit.owner == owner) out.push_back(limit);
    }
  }
  std::ranges::sort(out, {}, [](const Limit& one) { return std::tie(one.created_at, one.id); });
  return out;
}

Status Limits::erase(store::Database& control, std::string_view tenant) {
  const std::shared_lock lock(mutex_);
  for (const auto& [id, limit] : limits_) {
    if (concerns(limit, tenant)) TRY(delete_limit(control, limit.owner, id));
  }
  return {};
}

void Limits::forget(std::string_view tenant) {
  const std::unique_lock lock(mutex_);
  std::erase_if(limits_, [&](const auto& entry) {
    if (!concerns(entry.second, tenant)) return false;
    limiter_.remove(entry.second.scope.tenant, entry.first);
    return true;
  });
}

}  // namespace maester::meter
