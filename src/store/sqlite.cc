#include "store/sqlite.h"

#include <sqlite3.h>

#include <array>
#include <utility>

#include "store/sqlite_failure.h"

namespace maester::store {
namespace {

constexpr int kBusyTimeoutMs = 5000;

std::array<char, 16> encode_money(FemtoUsd amount) {
  auto bits = static_cast<unsigned __int128>(amount.units());
  bits ^= static_cast<unsigned __int128>(1) << 127;
  std::array<char, 16> out{};
  for (std::size_t i = 16; i-- > 0; bits >>= 8) out[i] = static_cast<char>(bits & 0xff);
  return out;
}

FemtoUsd decode_money(std::string_view bytes) {
  if (bytes.size() != 16) return {};
  unsigned __int128 bits = 0;
  for (const char c : bytes) bits = bits << 8 | static_cast<unsigned char>(c);
  bits ^= static_cast<unsigned __int128>(1) << 127;
  return FemtoUsd::from_units(static_cast<int128>(bits));
}

}  // namespace

std::unexpected<Error> sqlite_failure(sqlite3* db, int result) {
  std::string detail = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(result);
  switch (result & 0xff) {
    case SQLITE_FULL:
      return fail(Code::storage_full, "The server's disk is full.", {}, std::move(detail));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(Code::corrupt, "A database file is damaged.", {}, std::move(detail));
    case SQLITE_CONSTRAINT:
      return fail(Code::conflict, "The change contradicts what is stored.", {}, std::move(detail));
    default:
      return fail(Code::io_error, "The server's storage failed.", {}, std::move(detail));
  }
}

Statement::Statement(Statement&& other) noexcept : stmt_(std::exchange(other.stmt_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(stmt_, other.stmt_);
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(stmt_);
}

// A failed binding (no memory, a text beyond SQLite's limit) shows in step(): SQLite then holds
// NULL, which no key column of ours accepts.
Statement& Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(stmt_, index, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int index, std::int64_t number) {
  sqlite3_bind_int64(stmt_, index, number);
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(stmt_, index, bytes.empty() ? "" : bytes.data(), bytes.size(),
                      SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_null(int index) {
  sqlite3_bind_null(stmt_, index);
  return *this;
}

Statement& Statement::bind(int index, FemtoUsd amount) {
  const auto bytes = encode_money(amount);
  return bind_blob(index, std::string_view(bytes.data(), bytes.size()));
}

Result<bool> Statement::step() {
  const int result = sqlite3_step(stmt_);
  if (result == SQLITE_ROW) return true;
  sqlite3* db = sqlite3_db_handle(stmt_);
  if (result != SQLITE_DONE) {
    auto failure = sqlite_failure(db, result);
    reset();
    return failure;
  }
  reset();
  return false;
}

Status Statement::run() {
  while (true) {
    TRY_ASSIGN(const bool row, step());
    if (!row) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(stmt_);
  sqlite3_clear_bindings(stmt_);
}

std::string_view Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(stmt_, column));
  const int size = sqlite3_column_bytes(stmt_, column);
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(size)};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(stmt_, column);
}

FemtoUsd Statement::money(int column) const {
  return decode_money(text(column));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(stmt_, column) == SQLITE_NULL;
}

Result<Database> Database::open(const std::string& path, Sync sync, bool read_only) {
  // SQLite counts its memory under a lock that every statement takes several times; nobody asks for
  // the count.
  [[maybe_unused]] static const int kUncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3* raw = nullptr;
  const int flags =
      (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database db(raw);
  if (result != SQLITE_OK) return sqlite_failure(raw, result);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  // No function, view or trigger in the file may do more than plain SQL does.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  TRY(db.execute("PRAGMA foreign_keys = ON"));
  if (!read_only) TRY(db.execute("PRAGMA journal_mode = WAL"));
  const char* level = sync == Sync::full     ? "PRAGMA synchronous = FULL"
                      : sync == Sync::normal ? "PRAGMA synchronous = NORMAL"
                                             : "PRAGMA synchronous = OFF";
  TRY(db.execute(level));
  return db;
}

Database::Database(Database&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(db_, other.db_);
  return *this;
}

// close_v2: statements may be destroyed after their database.
Database::~Database() {
  sqlite3_close_v2(db_);
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* stmt = nullptr;
  const int result = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
  if (result != SQLITE_OK) return sqlite_failure(db_, result);
  return Statement(stmt);
}

Status Database::execute(const char* sql) {
  const int result = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return sqlite_failure(db_, result);
  return {};
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(db_);
}

Status migrate(Database& db, std::span<const Migration> migrations, std::string_view component) {
  TRY(
      db.execute("CREATE TABLE IF NOT EXISTS schema_version ("
                 " component TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,"
                 " applied_at TEXT NOT NULL, PRIMARY KEY (component, version)"
                 ") STRICT, WITHOUT ROWID"));
  std::int64_t have = 0;
  {
    TRY_ASSIGN(Statement newest, db.prepare("SELECT coalesce(max(version), 0) FROM schema_version"
                                            " WHERE component = ?"));
    newest.bind(1, component);
    TRY_ASSIGN(const bool row, newest.step());
    if (row) have = newest.integer(0);
  }
  if (have > static_cast<std::int64_t>(migrations.size())) {
    return fail(Code::conflict, "The data directory was written by a newer Maester; use that one.",
                {}, "schema version " + std::to_string(have) + " of " + std::string(component));
  }
  TRY_ASSIGN(Statement note,
             db.prepare("INSERT INTO schema_version (component, version, name, applied_at)"
                        " VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"));
  for (const Migration& step : migrations) {
    if (step.version <= have) continue;
    TRY(db.transaction([&]() -> Status {
      TRY(db.execute(step.sql));
      return note.bind(1, component).bind(2, std::int64_t{step.version}).bind(3, step.name).run();
    }));
  }
  return {};
}

}  // namespace maester::store
