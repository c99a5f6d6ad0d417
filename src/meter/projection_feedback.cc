// What was said of requests: kept beside them, summed by name, and the last word on whether a task
// succeeded.
#include <chrono>

#include "meter/projection.h"

namespace maester::meter {
namespace {

using store::Statement;

constexpr std::int64_t kOne = 1'000'000;  // scores are kept in millionths
constexpr std::int64_t kMost = 1'000'000 * kOne;

std::string early_key(const std::string& tenant, const std::string& request_id) {
  return tenant + '\0' + request_id;
}

// A yes or no; nullopt for numbers and words.
std::optional<bool> said_yes(std::string_view value) {
  if (value == "true") return true;
  if (value == "false") return false;
  return std::nullopt;
}

// In millionths; nullopt for words, and for numbers beyond a million.
std::optional<std::int64_t> number_said(std::string_view value) {
  if (const auto yes = said_yes(value)) return *yes ? kOne : 0;
  const auto number = millionths(value);
  if (!number || *number > kMost || *number < -kMost) return std::nullopt;
  return number;
}

}  // namespace

Status Projection::load_early() {
  early_.clear();
  TRY_ASSIGN(Statement read,
             database_.writer().prepare(
                 "SELECT DISTINCT f.tenant, f.request_id FROM feedback f LEFT JOIN requests r"
                 " ON r.tenant = f.tenant AND r.request_id = f.request_id"
                 " WHERE r.request_id IS NULL"));
  while (true) {
    TRY_ASSIGN(const bool row, read.step());
    if (!row) return {};
    early_.insert(early_key(std::string(read.text(0)), request_id_of(read.text(1))));
  }
}

Status Projection::write_feedback() {
  if (feedback_.empty()) return {};
  store::Database& db = database_.writer();
  TRY_ASSIGN(Statement add, db.prepare("INSERT OR IGNORE INTO feedback (tenant, request_id, id,"
                                       " at, name, value, comment, source)"
                                       " VALUES (?,?,?,?,?,?,?,?)"));
  for (const Feedback& one : feedback_) {
    add.bind(1, one.tenant).bind_blob(2, request_key(one.request_id)).bind(3, one.id);
    add.bind(4, std::int64_t{one.at.time_since_epoch().count()}).bind(5, one.name);
    TRY(add.bind(6, one.value).bind(7, one.comment).bind(8, one.source).run());
    if (db.changes() > 0) TRY(judge(one));
  }
  return {};
}

// Adds it to the sums of its request's group and day.
Status Projection::judge(const Feedback& feedback) {
  store::Database& db = database_.writer();
  const std::string key = request_key(feedback.request_id);
  TRY_ASSIGN(Statement find, db.prepare("SELECT group_id, at, success, dispatched FROM requests"
                                        " WHERE tenant=? AND request_id=?"));
  TRY_ASSIGN(const bool known, find.bind(1, feedback.tenant).bind_blob(2, key).step());
  if (!known) {
    early_.insert(early_key(feedback.tenant, feedback.request_id));
    return {};
  }
  const std::int64_t group = find.integer(0);
  const std::int64_t day =
      std::chrono::floor<std::chrono::days>(WallTime{nanoseconds{find.integer(1)}})
          .time_since_epoch()
          .count();
  const bool before = find.integer(2) != 0;
  const bool dispatched = find.integer(3) != 0;
  const auto number = number_said(feedback.value);
  if (number) {
    TRY_ASSIGN(Statement add,
               db.prepare("INSERT INTO scores VALUES (?1,?2,?3,?4,1,?5,?6)"
                          " ON CONFLICT DO UPDATE SET count = count + 1,"
                          " passes = passes + excluded.passes, sum = sum + excluded.sum"));
    add.bind(1, feedback.tenant).bind(2, day).bind(3, group).bind(4, feedback.name);
    TRY(add.bind(5, std::int64_t{*number >= kOne / 2}).bind(6, *number).run());
  }
  const auto yes = said_yes(feedback.value);
  if (!yes || *yes == before) return {};
  TRY_ASSIGN(Statement turn,
             db.prepare("UPDATE requests SET success=? WHERE tenant=? AND request_id=?"));
  TRY(turn.bind(1, std::int64_t{*yes}).bind(2, feedback.tenant).bind_blob(3, key).run());
  if (!dispatched) return {};
  TRY_ASSIGN(Statement count, db.prepare("UPDATE usage SET successes = successes + ?"
                                         " WHERE tenant=? AND day=? AND group_id=?"));
  count.bind(1, std::int64_t{*yes ? 1 : -1}).bind(2, feedback.tenant).bind(3, day);
  return count.bind(4, group).run();
}

// Requests whose end is here at last.
Status Projection::judge_early() {
  if (early_.empty()) return {};
  for (const Ended& ended : ended_) {
    if (early_.erase(early_key(ended.row.tenant, ended.row.request_id)) > 0)
      TRY(judge_all(ended.row));
  }
  return {};
}

Status Projection::judge_all(const RequestRow& row) {
  TRY_ASSIGN(Statement read,
             database_.writer().prepare("SELECT id, at, name, value FROM feedback"
                                        " WHERE tenant=? AND request_id=? ORDER BY at, id"));
  read.bind(1, row.tenant).bind_blob(2, request_key(row.request_id));
  std::vector<Feedback> said;
  while (true) {
    TRY_ASSIGN(const bool more, read.step());
    if (!more) break;
    said.push_back({.id = std::string(read.text(0)),
                    .request_id = row.request_id,
                    .tenant = row.tenant,
                    .at = WallTime{nanoseconds{read.integer(1)}},
                    .name = std::string(read.text(2)),
                    .value = std::string(read.text(3)),
                    .comment = ""});
  }
  for (const Feedback& one : said) TRY(judge(one));
  return {};
}

}  // namespace maester::meter
