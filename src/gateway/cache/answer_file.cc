#include "gateway/cache/answer_file.h"

#include <array>
#include <filesystem>
#include <utility>

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxQueue = 4096;

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "answers", R"sql(
CREATE TABLE answers (
  digest BLOB PRIMARY KEY,
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  expires INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX answers_by_end ON answers (expires);
CREATE INDEX answers_by_tenant ON answers (tenant, model);
)sql"},
}};

std::string_view view(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256 digest_of(std::string_view bytes) {
  Sha256 out{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
  return out;
}

access::SealedPlace place(const CacheKey& key) {
  return {key.tenant, "answers", "sealed", view(key.digest), ""};
}

Result<store::Database> open_database(const std::string& path) {
  using Sync = store::Database::Sync;
  TRY_ASSIGN(store::Database db, store::Database::open(path, Sync::off));
  TRY(store::migrate(db, kMigrations, "cache"));
  return db;
}

}  // namespace

AnswerFile::AnswerFile(store::Database db, access::Vault& vault, const Clock& clock,
                       std::int64_t max_bytes)
    : db_(std::move(db)),
      vault_(vault),
      clock_(clock),
      max_bytes_(max_bytes),
      worker_("cache", 1, kMaxQueue) {}

Result<std::unique_ptr<AnswerFile>> AnswerFile::open(const std::string& path, access::Vault& vault,
                                                     const Clock& clock, std::int64_t max_bytes) {
  auto db = open_database(path);
  // A file that was not synced may be torn by a power cut. It holds nothing that cannot be had
  // again.
  if (!db && db.error().code == Code::corrupt) {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix, ignored);
    db = open_database(path);
  }
  if (!db) return fail(std::move(db.error()));
  std::unique_ptr<AnswerFile> made(new AnswerFile(std::move(*db), vault, clock, max_bytes));
  TRY(made->load());
  return made;
}

Status AnswerFile::load() {
  TRY_ASSIGN(store::Statement dead, db_.prepare("DELETE FROM answers WHERE expires <= ?1"));
  TRY(dead.bind(1, std::int64_t{clock_.wall().time_since_epoch().count()}).run());
  TRY_ASSIGN(store::Statement rows, db_.prepare("SELECT digest, size FROM answers"));
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    known_.insert(digest_of(rows.text(0)));
    bytes_ += rows.integer(1);
  }
}

bool AnswerFile::may_have(const Sha256& digest) const {
  const std::lock_guard lock(mutex_);
  return known_.contains(digest);
}

runtime::Task<CachedAnswerPtr> AnswerFile::read(CacheKey key) {
  const auto work = [this, &key] { return read_blocking(key); };
  auto reading = worker_.run(work);
  auto answer = co_await std::move(reading);
  co_return answer ? std::move(*answer) : nullptr;
}

Result<CachedAnswerPtr> AnswerFile::read_blocking(const CacheKey& key) {
  TRY_ASSIGN(store::Statement row,
             db_.prepare("SELECT sealed FROM answers WHERE digest = ?1 AND tenant = ?2 AND "
                         "expires > ?3"));
  row.bind_blob(1, view(key.digest)).bind(2, key.tenant);
  TRY_ASSIGN(const bool there,
             row.bind(3, std::int64_t{clock_.wall().time_since_epoch().count()}).step());
  if (!there) return nullptr;
  TRY_ASSIGN(const std::string plain, vault_.open_sealed(place(key), row.text(0)));
  TRY_ASSIGN(CachedAnswer answer, decode_cached_answer(plain, key));
  return std::make_shared<const CachedAnswer>(std::move(answer));
}

void AnswerFile::keep(CachedAnswerPtr answer) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMaxQueue) return;
  waiting_.push_back(std::move(answer));
  if (waiting_.size() == 1 && !worker_.submit([this] { write_waiting(); })) waiting_.clear();
}

// One transaction for all: each by itself would cost several times the writing.
void AnswerFile::write_waiting() {
  std::vector<CachedAnswerPtr> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(waiting_);
  }
  (void)db_.transaction([&]() -> Status {
    for (const CachedAnswerPtr& answer : answers) {
      const Status kept = keep_blocking(*answer);
      if (!kept && kept.error().code != Code::not_found) return kept;  // of a tenant that is erased
    }
    return make_room();
  });
}

Status AnswerFile::keep_blocking(const CachedAnswer& answer) {
  TRY_ASSIGN(const std::string sealed, vault_.seal(place(answer.key), encode(answer)));
  const auto size = static_cast<std::int64_t>(sealed.size());
  if (size > max_bytes_) return {};
  TRY_ASSIGN(store::Statement old,
             db_.prepare("DELETE FROM answers WHERE digest = ?1 RETURNING digest, size"));
  TRY(take_out(old.bind_blob(1, view(answer.key.digest))));
  TRY_ASSIGN(store::Statement insert,
             db_.prepare("INSERT INTO answers (digest, tenant, model, expires, size, sealed) "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  insert.bind_blob(1, view(answer.key.digest)).bind(2, answer.key.tenant).bind(3, answer.model);
  insert.bind(4, std::int64_t{answer.expires.time_since_epoch().count()}).bind(5, size);
  TRY(insert.bind_blob(6, sealed).run());
  bytes_ += size;
  {
    const std::lock_guard lock(mutex_);
    known_.insert(answer.key.digest);
  }
  return {};
}

Status AnswerFile::make_room() {
  const std::int64_t now = clock_.wall().time_since_epoch().count();
  TRY_ASSIGN(store::Statement dead,
             db_.prepare("DELETE FROM answers WHERE digest IN (SELECT digest FROM answers WHERE "
                         "expires <= ?1 LIMIT 32) RETURNING digest, size"));
  TRY(take_out(dead.bind(1, now)));
  while (bytes_.load(std::memory_order_relaxed) > max_bytes_) {
    const std::int64_t before = bytes_.load(std::memory_order_relaxed);
    TRY_ASSIGN(store::Statement soonest,
               db_.prepare("DELETE FROM answers WHERE digest IN (SELECT digest FROM answers ORDER "
                           "BY expires LIMIT 32) RETURNING digest, size"));
    TRY(take_out(soonest));
    if (bytes_.load(std::memory_order_relaxed) == before) break;
  }
  return {};
}

Status AnswerFile::take_out(store::Statement& rows) {
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    bytes_ -= rows.integer(1);
    const std::lock_guard lock(mutex_);
    known_.erase(digest_of(rows.text(0)));
  }
}

Status AnswerFile::remove_blocking(std::string_view tenant, std::string_view model) {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("DELETE FROM answers WHERE tenant = ?1 AND (?2 = '' OR model = ?2) "
                         "RETURNING digest, size"));
  return take_out(rows.bind(1, tenant).bind(2, model));
}

runtime::Task<Status> AnswerFile::remove(std::string tenant, std::string model) {
  const auto work = [this, &tenant, &model] { return remove_blocking(tenant, model); };
  auto removing = worker_.run(work);
  co_return co_await std::move(removing);
}

void AnswerFile::forget(std::string_view tenant) {
  (void)worker_.submit([this, tenant = std::string(tenant)] { (void)remove_blocking(tenant, ""); });
}

}  // namespace maester::gateway
