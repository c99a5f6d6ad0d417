#include "access/audit.h"

#include <array>
#include <cstring>

namespace maester::access {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "audit log", R"sql(
CREATE TABLE audit (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  key_id TEXT NOT NULL,
  source TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  before BLOB NOT NULL,
  after BLOB NOT NULL,
  prev BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (chain, seq)
) WITHOUT ROWID;
)sql"},
}};

std::string_view view_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void put_number(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size(), 4);
  out += text;
}

Result<Sha256> read_hash(std::string_view bytes) {
  Sha256 out{};
  if (bytes.size() != out.size())
    return fail(Code::corrupt, "An audit row's hash is not 32 bytes long.");
  std::memcpy(out.data(), bytes.data(), out.size());
  return out;
}

}  // namespace

Sha256 audit_hash(const AuditRow& row) {
  std::string text = "mst/audit/v1";
  text += view_of(row.prev);
  put_text(text, row.chain);
  put_number(text, static_cast<std::uint64_t>(row.seq), 8);
  put_number(text, static_cast<std::uint64_t>(row.at.time_since_epoch().count()), 8);
  for (const std::string* field : {&row.actor.tenant, &row.actor.key_id, &row.actor.source,
                                   &row.action, &row.object, &row.before, &row.after})
    put_text(text, *field);
  return sha256(text);
}

Result<AuditRow> read_audit_row(const store::Statement& row) {
  AuditRow out;
  out.chain = row.text(0);
  out.seq = row.integer(1);
  out.at = WallTime{nanoseconds{row.integer(2)}};
  out.actor = {std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(5))};
  out.action = row.text(6);
  out.object = row.text(7);
  out.before = row.text(8);
  out.after = row.text(9);
  TRY_ASSIGN(out.prev, read_hash(row.text(10)));
  TRY_ASSIGN(out.hash, read_hash(row.text(11)));
  return out;
}

Result<std::unique_ptr<AuditLog>> AuditLog::open(store::Database& control, const Clock& clock,
                                                 std::string_view digest_key) {
  TRY(store::migrate(control, kMigrations, "audit"));
  return std::unique_ptr<AuditLog>(new AuditLog(control, clock, digest_key));
}

Status AuditLog::record(const Actor& actor, const Change& change) {
  TRY_ASSIGN(const AuditHead last, head(change.chain));
  AuditRow row;
  row.chain = change.chain;
  row.seq = last.seq + 1;
  row.at = clock_.wall();
  row.actor = actor;
  row.action = change.action;
  row.object = change.object;
  if (!change.before.empty()) row.before = view_of(digest_.of({change.before}));
  if (!change.after.empty()) row.after = view_of(digest_.of({change.after}));
  row.prev = last.hash;
  row.hash = audit_hash(row);
  TRY_ASSIGN(
      auto insert,
      db_.prepare("INSERT INTO audit (chain, seq, at, actor, key_id, source, action, object, "
                  "before, after, prev, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                  "?10, ?11, ?12)"));
  insert.bind(1, row.chain).bind(2, row.seq);
  insert.bind(3, std::int64_t{row.at.time_since_epoch().count()});
  insert.bind(4, row.actor.tenant).bind(5, row.actor.key_id).bind(6, row.actor.source);
  insert.bind(7, row.action).bind(8, row.object);
  insert.bind_blob(9, row.before).bind_blob(10, row.after);
  insert.bind_blob(11, view_of(row.prev)).bind_blob(12, view_of(row.hash));
  return insert.run();
}

Result<std::vector<AuditRow>> AuditLog::page(std::string_view chain, std::int64_t before,
                                             std::size_t limit) {
  TRY_ASSIGN(auto rows,
             db_.prepare("SELECT chain, seq, at, actor, key_id, source, action, object, before, "
                         "after, prev, hash FROM audit WHERE chain = ?1 AND (?2 = 0 OR seq < ?2) "
                         "ORDER BY seq DESC LIMIT ?3"));
  rows.bind(1, chain).bind(2, before).bind(3, static_cast<std::int64_t>(limit));
  std::vector<AuditRow> out;
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    TRY_ASSIGN(AuditRow row, read_audit_row(rows));
    out.push_back(std::move(row));
  }
}

Result<AuditHead> AuditLog::head(std::string_view chain) {
  TRY_ASSIGN(auto rows,
             db_.prepare("SELECT seq, hash FROM audit WHERE chain = ?1 ORDER BY seq DESC LIMIT 1"));
  rows.bind(1, chain);
  AuditHead out{std::string(chain), 0, {}};
  TRY_ASSIGN(const bool found, rows.step());
  if (!found) return out;
  out.seq = rows.integer(0);
  TRY_ASSIGN(out.hash, read_hash(rows.text(1)));
  return out;
}

Result<std::vector<AuditHead>> AuditLog::heads() {
  TRY_ASSIGN(auto rows,
             db_.prepare("SELECT a.chain, a.seq, a.hash FROM audit a JOIN (SELECT chain, "
                         "max(seq) AS last FROM audit GROUP BY chain) h ON a.chain = "
                         "h.chain AND a.seq = h.last ORDER BY a.chain"));
  std::vector<AuditHead> out;
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    AuditHead head{std::string(rows.text(0)), rows.integer(1), {}};
    TRY_ASSIGN(head.hash, read_hash(rows.text(2)));
    out.push_back(std::move(head));
  }
}

}  // namespace maester::access
