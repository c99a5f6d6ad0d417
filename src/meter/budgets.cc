#include "meter/budgets.h"

#include <algorithm>
#include <mutex>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "store/sqlite.h"

namespace maester::meter {
namespace {

constexpr store::Migration kMigrations[] = {{1, "budgets", R"sql(
CREATE TABLE budgets (
  owner TEXT NOT NULL,         -- the tenant that made it
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,         -- JSON
  window TEXT NOT NULL,
  limit_usd BLOB NOT NULL,     -- 16 bytes, 10^-15 USD
  hard INTEGER NOT NULL,
  warn_at TEXT NOT NULL,       -- JSON array of percentages
  created_at INTEGER NOT NULL, -- nanoseconds since the epoch
  PRIMARY KEY (owner, id),
  UNIQUE (owner, name)
) STRICT, WITHOUT ROWID;
)sql"}};

std::string scope_text(const Scope& scope) {
  std::string out;
  json::Writer w(out);
  write(w, scope);
  return out;
}

std::string warn_text(const std::vector<int>& warn_at) {
  std::string out;
  json::Writer w(out);
  w.begin_array();
  for (const int percent : warn_at) w.value(percent);
  w.end_array();
  return out;
}

Result<Budget> read_budget(const store::Statement& row) {
  Budget out;
  out.owner = row.text(0);
  out.id = row.text(1);
  out.name = row.text(2);
  TRY_ASSIGN(const json::Document scope, json::Document::parse(row.text(3)));
  TRY_ASSIGN(out.scope, read_scope(scope.root(), out.owner, false));
  const auto window = parse_window(row.text(4));
  if (!window) return fail(Code::corrupt, "A budget's window is not known.");
  out.window = *window;
  out.limit = row.money(5);
  out.hard = row.integer(6) != 0;
  TRY_ASSIGN(const json::Document warn_at, json::Document::parse(row.text(7)));
  for (const json::Value percent : warn_at.root()) {
    out.warn_at.push_back(static_cast<int>(percent.int_or(0)));
  }
  out.created_at = WallTime{nanoseconds{row.integer(8)}};
  return out;
}

Status write_budget(store::Database& db, const Budget& budget) {
  TRY_ASSIGN(store::Statement put,
             db.prepare("INSERT OR REPLACE INTO budgets (owner, id, name, scope, window, "
                        "limit_usd, hard, warn_at, created_at) VALUES (?,?,?,?,?,?,?,?,?)"));
  put.bind(1, budget.owner).bind(2, budget.id).bind(3, budget.name);
  put.bind(4, scope_text(budget.scope)).bind(5, to_string(budget.window)).bind(6, budget.limit);
  put.bind(7, std::int64_t{budget.hard}).bind(8, warn_text(budget.warn_at));
  put.bind(9, std::int64_t{budget.created_at.time_since_epoch().count()});
  return put.run();
}

std::unexpected<Error> no_such(std::string_view id) {
  return fail(Code::not_found, "There is no budget `" + std::string(id.substr(0, 64)) +
                                   "`. GET /v1/budgets lists what there is.");
}

Status delete_budget(store::Database& db, std::string_view owner, std::string_view id) {
  TRY_ASSIGN(store::Statement gone, db.prepare("DELETE FROM budgets WHERE owner=? AND id=?"));
  return gone.bind(1, owner).bind(2, id).run();
}

// For the audit log.
std::string canonical(const Budget& budget) {
  return budget.name + "\n" + scope_text(budget.scope) + "\n" +
         std::string(to_string(budget.window)) + "\n" + budget.limit.to_string() +
         (budget.hard ? "\nhard\n" : "\nsoft\n") + warn_text(budget.warn_at);
}

bool concerns(const Budget& budget, std::string_view tenant) {
  return budget.owner == tenant || budget.scope.tenant == tenant;
}

}  // namespace

Result<std::unique_ptr<Budgets>> Budgets::open(store::Database& control_db, Ledger& ledger,
                                               access::AuditLog& audit, const Clock& clock) {
  TRY(store::migrate(control_db, kMigrations, "budgets"));
  std::unique_ptr<Budgets> budgets(new Budgets(control_db, ledger, audit, clock));
  TRY(budgets->load());
  return budgets;
}

Status Budgets::load() {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("SELECT owner, id, name, scope, window, limit_usd, hard, warn_at, "
                         "created_at FROM budgets ORDER BY created_at, id"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    auto budget = read_budget(rows);
    if (!budget) {
      return fail(Code::corrupt, "Budget " + std::string(rows.text(1)) +
                                     " in control.db is damaged: " + budget.error().message +
                                     " Restore the database from a backup.");
    }
    ledger_.put(*budget);
    budgets_.emplace(budget->id, std::move(*budget));
  }
}

Status Budgets::check_name_free(const Budget& budget) const {
  for (const auto& [id, other] : budgets_) {
    if (id == budget.id || other.owner != budget.owner || other.name != budget.name) continue;
    return fail(Code::conflict,
                "There is a budget `" + budget.name + "` already (" + id +
                    "); change that one, or choose another name.",
                "name");
  }
  return {};
}

Result<Budget> Budgets::create(Budget budget, const access::Actor& actor) {
  TRY(check(budget));
  budget.created_at = clock_.wall();
  const std::unique_lock lock(mutex_);
  TRY(check_name_free(budget));
  TRY(db_.transaction([&]() -> Status {
    TRY(write_budget(db_, budget));
    return audit_.record(actor, {budget.owner, "budget.create", budget.id, "", canonical(budget)});
  }));
  ledger_.put(budget);
  budgets_.emplace(budget.id, budget);
  return budget;
}

Result<Budget> Budgets::change(std::string_view owner, std::string_view id, const Change& change,
                               const access::Actor& actor) {
  const std::unique_lock lock(mutex_);
  const auto found = budgets_.find(id);
  if (found == budgets_.end() || found->second.owner != owner) return no_such(id);
  Budget after = found->second;
  if (change.name) after.name = *change.name;
  if (change.limit) after.limit = *change.limit;
  if (change.hard) after.hard = *change.hard;
  if (change.warn_at) after.warn_at = *change.warn_at;
  TRY(check(after));
  TRY(check_name_free(after));
  TRY(db_.transaction([&]() -> Status {
    TRY(write_budget(db_, after));
    return audit_.record(actor,
                         {owner, "budget.change", id, canonical(found->second), canonical(after)});
  }));
  ledger_.put(after);
  found->second = after;
  return after;
}

Status Budgets::remove(std::string_view owner, std::string_view id, const access::Actor& actor) {
  const std::unique_lock lock(mutex_);
  const auto found = budgets_.find(id);
  if (found == budgets_.end() || found->second.owner != owner) return no_such(id);
  TRY(db_.transaction([&]() -> Status {
    TRY(delete_budget(db_, owner, id));
    return audit_.record(actor, {owner, "budget.delete", id, canonical(found->second), ""});
  }));
  ledger_.remove(found->second.scope.tenant, id);
  budgets_.erase(found);
  return {};
}

Result<Budget> Budgets::find(std::string_view owner, std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = budgets_.find(id);
  if (found == budgets_.end() || found->second.owner != owner) return no_such(id);
  return found->second;
}

std::vector<Budget> Budgets::list(std::string_view owner) const {
  std::vector<Budget> out;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [id, budget] : budgets_) {
      if (budget.owner == owner) out.push_back(budget);
    }
  }
  std::ranges::sort(out, {}, &Budget::name);
  return out;
}

Status Budgets::erase(store::Database& control, std::string_view tenant) {
  const std::shared_lock lock(mutex_);
  for (const auto& [id, budget] : budgets_) {
    if (concerns(budget, tenant)) TRY(delete_budget(control, budget.owner, id));
  }
  return {};
}

void Budgets::forget(std::string_view tenant) {
  const std::unique_lock lock(mutex_);
  std::erase_if(budgets_, [&](const auto& entry) {
    if (!concerns(entry.second, tenant)) return false;
    ledger_.remove(entry.second.scope.tenant, entry.first);
    return true;
  });
}

}  // namespace maester::meter
