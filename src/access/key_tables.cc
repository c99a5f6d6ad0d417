#include "access/key_tables.h"

#include <array>
#include <cstring>

namespace maester::access {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "tenants and keys", R"sql(
CREATE TABLE tenants (
  name TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,  -- nanoseconds since the epoch, as all times here
  erased_at INTEGER             -- a name is never used twice
) WITHOUT ROWID;
CREATE TABLE keys (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  terms TEXT NOT NULL,          -- JSON, written by write_terms()
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  revoked INTEGER NOT NULL,
  digest BLOB NOT NULL,
  pepper INTEGER NOT NULL,
  previous_digest BLOB NOT NULL,
  previous_pepper INTEGER NOT NULL,
  previous_until INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
)sql"},
}};

std::int64_t number_of(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime time_of(std::int64_t number) {
  return WallTime{nanoseconds{number}};
}

std::string_view view_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::unexpected<Error> damaged(std::string_view id, std::string_view what) {
  return fail(Code::corrupt, "Key " + std::string(id) + " in control.db is damaged: " +
                                 std::string(what) + " Restore the database from a backup.");
}

Result<KeyDigest> read_digest(const store::Statement& row, int column) {
  KeyDigest out;
  const std::string_view bytes = row.text(column);
  if (bytes.size() != out.value.size()) return damaged(row.text(1), "its digest is cut short.");
  std::memcpy(out.value.data(), bytes.data(), bytes.size());
  out.pepper = row.integer(column + 1);
  return out;
}

Result<Key> read_key(const store::Statement& row) {
  Key key;
  key.principal.tenant = row.text(0);
  key.id = row.text(1);
  key.principal.key_id = key.id;
  key.kind = row.text(2) == "a" ? KeyKind::admin : KeyKind::tenant;
  key.name = row.text(3);
  const auto role = parse_role(row.text(4));
  if (!role) return damaged(key.id, "its role is not known.");
  key.principal.role = *role;
  TRY_ASSIGN(const json::Document document, json::Document::parse(row.text(5)));
  TRY_ASSIGN(KeyTerms terms, read_terms(document.root()));
  if (terms != KeyTerms{}) key.principal.terms = std::make_shared<const KeyTerms>(std::move(terms));
  key.created_at = time_of(row.integer(6));
  key.created_by = row.text(7);
  key.revoked = row.integer(8) != 0;
  TRY_ASSIGN(key.digest, read_digest(row, 9));
  TRY_ASSIGN(key.previous, read_digest(row, 11));
  key.previous_until = time_of(row.integer(13));
  return key;
}

std::string terms_text(const Key& key) {
  static const KeyTerms kNone;
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_terms(w, key.principal.terms == nullptr ? kNone : *key.principal.terms);
  w.end_object();
  return out;
}

}  // namespace

Status prepare_key_tables(store::Database& db) {
  return store::migrate(db, kMigrations, "access");
}

Status load_tenants(store::Database& db,
                    const std::function<void(std::string, WallTime, bool)>& visit) {
  TRY_ASSIGN(auto rows, db.prepare("SELECT name, created_at, erased_at FROM tenants"));
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    visit(std::string(rows.text(0)), time_of(rows.integer(1)), !rows.is_null(2));
  }
}

Status load_keys(store::Database& db, const std::function<void(Key)>& visit) {
  TRY_ASSIGN(auto rows,
             db.prepare("SELECT tenant, id, kind, name, role, terms, created_at, created_by, "
                        "revoked, digest, pepper, previous_digest, previous_pepper, "
                        "previous_until FROM keys"));
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    TRY_ASSIGN(Key key, read_key(rows));
    visit(std::move(key));
  }
}

Status insert_tenant(store::Database& db, std::string_view name, WallTime at) {
  TRY_ASSIGN(auto insert, db.prepare("INSERT INTO tenants (name, created_at) VALUES (?1, ?2)"));
  return insert.bind(1, name).bind(2, number_of(at)).run();
}

Status mark_erased(store::Database& db, std::string_view name, WallTime at) {
  TRY_ASSIGN(auto update, db.prepare("UPDATE tenants SET erased_at = ?2 WHERE name = ?1"));
  return update.bind(1, name).bind(2, number_of(at)).run();
}

Status insert_key(store::Database& db, const Key& key) {
  TRY_ASSIGN(auto insert,
             db.prepare("INSERT INTO keys (tenant, id, kind, name, role, terms, created_at, "
                        "created_by, revoked, digest, pepper, previous_digest, previous_pepper, "
                        "previous_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                        "?12, ?13, ?14)"));
  const char kind = static_cast<char>(key.kind);
  insert.bind(1, key.principal.tenant).bind(2, key.id).bind(3, std::string_view(&kind, 1));
  insert.bind(4, key.name).bind(5, to_string(key.principal.role)).bind(6, terms_text(key));
  insert.bind(7, number_of(key.created_at)).bind(8, key.created_by);
  insert.bind(9, std::int64_t{key.revoked});
  insert.bind_blob(10, view_of(key.digest.value)).bind(11, key.digest.pepper);
  insert.bind_blob(12, view_of(key.previous.value)).bind(13, key.previous.pepper);
  insert.bind(14, number_of(key.previous_until));
  return insert.run();
}

Status update_key(store::Database& db, const Key& key) {
  TRY_ASSIGN(auto update,
             db.prepare("UPDATE keys SET revoked = ?3, digest = ?4, pepper = ?5, previous_digest = "
                        "?6, previous_pepper = ?7, previous_until = ?8 WHERE tenant = ?1 AND id = "
                        "?2"));
  update.bind(1, key.principal.tenant).bind(2, key.id).bind(3, std::int64_t{key.revoked});
  update.bind_blob(4, view_of(key.digest.value)).bind(5, key.digest.pepper);
  update.bind_blob(6, view_of(key.previous.value)).bind(7, key.previous.pepper);
  update.bind(8, number_of(key.previous_until));
  return update.run();
}

Status delete_keys_of(store::Database& db, std::string_view tenant) {
  TRY_ASSIGN(auto erase, db.prepare("DELETE FROM keys WHERE tenant = ?1"));
  return erase.bind(1, tenant).run();
}

}  // namespace maester::access
