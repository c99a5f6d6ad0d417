#include "evals/live/live_store.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace maester::evals {
namespace {

using store::Database;
using store::Statement;

constexpr std::array<store::Migration, 1> kMigrations{{{1, "live", R"sql(
CREATE TABLE live_rules (
  tenant TEXT NOT NULL, name TEXT NOT NULL, key_id TEXT NOT NULL, spec TEXT NOT NULL,
  created_at INTEGER NOT NULL, PRIMARY KEY (tenant, name)) WITHOUT ROWID;
CREATE TABLE live_tasks (
  tenant TEXT NOT NULL, rule TEXT NOT NULL, request_id TEXT NOT NULL, job TEXT NOT NULL,
  state INTEGER NOT NULL, attempts INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (tenant, rule, request_id)) WITHOUT ROWID;
CREATE INDEX live_tasks_by_job ON live_tasks (job, state);
CREATE INDEX live_tasks_by_time ON live_tasks (at);
CREATE TABLE live_days (
  tenant TEXT NOT NULL, rule TEXT NOT NULL, day INTEGER NOT NULL, evaluated INTEGER NOT NULL,
  passed INTEGER NOT NULL, failed INTEGER NOT NULL, errors INTEGER NOT NULL,
  skipped INTEGER NOT NULL, cost BLOB NOT NULL, PRIMARY KEY (tenant, rule, day)) WITHOUT ROWID;
)sql"}}};

// What was picked within so many seconds is one job, which begins a little after them: every pick
// of its stretch is committed by then, so that a job finds all that is its own.
constexpr std::chrono::seconds kStretch{3};
constexpr std::chrono::seconds kGrace{1};
constexpr std::chrono::days kKept{2};

std::int64_t day_of(WallTime at) {
  return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

Error unknown(std::string_view name) {
  return make_error(Code::not_found, "There is no live rule `" + std::string(name) + "`.", "name");
}

}  // namespace

Result<std::unique_ptr<LiveStore>> LiveStore::open(store::LockedDatabase& work, jobs::Queue& queue,
                                                   const Clock& clock) {
  TRY(store::migrate(*work.use(), kMigrations, "live"));
  auto out = std::unique_ptr<LiveStore>(new LiveStore(work, queue, clock));
  TRY(out->load());
  return out;
}

Status LiveStore::load() {
  LiveRules rules;
  const auto db = work_.use();
  TRY_ASSIGN(Statement rows, db->prepare("SELECT tenant, name, key_id, spec, created_at"
                                         " FROM live_rules ORDER BY tenant, name"));
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) break;
    const auto document = json::Document::parse(rows.text(3));
    auto rule = document ? read_live_rule(document->root()) : fail(document.error());
    if (!rule) {
      return fail(Code::corrupt, "The live rule `" + std::string(rows.text(1)) +
                                     "` cannot be read: " + rule.error().message);
    }
    rule->tenant = rows.text(0);
    rule->key_id = rows.text(2);
    rule->created_at = WallTime{nanoseconds{rows.integer(4)}};
    rules[rule->tenant].push_back(std::make_shared<const LiveRule>(std::move(*rule)));
  }
  publish(std::move(rules));
  return {};
}

void LiveStore::publish(LiveRules rules) {
  auto next = std::make_shared<const LiveRules>(std::move(rules));
  const std::lock_guard lock(mutex_);
  rules_.swap(next);
}

std::shared_ptr<const LiveRules> LiveStore::current() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

Result<RulePtr> LiveStore::find(std::string_view tenant, std::string_view name) const {
  const auto rules = current();
  const auto own = rules->find(tenant);
  if (own == rules->end()) return fail(unknown(name));
  const auto found = std::ranges::find(
      own->second, name, [](const RulePtr& one) -> std::string_view { return one->name; });
  if (found == own->second.end()) return fail(unknown(name));
  return *found;
}

Result<RulePtr> LiveStore::create(LiveRule rule) {
  rule.created_at = clock_.wall();
  const std::lock_guard writing(write_mutex_);
  if (find(rule.tenant, rule.name))
    return fail(Code::conflict, "There is a live rule `" + rule.name + "` already.", "name");
  {
    const auto db = work_.use();
    TRY_ASSIGN(Statement insert, db->prepare("INSERT INTO live_rules VALUES (?1,?2,?3,?4,?5)"));
    insert.bind(1, rule.tenant).bind(2, rule.name).bind(3, rule.key_id).bind(4, rule.spec);
    TRY(insert.bind(5, std::int64_t{rule.created_at.time_since_epoch().count()}).run());
  }
  auto made = std::make_shared<const LiveRule>(std::move(rule));
  LiveRules next = *current();
  auto& own = next[made->tenant];
  own.push_back(made);
  std::ranges::sort(own, {}, [](const RulePtr& one) { return one->name; });
  publish(std::move(next));
  return made;
}

Status LiveStore::remove(std::string_view tenant, std::string_view name) {
  const std::lock_guard writing(write_mutex_);
  TRY(find(tenant, name));
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      for (const char* sql : {"DELETE FROM live_rules WHERE tenant = ?1 AND name = ?2",
                              "DELETE FROM live_tasks WHERE tenant = ?1 AND rule = ?2",
                              "DELETE FROM live_days WHERE tenant = ?1 AND rule = ?2"}) {
        TRY_ASSIGN(Statement statement, db->prepare(sql));
        TRY(statement.bind(1, tenant).bind(2, name).run());
      }
      return {};
    }));
  }
  LiveRules next = *current();
  const auto own = next.find(tenant);
  std::erase_if(own->second, [&](const RulePtr& one) { return one->name == name; });
  publish(std::move(next));
  return {};
}

