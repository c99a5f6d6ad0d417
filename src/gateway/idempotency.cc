#include "gateway/idempotency.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::gateway {
namespace {

constexpr std::chrono::hours kKept{24};
constexpr std::size_t kLongestKey = 255;
constexpr std::size_t kMaxQueue = 4096;

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "results of requests that carry an idempotency key", R"sql(
CREATE TABLE results (
  scope BLOB PRIMARY KEY,
  body BLOB NOT NULL,
  tenant TEXT NOT NULL,
  request_id TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  sealed BLOB
);
CREATE INDEX results_by_age ON results (began_at);
)sql"},
}};

std::string_view view(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256 digest_of(const IdempotencyScope& scope) {
  std::string text;
  for (const std::string_view part : {scope.tenant, scope.key_id, scope.route, scope.key}) {
    text += part;
    text += '\0';
  }
  return sha256(text);
}

access::SealedPlace place(std::string_view tenant, const Sha256& scope) {
  return {tenant, "results", "sealed", view(scope), ""};
}

std::string encode(const KeptAnswer& answer) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("status", answer.status).key("headers").begin_array();
  for (const wire::Header& header : answer.headers) {
    w.begin_array().value(header.name).value(header.value).end_array();
  }
  w.end_array().end_object();
  return out + '\n' + answer.body;
}

Result<KeptAnswer> decode(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return fail(Code::corrupt, "A kept result is cut short.");
  TRY_ASSIGN(const json::Document head, json::Document::parse(text.substr(0, end)));
  KeptAnswer out;
  TRY_ASSIGN(const std::int64_t status, head.root().get("status").as_int());
  out.status = static_cast<int>(status);
  for (const json::Value header : head.root().get("headers")) {
    std::array<std::string, 2> pair;
    std::size_t i = 0;
    for (const json::Value part : header) {
      TRY_ASSIGN(const std::string_view one, part.as_string());
      if (i < pair.size()) pair[i++] = one;
    }
    out.headers.add(std::move(pair[0]), std::move(pair[1]));
  }
  out.body = text.substr(end + 1);
  return out;
}

std::int64_t count(std::chrono::time_point<WallTime::clock, WallTime::duration> time) {
  return time.time_since_epoch().count();
}

Status check_key(std::string_view key) {
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (printable && !key.empty() && key.size() <= kLongestKey) return {};
  return fail(Code::invalid_request,
              "`idempotency-key` must be 1 to 255 printable ASCII characters, such as a UUID.",
              "idempotency-key");
}

}  // namespace

IdempotentRun::~IdempotentRun() {
  const std::lock_guard lock(store_.mutex_);
  store_.running_.erase(scope_);
}

runtime::Task<Status> IdempotentRun::finish(KeptAnswer answer) {
  const auto work = [this, &answer] { return store_.keep(scope_, tenant_, answer); };
  auto keeping = store_.worker_.run(work);
  co_return co_await std::move(keeping);
}

runtime::Task<Status> IdempotentRun::forget() {
  const auto work = [this] { return store_.drop(scope_); };
  auto dropping = store_.worker_.run(work);
  co_return co_await std::move(dropping);
}

IdempotencyStore::IdempotencyStore(store::Database db, access::Vault& vault, const Clock& clock,
                                   Limits limits)
    : db_(std::move(db)),
      vault_(vault),
      clock_(clock),
      limits_(limits),
      worker_("idempotency", 1, kMaxQueue) {}

Result<std::unique_ptr<IdempotencyStore>> IdempotencyStore::open(const std::string& path,
                                                                 bool synced, access::Vault& vault,
                                                                 const Clock& clock,
                                                                 Limits limits) {
  using Sync = store::Database::Sync;
  TRY_ASSIGN(store::Database db, store::Database::open(path, synced ? Sync::full : Sync::normal));
  TRY(store::migrate(db, kMigrations, "idempotency"));
  std::unique_ptr<IdempotencyStore> made(new IdempotencyStore(std::move(db), vault, clock, limits));
  TRY(made->measure());
  return made;
}

Status IdempotencyStore::measure() {
  TRY_ASSIGN(store::Statement sums,
             db_.prepare("SELECT count(*), coalesce(sum(length(sealed)), 0) FROM results"));
  TRY(sums.step());
  rows_ = sums.integer(0);
  bytes_ = sums.integer(1);
  return {};
}

