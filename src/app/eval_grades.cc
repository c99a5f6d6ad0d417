#include "app/eval_grades.h"

#include <chrono>
#include <mutex>

#include "store/sqlite.h"

namespace maester::app {
namespace {

constexpr std::string_view kTenant = "default";
constexpr std::chrono::hours kKept{24 * 30};
constexpr store::Migration kMigrations[] = {
    {1, "grades",
     "CREATE TABLE grades (key TEXT PRIMARY KEY, kept_at INTEGER NOT NULL, sealed BLOB NOT NULL) "
     "WITHOUT ROWID"},
};

class Grades final : public evals::GradeCache {
 public:
  Grades(store::Database db, access::Vault& vault, const Clock& clock)
      : db_(std::move(db)), vault_(vault), clock_(clock) {}

  std::optional<std::string> find(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    auto statement = db_.prepare("SELECT sealed FROM grades WHERE key = ?1");
    if (!statement) return std::nullopt;
    const auto row = statement->bind(1, key).step();
    if (!row || !*row) return std::nullopt;
    auto reply = vault_.open_sealed(place(key), statement->text(0));
    if (!reply) return std::nullopt;
    return std::move(*reply);
  }

  // What cannot be kept is asked for again: a run does not fail for it.
  void keep(const std::string& key, const std::string& reply) override {
    const auto sealed = vault_.seal(place(key), reply);
    if (!sealed) return;
    const std::lock_guard lock(mutex_);
    auto statement = db_.prepare("INSERT OR REPLACE INTO grades VALUES (?1, ?2, ?3)");
    if (!statement) return;
    const auto now = std::chrono::duration_cast<nanoseconds>(clock_.wall().time_since_epoch());
    (void)statement->bind(1, key)
        .bind(2, static_cast<std::int64_t>(now.count()))
        .bind_blob(3, *sealed)
        .run();
  }

  Status remove_old() {
    const auto until =
        std::chrono::duration_cast<nanoseconds>(clock_.wall().time_since_epoch()) - kKept;
    TRY_ASSIGN(auto statement, db_.prepare("DELETE FROM grades WHERE kept_at < ?1"));
    return statement.bind(1, static_cast<std::int64_t>(std::chrono::nanoseconds(until).count()))
        .run();
  }

 private:
  static access::SealedPlace place(const std::string& key) {
    return {.tenant = kTenant, .table = "grades", .column = "sealed", .row = key, .origin = ""};
  }

  std::mutex mutex_;
  store::Database db_;
  access::Vault& vault_;
  const Clock& clock_;
};

}  // namespace

Result<std::unique_ptr<evals::GradeCache>> open_grades(const std::string& file,
                                                       access::Vault& vault, const Clock& clock) {
  TRY_ASSIGN(store::Database db, store::Database::open(file, store::Database::Sync::normal));
  TRY(store::migrate(db, kMigrations, "grades"));
  auto out = std::make_unique<Grades>(std::move(db), vault, clock);
  TRY(out->remove_old());
  return out;
}

}  // namespace maester::app
