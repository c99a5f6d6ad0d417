#include "evals/gates/gate_rows.h"

#include <array>

namespace maester::evals::rows {
namespace {

constexpr std::array<store::Migration, 1> kMigrations{{{1, "gates", R"sql(
CREATE TABLE gates (
  tenant TEXT NOT NULL, name TEXT NOT NULL,
  body TEXT NOT NULL,           -- JSON
  created_at INTEGER NOT NULL,  -- nanoseconds since the epoch
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE gate_decisions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL, gate TEXT NOT NULL,
  kind TEXT NOT NULL, object TEXT NOT NULL, slot TEXT NOT NULL,
  was TEXT NOT NULL, now TEXT NOT NULL, outcome TEXT NOT NULL,
  verdict TEXT NOT NULL,        -- JSON
  reason TEXT NOT NULL, actor TEXT NOT NULL, source TEXT NOT NULL, role TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX gate_decisions_by_gate ON gate_decisions (tenant, gate, seq);
)sql"}}};

WallTime wall(std::int64_t ns) {
  return WallTime{nanoseconds{ns}};
}
std::int64_t ns(WallTime time) {
  return time.time_since_epoch().count();
}

Result<Gate> read_row(const store::Statement& row) {
  TRY_ASSIGN(const json::Document body, json::Document::parse(row.text(1)));
  TRY_ASSIGN(Gate gate, read_gate(body.root()));
  gate.tenant = row.text(0);
  gate.created_at = wall(row.integer(2));
  return gate;
}

}  // namespace

Status migrate_gates(store::Database& db) {
  return store::migrate(db, kMigrations, "gates");
}

Status load_gates(store::Database& db, const std::function<void(Gate)>& each) {
  TRY_ASSIGN(store::Statement rows, db.prepare("SELECT tenant, body, created_at FROM gates"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    auto gate = read_row(rows);
    if (!gate) {
      return fail(Code::corrupt, "A gate in control.db is damaged: " + gate.error().message +
                                     " Restore the database from a backup.");
    }
    each(std::move(*gate));
  }
}

Status insert_gate(store::Database& db, const Gate& gate) {
  TRY_ASSIGN(store::Statement put,
             db.prepare("INSERT INTO gates (tenant, name, body, created_at) VALUES (?,?,?,?)"));
  return put.bind(1, gate.tenant)
      .bind(2, gate.name)
      .bind(3, gate_json(gate))
      .bind(4, ns(gate.created_at))
      .run();
}

Status delete_gate(store::Database& db, std::string_view tenant, std::string_view name) {
  TRY_ASSIGN(store::Statement gone, db.prepare("DELETE FROM gates WHERE tenant=? AND name=?"));
  return gone.bind(1, tenant).bind(2, name).run();
}

Status insert_decision(store::Database& db, std::string_view tenant, const Decision& one) {
  TRY_ASSIGN(store::Statement put,
             db.prepare("INSERT INTO gate_decisions (tenant, gate, kind, object, slot, was, now, "
                        "outcome, verdict, reason, actor, source, role, at) "
                        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  put.bind(1, tenant).bind(2, one.gate).bind(3, one.kind).bind(4, one.object).bind(5, one.slot);
  put.bind(6, one.from).bind(7, one.to).bind(8, one.outcome).bind(9, one.verdict);
  put.bind(10, one.reason).bind(11, one.actor).bind(12, one.source).bind(13, one.role);
  TRY(put.bind(14, ns(one.at)).run());
  TRY_ASSIGN(store::Statement old,
             db.prepare("DELETE FROM gate_decisions WHERE tenant=?1 AND gate=?2 AND seq <= (SELECT "
                        "seq FROM gate_decisions WHERE tenant=?1 AND gate=?2 ORDER BY seq DESC "
                        "LIMIT 1 OFFSET 1000)"));
  return old.bind(1, tenant).bind(2, one.gate).run();
}

Result<std::vector<Decision>> page_decisions(store::Database& db, std::string_view tenant,
                                             std::string_view gate, std::int64_t before,
                                             std::size_t limit) {
  TRY_ASSIGN(
      store::Statement rows,
      db.prepare("SELECT seq, kind, object, slot, was, now, outcome, verdict, reason, actor, "
                 "source, role, at FROM gate_decisions WHERE tenant=? AND gate=? AND seq < ? "
                 "ORDER BY seq DESC LIMIT ?"));
  rows.bind(1, tenant).bind(2, gate).bind(3, before > 0 ? before : INT64_MAX);
  rows.bind(4, static_cast<std::int64_t>(limit));
  std::vector<Decision> out;
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    Decision& one = out.emplace_back();
    one.seq = rows.integer(0);
    one.gate = gate;
    one.kind = rows.text(1);
    one.object = rows.text(2);
    one.slot = rows.text(3);
    one.from = rows.text(4);
    one.to = rows.text(5);
    one.outcome = rows.text(6);
    one.verdict = rows.text(7);
    one.reason = rows.text(8);
    one.actor = rows.text(9);
    one.source = rows.text(10);
    one.role = rows.text(11);
    one.at = wall(rows.integer(12));
  }
}

Status delete_of(store::Database& db, std::string_view tenant) {
  TRY_ASSIGN(store::Statement gates, db.prepare("DELETE FROM gates WHERE tenant=?"));
  TRY(gates.bind(1, tenant).run());
  TRY_ASSIGN(store::Statement decisions, db.prepare("DELETE FROM gate_decisions WHERE tenant=?"));
  return decisions.bind(1, tenant).run();
}

}  // namespace maester::evals::rows