runtime::Task<Result<IdempotencyStore::Begun>> IdempotencyStore::begin(
    IdempotencyScope scope, std::string_view body, std::string_view request_id) {
  CO_TRY(check_key(scope.key));
  const Ask ask{digest_of(scope), sha256(body), std::string(scope.tenant), std::string(request_id)};
  const auto work = [this, &ask] { return begin_blocking(ask); };
  auto beginning = worker_.run(work);
  co_return co_await std::move(beginning);
}

Result<IdempotencyStore::Begun> IdempotencyStore::begin_blocking(const Ask& ask) {
  TRY(sweep(ask.scope));
  TRY_ASSIGN(store::Statement found,
             db_.prepare("SELECT body, sealed FROM results WHERE scope = ?1"));
  found.bind_blob(1, view(ask.scope));
  TRY_ASSIGN(const bool there, found.step());
  if (there) return known(ask, found);
  found.reset();
  if (rows_ >= limits_.rows || bytes_ >= limits_.bytes) {
    return fail(Code::storage_full,
                "There is no room for another idempotency key; it comes back as keys of the last "
                "24 hours expire. Send the request without one, or later.");
  }
  TRY_ASSIGN(store::Statement insert,
             db_.prepare("INSERT INTO results (scope, body, tenant, request_id, "
                         "began_at, sealed) VALUES (?1, ?2, ?3, ?4, ?5, NULL)"));
  insert.bind_blob(1, view(ask.scope)).bind_blob(2, view(ask.body)).bind(3, ask.tenant);
  insert.bind(4, ask.request_id).bind(5, count(clock_.wall()));
  TRY(insert.run());
  ++rows_;
  Begun begun;
  begun.run.reset(new IdempotentRun(*this, ask.scope, ask.tenant));
  const std::lock_guard lock(mutex_);
  running_.insert(ask.scope);
  return begun;
}

Result<IdempotencyStore::Begun> IdempotencyStore::known(const Ask& ask, store::Statement& row) {
  if (row.text(0) != view(ask.body)) {
    return fail(Code::idempotency_mismatch,
                "This idempotency key was used with another body. Use a new key for a new request.",
                "idempotency-key");
  }
  if (row.is_null(1)) {
    const std::lock_guard lock(mutex_);
    if (running_.contains(ask.scope)) {
      return fail(Code::conflict,
                  "The first request with this idempotency key is still running. Ask again for its "
                  "result.",
                  "idempotency-key");
    }
    return fail(Code::outcome_unknown,
                "The first request with this idempotency key was cut off: whether the provider "
                "answered is not known, and it is not asked twice. Use a new key to ask again.",
                "idempotency-key");
  }
  TRY_ASSIGN(const std::string plain,
             vault_.open_sealed(place(ask.tenant, ask.scope), row.text(1)));
  Begun begun;
  TRY_ASSIGN(begun.answer, decode(plain));
  return begun;
}

Status IdempotencyStore::keep(const Sha256& scope, const std::string& tenant,
                              const KeptAnswer& answer) {
  TRY_ASSIGN(const std::string sealed, vault_.seal(place(tenant, scope), encode(answer)));
  TRY_ASSIGN(store::Statement update,
             db_.prepare("UPDATE results SET sealed = ?2 WHERE scope = ?1 AND sealed IS NULL"));
  TRY(update.bind_blob(1, view(scope)).bind_blob(2, sealed).run());
  bytes_ += static_cast<std::int64_t>(sealed.size());
  return {};
}

Status IdempotencyStore::drop(const Sha256& scope) {
  TRY_ASSIGN(store::Statement row,
             db_.prepare("DELETE FROM results WHERE scope = ?1 AND sealed IS NULL "
                         "RETURNING coalesce(length(sealed), 0)"));
  return remove(row.bind_blob(1, view(scope)));
}

Status IdempotencyStore::remove(store::Statement& rows) {
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    --rows_;
    bytes_ -= rows.integer(0);
  }
}

Status IdempotencyStore::sweep(const Sha256& scope) {
  const std::int64_t dead = count(clock_.wall() - kKept);
  TRY_ASSIGN(store::Statement oldest,
             db_.prepare("DELETE FROM results WHERE scope IN (SELECT scope FROM results WHERE "
                         "began_at <= ?1 ORDER BY began_at LIMIT 32) "
                         "RETURNING coalesce(length(sealed), 0)"));
  TRY(remove(oldest.bind(1, dead)));
  TRY_ASSIGN(store::Statement same,
             db_.prepare("DELETE FROM results WHERE scope = ?1 AND began_at <= ?2 "
                         "RETURNING coalesce(length(sealed), 0)"));
  return remove(same.bind_blob(1, view(scope)).bind(2, dead));
}

}  // namespace maester::gateway