Result<LiveCounts> LiveStore::counts(std::string_view tenant, std::string_view rule) {
  const auto db = work_.use();
  TRY_ASSIGN(Statement rows,
             db->prepare("SELECT evaluated, passed, failed, errors, skipped, cost FROM live_days"
                         " WHERE tenant = ?1 AND rule = ?2"));
  rows.bind(1, tenant).bind(2, rule);
  LiveCounts out;
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    out.evaluated += rows.integer(0);
    out.passed += rows.integer(1);
    out.failed += rows.integer(2);
    out.errors += rows.integer(3);
    out.skipped += rows.integer(4);
    out.cost += rows.money(5);
  }
}

Status LiveStore::pick(Database& work, const LiveRule& rule, std::string_view request_id) {
  const WallTime now = clock_.wall();
  TRY_ASSIGN(Statement known, work.prepare("SELECT 1 FROM live_tasks WHERE tenant = ?1 AND"
                                           " rule = ?2 AND request_id = ?3"));
  known.bind(1, rule.tenant).bind(2, rule.name).bind(3, request_id);
  TRY_ASSIGN(const bool before, known.step());
  if (before) return {};
  const auto stretch = now.time_since_epoch() / kStretch;
  TRY_ASSIGN(const auto job,
             queue_.add(work, {.tenant = rule.tenant,
                               .kind = "live_evaluation",
                               .subject = "live rules",
                               .payload = "{}",
                               .unique_key = "live:" + std::to_string(stretch),
                               .priority = jobs::Priority::low,
                               .not_before = WallTime{(stretch + 1) * kStretch + kGrace}}));
  TRY_ASSIGN(Statement insert, work.prepare("INSERT INTO live_tasks VALUES (?1,?2,?3,?4,0,0,?5)"));
  insert.bind(1, rule.tenant).bind(2, rule.name).bind(3, request_id).bind(4, job.id);
  return insert.bind(5, std::int64_t{now.time_since_epoch().count()}).run();
}

Result<std::vector<LiveTask>> LiveStore::waiting(std::string_view job_id, std::size_t limit) {
  const auto db = work_.use();
  TRY_ASSIGN(Statement rows,
             db->prepare("SELECT tenant, rule, request_id, attempts FROM live_tasks"
                         " WHERE job = ?1 AND state = 0 ORDER BY rule, request_id LIMIT ?2"));
  rows.bind(1, job_id).bind(2, static_cast<std::int64_t>(limit));
  std::vector<LiveTask> out;
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    out.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)),
                   rows.integer(3)});
  }
}

Result<FemtoUsd> LiveStore::spent_today(std::string_view tenant, std::string_view rule) {
  const auto db = work_.use();
  TRY_ASSIGN(Statement row, db->prepare("SELECT cost FROM live_days WHERE tenant = ?1 AND"
                                        " rule = ?2 AND day = ?3"));
  row.bind(1, tenant).bind(2, rule).bind(3, day_of(clock_.wall()));
  TRY_ASSIGN(const bool found, row.step());
  return found ? row.money(0) : FemtoUsd();
}

Status LiveStore::end(Database& work, const LiveTask& task, TaskState state,
                      const LiveCounts& counts) {
  TRY_ASSIGN(Statement update, work.prepare("UPDATE live_tasks SET state = ?4,"
                                            " attempts = attempts + 1 WHERE tenant = ?1 AND"
                                            " rule = ?2 AND request_id = ?3"));
  update.bind(1, task.tenant).bind(2, task.rule).bind(3, task.request_id);
  TRY(update.bind(4, static_cast<std::int64_t>(state)).run());
  LiveCounts sum = counts;
  const std::int64_t day = day_of(clock_.wall());
  TRY_ASSIGN(Statement read, work.prepare("SELECT evaluated, passed, failed, errors, skipped, cost"
                                          " FROM live_days WHERE tenant = ?1 AND rule = ?2 AND"
                                          " day = ?3"));
  read.bind(1, task.tenant).bind(2, task.rule).bind(3, day);
  TRY_ASSIGN(const bool found, read.step());
  if (found) {
    sum.evaluated += read.integer(0);
    sum.passed += read.integer(1);
    sum.failed += read.integer(2);
    sum.errors += read.integer(3);
    sum.skipped += read.integer(4);
    sum.cost += read.money(5);
    read.reset();
  }
  TRY_ASSIGN(Statement write,
             work.prepare("INSERT OR REPLACE INTO live_days VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
  write.bind(1, task.tenant).bind(2, task.rule).bind(3, day).bind(4, sum.evaluated);
  write.bind(5, sum.passed).bind(6, sum.failed).bind(7, sum.errors).bind(8, sum.skipped);
  return write.bind(9, sum.cost).run();
}

Status LiveStore::purge() {
  const auto db = work_.use();
  TRY_ASSIGN(Statement old, db->prepare("DELETE FROM live_tasks WHERE at < ?1 AND state != 0"));
  const WallTime until = clock_.wall() - kKept;
  return old.bind(1, std::int64_t{until.time_since_epoch().count()}).run();
}

Status LiveStore::erase(Database& db, std::string_view tenant) {
  for (const char* sql :
       {"DELETE FROM live_rules WHERE tenant = ?1", "DELETE FROM live_tasks WHERE tenant = ?1",
        "DELETE FROM live_days WHERE tenant = ?1"}) {
    TRY_ASSIGN(Statement statement, db.prepare(sql));
    TRY(statement.bind(1, tenant).run());
  }
  return {};
}

void LiveStore::forget(std::string_view tenant) {
  const std::lock_guard writing(write_mutex_);
  LiveRules next = *current();
  const auto own = next.find(tenant);
  if (own == next.end()) return;
  next.erase(own);
  publish(std::move(next));
}

}  // namespace maester::evals
