#include "meter/usage_database.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>

#include "base/id.h"

namespace maester::meter {
namespace {

constexpr std::size_t kIdleReaders = 4;

// Every key begins with the tenant. Money is 16 bytes (store/sqlite.h), days count from 1970.
constexpr store::Migration kMigrations[] = {{1, "usage", R"sql(
CREATE TABLE groups (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL, key_id TEXT NOT NULL, route TEXT NOT NULL, model TEXT NOT NULL,
  provider TEXT NOT NULL, upstream_model TEXT NOT NULL, prompt_name TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  UNIQUE (tenant, key_id, route, model, provider, upstream_model, prompt_name, prompt_version)
) STRICT;
CREATE TABLE usage (
  tenant TEXT NOT NULL, day INTEGER NOT NULL, group_id INTEGER NOT NULL,
  requests INTEGER NOT NULL, interrupted INTEGER NOT NULL, unpriced INTEGER NOT NULL,
  provenance INTEGER NOT NULL, cost BLOB NOT NULL,
  input INTEGER NOT NULL, cached_input INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL, audio_input INTEGER NOT NULL, image_input INTEGER NOT NULL,
  output INTEGER NOT NULL, reasoning INTEGER NOT NULL, audio_output INTEGER NOT NULL,
  image_output INTEGER NOT NULL, searches INTEGER NOT NULL,
  PRIMARY KEY (tenant, day, group_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE requests (
  tenant TEXT NOT NULL, request_id BLOB NOT NULL,
  group_id INTEGER NOT NULL, at INTEGER NOT NULL, user TEXT NOT NULL, scope TEXT NOT NULL,
  outcome INTEGER NOT NULL, dispatched INTEGER NOT NULL, status INTEGER NOT NULL,
  input INTEGER NOT NULL, output INTEGER NOT NULL, cost BLOB,
  lane INTEGER NOT NULL, segment INTEGER NOT NULL, offset INTEGER NOT NULL,
  capture_lane INTEGER, capture_segment INTEGER, capture_offset INTEGER,
  PRIMARY KEY (tenant, request_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE scopes (
  tenant TEXT NOT NULL, scope TEXT NOT NULL,
  request_count INTEGER NOT NULL, settled BLOB NOT NULL,
  PRIMARY KEY (tenant, scope)
) STRICT, WITHOUT ROWID;
CREATE TABLE reliability (
  tenant TEXT NOT NULL, scope TEXT NOT NULL, model TEXT NOT NULL,
  requests INTEGER NOT NULL, executed INTEGER NOT NULL, blocked INTEGER NOT NULL,
  downgraded INTEGER NOT NULL, estimated BLOB NOT NULL, actual BLOB NOT NULL,
  compared INTEGER NOT NULL, compared_estimated BLOB NOT NULL, compared_actual BLOB NOT NULL,
  absolute_delta BLOB NOT NULL,
  PRIMARY KEY (tenant, scope, model)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending (
  tenant TEXT NOT NULL, request_id BLOB NOT NULL,
  lane INTEGER NOT NULL, segment INTEGER NOT NULL, offset INTEGER NOT NULL,
  PRIMARY KEY (tenant, request_id, lane, segment, offset)
) STRICT, WITHOUT ROWID;
CREATE TABLE positions (lane INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
)sql"},
                                            {2, "units", R"sql(
ALTER TABLE usage ADD COLUMN cached_audio_input INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN cache_write_audio INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN video_output INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN citations INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN images_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN images_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN pixels INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN characters_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN characters_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN duration_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN audio_in_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN video_in_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN video_out_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN queries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN requests_priced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN pages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN annotated_pages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN code_sessions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN file_searches INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN credits INTEGER NOT NULL DEFAULT 0;
)sql"},
                                            {3, "what budgets spent", R"sql(
CREATE TABLE budget_spend (
  tenant TEXT NOT NULL, budget TEXT NOT NULL, subject TEXT NOT NULL,
  window INTEGER NOT NULL, -- when it began, seconds since 1970
  settled BLOB NOT NULL,
  PRIMARY KEY (tenant, budget, subject, window)
) STRICT, WITHOUT ROWID;
)sql"},
                                            {4, "corrections", R"sql(
ALTER TABLE requests ADD COLUMN unpriced INTEGER NOT NULL DEFAULT 0; -- attempts without a price
ALTER TABLE requests ADD COLUMN priced_cost BLOB;                    -- of the others, when some are
CREATE TABLE corrections (
  tenant TEXT NOT NULL, request_id BLOB NOT NULL, attempt INTEGER NOT NULL,
  delta BLOB NOT NULL, priced INTEGER NOT NULL, price_version TEXT NOT NULL,
  PRIMARY KEY (tenant, request_id, attempt)
) STRICT, WITHOUT ROWID;
)sql"},
                                            {5, "feedback", R"sql(
CREATE TABLE feedback (
  tenant TEXT NOT NULL, request_id BLOB NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,
  name TEXT NOT NULL, value TEXT NOT NULL, comment TEXT NOT NULL,
  PRIMARY KEY (tenant, request_id, id)
) STRICT, WITHOUT ROWID;
)sql"},
                                            {6, "tasks", R"sql(
ALTER TABLE requests ADD COLUMN duration_ms INTEGER NOT NULL DEFAULT 0; -- of its last attempt
ALTER TABLE requests ADD COLUMN verdict INTEGER;                        -- of its own checks: 1, 0
ALTER TABLE requests ADD COLUMN score INTEGER;                          -- their mean, in millionths
ALTER TABLE requests ADD COLUMN success INTEGER NOT NULL DEFAULT 0;     -- the newest yes or no
ALTER TABLE usage ADD COLUMN successes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feedback ADD COLUMN source TEXT NOT NULL DEFAULT '';
CREATE TABLE scores (
  tenant TEXT NOT NULL, day INTEGER NOT NULL, group_id INTEGER NOT NULL, name TEXT NOT NULL,
  count INTEGER NOT NULL, passes INTEGER NOT NULL,
  sum INTEGER NOT NULL, -- in millionths
  PRIMARY KEY (tenant, day, group_id, name)
) STRICT, WITHOUT ROWID;
)sql"},
                                            {7, "answers of prompts' labels", R"sql(
CREATE TABLE label_answers (
  tenant TEXT NOT NULL, prompt TEXT NOT NULL, label TEXT NOT NULL, at INTEGER NOT NULL,
  request_id BLOB NOT NULL, version TEXT NOT NULL, cached INTEGER NOT NULL,
  PRIMARY KEY (tenant, prompt, label, at, request_id)
) STRICT, WITHOUT ROWID;
)sql"}};

Result<store::Database> open_file(const std::string& path) {
  TRY_ASSIGN(store::Database db, store::Database::open(path, store::Database::Sync::normal));
  TRY(db.execute("PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000"));
  TRY(store::migrate(db, kMigrations, "usage"));
  return db;
}

void remove_files(const std::string& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix, ignored);
}

}  // namespace

Result<std::unique_ptr<UsageDatabase>> UsageDatabase::open(std::string path) {
  auto db = open_file(path);
  if (!db && db.error().code == Code::corrupt) {
    std::error_code ignored;
    std::filesystem::rename(path, path + ".damaged", ignored);
    remove_files(path);
    db = open_file(path);
  }
  if (!db) return fail(std::move(db).error());
  return std::unique_ptr<UsageDatabase>(new UsageDatabase(std::move(path), std::move(*db)));
}

Status UsageDatabase::start_over() {
  std::lock_guard lock(mutex_);
  idle_.clear();
  {
    const store::Database closing = std::move(writer_);
  }
  remove_files(path_);
  TRY_ASSIGN(writer_, open_file(path_));
  return {};
}

UsageDatabase::Lease::~Lease() {
  if (!db_.open()) return;
  std::lock_guard lock(owner_->mutex_);
  if (owner_->idle_.size() < kIdleReaders) owner_->idle_.push_back(std::move(db_));
}

Result<UsageDatabase::Lease> UsageDatabase::reader() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      store::Database db = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(db));
    }
  }
  TRY_ASSIGN(store::Database db, store::Database::open(path_, store::Database::Sync::normal, true));
  return Lease(*this, std::move(db));
}

std::string request_key(std::string_view request_id) {
  const auto uuid = Uuid::parse(request_id);
  const bool ours = uuid && (uuid->bytes[8] & 0xc0) == 0x80 && uuid->to_string() == request_id;
  if (!ours) return std::string(request_id);
  return {reinterpret_cast<const char*>(uuid->bytes.data()), uuid->bytes.size()};
}

// The variant bits tell a UUID from 16 ASCII characters.
std::string request_id_of(std::string_view key) {
  if (key.size() != 16 || (static_cast<unsigned char>(key[8]) & 0xc0) != 0x80) {
    return std::string(key);
  }
  Uuid uuid;
  std::copy(key.begin(), key.end(), uuid.bytes.begin());
  return uuid.to_string();
}

static_assert(kUsageBuckets.size() == kBucketColumns);

void bind_buckets(store::Statement& statement, int first, const Usage& usage) {
  for (const auto& bucket : kUsageBuckets) statement.bind(first++, usage.*bucket.count);
}

Usage read_buckets(const store::Statement& statement, int first) {
  Usage usage;
  for (const auto& bucket : kUsageBuckets) usage.*bucket.count = statement.integer(first++);
  return usage;
}

void add_usage(Usage& sum, const Usage& more) {
  for (const auto& bucket : kUsageBuckets) sum.*bucket.count += more.*bucket.count;
  sum.provenance = std::max(sum.provenance, more.provenance);  // in order of trust
}

void UsageSums::add(const UsageSums& other) {
  requests += other.requests;
  interrupted += other.interrupted;
  unpriced += other.unpriced;
  successes += other.successes;
  add_usage(usage, other.usage);
  cost += other.cost;
}

// Money's decimals are exact to 10^-15, which is plenty for a score.
std::optional<std::int64_t> millionths(std::string_view number) {
  const auto exact = FemtoUsd::parse(number);
  if (!exact) return std::nullopt;
  constexpr int128 kFemto = 1'000'000'000;  // in a millionth
  const int128 half = exact->units() < 0 ? -kFemto / 2 : kFemto / 2;
  const int128 whole = (exact->units() + half) / kFemto;
  if (whole > INT64_MAX || whole < INT64_MIN) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

void ScoreSums::add(const ScoreSums& other) {
  count += other.count;
  passes += other.passes;
  sum += other.sum;
}

void ReliabilityCounts::add(const ReliabilityCounts& other) {
  requests += other.requests;
  executed += other.executed;
  blocked += other.blocked;
  downgraded += other.downgraded;
  estimated += other.estimated;
  actual += other.actual;
  compared += other.compared;
  compared_estimated += other.compared_estimated;
  compared_actual += other.compared_actual;
  absolute_delta += other.absolute_delta;
}

}  // namespace maester::meter
