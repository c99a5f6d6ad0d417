#include <algorithm>
#include <array>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "evals/reviews/review.h"

namespace maester::evals {
namespace {

using store::Database;
using store::Statement;

constexpr std::array<store::Migration, 1> kMigrations{{{1, "reviews", R"sql(
CREATE TABLE reviews (
  tenant TEXT NOT NULL, id TEXT NOT NULL, request_id TEXT NOT NULL, origin INTEGER NOT NULL,
  source TEXT NOT NULL, reason TEXT NOT NULL, prompt TEXT NOT NULL, model TEXT NOT NULL,
  state INTEGER NOT NULL, assignee TEXT NOT NULL, needed INTEGER NOT NULL, verdicts TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX reviews_by_request ON reviews (tenant, request_id);
CREATE INDEX reviews_by_state ON reviews (tenant, state, id);
CREATE TABLE review_labels (
  tenant TEXT NOT NULL, review TEXT NOT NULL, reviewer TEXT NOT NULL, label TEXT NOT NULL,
  score INTEGER, comment BLOB NOT NULL, correction BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (tenant, review, reviewer)) WITHOUT ROWID;
)sql"}}};

#define MAESTER_REVIEW_COLUMNS                                                                 \
  "id, request_id, origin, source, reason, prompt, model, state, assignee, needed, verdicts, " \
  "created_at, updated_at"

constexpr std::array<std::string_view, 3> kOrigins{"escalated", "sampled", "manual"};
constexpr std::array<std::string_view, 4> kStates{"open", "assigned", "done", "dismissed"};

std::string verdicts_json(const std::vector<GraderVerdict>& verdicts) {
  std::string out;
  json::Writer w(out);
  w.begin_array();
  for (const GraderVerdict& one : verdicts) {
    w.begin_object().field("grader", one.grader).field("passed", one.passed);
    w.field("score", one.score).end_object();
  }
  w.end_array();
  return out;
}

std::vector<GraderVerdict> read_verdicts(std::string_view text) {
  std::vector<GraderVerdict> out;
  const auto document = json::Document::parse(text);
  if (!document) return out;
  for (const json::Value one : document->root()) {
    out.push_back({std::string(one.get("grader").string_or("")), one.get("passed").bool_or(false),
                   one.get("score").int_or(0)});
  }
  return out;
}

WallTime time_at(std::int64_t ns) {
  return WallTime{nanoseconds{ns}};
}

Review review_of(std::string_view tenant, const Statement& row) {
  Review out;
  out.tenant = tenant;
  out.id = row.text(0);
  out.request_id = row.text(1);
  out.origin = static_cast<ReviewOrigin>(row.integer(2));
  out.source = row.text(3);
  out.reason = row.text(4);
  out.prompt = row.text(5);
  out.model = row.text(6);
  out.state = static_cast<ReviewState>(row.integer(7));
  out.assignee = row.text(8);
  out.needed = row.integer(9);
  out.verdicts = read_verdicts(row.text(10));
  out.created_at = time_at(row.integer(11));
  out.updated_at = time_at(row.integer(12));
  return out;
}

bool is_over(const Review& review) {
  return review.state == ReviewState::done || review.state == ReviewState::dismissed;
}

std::string place_of(std::string_view review, std::string_view reviewer) {
  return std::string(review) + "/" + std::string(reviewer);
}

access::SealedPlace sealed_at(std::string_view tenant, std::string_view column,
                              std::string_view row) {
  return {tenant, "work", column, row, ""};
}

}  // namespace

std::string_view to_string(ReviewOrigin origin) {
  return kOrigins[static_cast<std::size_t>(origin)];
}
std::string_view to_string(ReviewState state) {
  return kStates[static_cast<std::size_t>(state)];
}
std::optional<ReviewState> parse_review_state(std::string_view name) {
  const auto* found = std::ranges::find(kStates, name);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<ReviewState>(found - kStates.begin());
}

Result<std::unique_ptr<ReviewStore>> ReviewStore::open(store::LockedDatabase& work,
                                                       access::Vault& vault, const Clock& clock,
                                                       Random& random) {
  TRY(store::migrate(*work.use(), kMigrations, "reviews"));
  return std::unique_ptr<ReviewStore>(new ReviewStore(work, vault, clock, random));
}

std::int64_t ReviewStore::now() const {
  return clock_.wall().time_since_epoch().count();
}

Status ReviewStore::add(Database& work, const Review& review) {
  TRY_ASSIGN(Statement insert,
             work.prepare("INSERT OR IGNORE INTO reviews (tenant, " MAESTER_REVIEW_COLUMNS
                          ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?13)"));
  insert.bind(1, review.tenant).bind(2, ids_.uuid().to_string()).bind(3, review.request_id);
  insert.bind(4, static_cast<std::int64_t>(review.origin)).bind(5, review.source);
  insert.bind(6, review.reason).bind(7, review.prompt).bind(8, review.model);
  insert.bind(9, static_cast<std::int64_t>(review.state)).bind(10, review.assignee);
  insert.bind(11, review.needed).bind(12, verdicts_json(review.verdicts)).bind(13, now());
  return insert.run();
}

Result<Review> ReviewStore::add(Review review) {
  const auto db = work_.use();
  TRY(db->transaction([&] { return add(*db, review); }));
  TRY_ASSIGN(Statement select, db->prepare("SELECT " MAESTER_REVIEW_COLUMNS
                                           " FROM reviews WHERE tenant = ?1 AND request_id = ?2"));
  TRY_ASSIGN(const bool found, select.bind(1, review.tenant).bind(2, review.request_id).step());
  if (!found) return fail(Code::internal, "A review was not kept.");
  return review_of(review.tenant, select);
}

Result<Review> ReviewStore::read(Database& db, std::string_view tenant, std::string_view id) {
  TRY_ASSIGN(Statement select, db.prepare("SELECT " MAESTER_REVIEW_COLUMNS
                                          " FROM reviews WHERE tenant = ?1 AND id = ?2"));
  TRY_ASSIGN(const bool found, select.bind(1, tenant).bind(2, id).step());
  if (!found) return fail(Code::not_found, "There is no review with this id.");
  return review_of(tenant, select);
}

Status ReviewStore::read_labels(Database& db, Review& review, bool texts) {
  TRY_ASSIGN(Statement rows,
             db.prepare("SELECT reviewer, label, score, comment, correction, at FROM review_labels"
                        " WHERE tenant = ?1 AND review = ?2 ORDER BY at, reviewer"));
  rows.bind(1, review.tenant).bind(2, review.id);
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    ReviewLabel label;
    label.reviewer = rows.text(0);
    label.label = rows.text(1);
    if (!rows.is_null(2)) label.score = rows.integer(2);
    label.at = time_at(rows.integer(5));
    const std::string place = place_of(review.id, label.reviewer);
    if (texts && !rows.text(3).empty()) {
      TRY_ASSIGN(label.comment,
                 vault_.open_sealed(sealed_at(review.tenant, "comment", place), rows.text(3)));
    }
    if (texts && !rows.text(4).empty()) {
      TRY_ASSIGN(label.correction,
                 vault_.open_sealed(sealed_at(review.tenant, "correction", place), rows.text(4)));
    }
    review.labels.push_back(std::move(label));
  }
}

Result<Review> ReviewStore::find(std::string_view tenant, std::string_view id) {
  const auto db = work_.use();
  TRY_ASSIGN(Review review, read(*db, tenant, id));
  TRY(read_labels(*db, review, true));
  return review;
}

Result<ReviewStore::Page> ReviewStore::list(std::string_view tenant, const Query& query) {
  const auto db = work_.use();
  TRY_ASSIGN(Statement rows,
             db->prepare("SELECT " MAESTER_REVIEW_COLUMNS
                         " FROM reviews WHERE tenant = ?1 AND id > ?2 AND (?3 < 0 OR state = ?3)"
                         " AND (?4 = '' OR assignee = ?4) ORDER BY id LIMIT ?5"));
  const auto limit = static_cast<std::int64_t>(query.limit);
  rows.bind(1, tenant).bind(2, query.cursor);
  rows.bind(3, query.state ? static_cast<std::int64_t>(*query.state) : std::int64_t{-1});
  rows.bind(4, query.assignee).bind(5, limit + 1);
  Page page;
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return page;
    if (page.reviews.size() == query.limit) {
      page.next_cursor = page.reviews.back().id;
      return page;
    }
    page.reviews.push_back(review_of(tenant, rows));
  }
}

Status ReviewStore::set(Database& db, const Review& review, ReviewState state,
                        std::string_view assignee) {
  TRY_ASSIGN(Statement update, db.prepare("UPDATE reviews SET state = ?3, assignee = ?4,"
                                          " updated_at = ?5 WHERE tenant = ?1 AND id = ?2"));
  update.bind(1, review.tenant).bind(2, review.id).bind(3, static_cast<std::int64_t>(state));
  return update.bind(4, assignee).bind(5, now()).run();
}

Result<Review> ReviewStore::claim(std::string_view tenant, std::string_view reviewer) {
  std::string id;
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(Statement next, db->prepare("SELECT id FROM reviews WHERE tenant = ?1 AND"
                                             " state = 0 ORDER BY id LIMIT 1"));
      TRY_ASSIGN(const bool found, next.bind(1, tenant).step());
      if (!found) return fail(Code::not_found, "No review is open.");
      id = next.text(0);
      next.reset();
      TRY_ASSIGN(const Review review, read(*db, tenant, id));
      return set(*db, review, ReviewState::assigned, reviewer);
    }));
  }
  return find(tenant, id);
}

Result<Review> ReviewStore::assign(std::string_view tenant, std::string_view id,
                                   std::string_view assignee,
                                   std::optional<std::string_view> expected) {
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(const Review review, read(*db, tenant, id));
      if (is_over(review)) return fail(Code::conflict, "This review is over.");
      if (expected && review.assignee != *expected) {
        return fail(Code::conflict,
                    review.assignee.empty() ? "This review is nobody's."
                                            : "This review is `" + review.assignee + "`'s.",
                    "expected_assignee");
      }
      return set(*db, review, assignee.empty() ? ReviewState::open : ReviewState::assigned,
                 assignee);
    }));
  }
  return find(tenant, id);
}

Result<Review> ReviewStore::label(std::string_view tenant, std::string_view id, ReviewLabel label) {
  const std::string place = place_of(id, label.reviewer);
  std::string comment, correction;
  if (!label.comment.empty()) {
    TRY_ASSIGN(comment, vault_.seal(sealed_at(tenant, "comment", place), label.comment));
  }
  if (!label.correction.empty()) {
    TRY_ASSIGN(correction, vault_.seal(sealed_at(tenant, "correction", place), label.correction));
  }
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(Review review, read(*db, tenant, id));
      if (review.state == ReviewState::dismissed)
        return fail(Code::conflict, "This review was dismissed.");
      TRY_ASSIGN(Statement put, db->prepare("INSERT OR REPLACE INTO review_labels VALUES"
                                            " (?1,?2,?3,?4,?5,?6,?7,?8)"));
      put.bind(1, tenant).bind(2, id).bind(3, label.reviewer).bind(4, label.label);
      if (label.score) put.bind(5, *label.score);
      put.bind_blob(6, comment).bind_blob(7, correction).bind(8, now());
      TRY(put.run());
      TRY(read_labels(*db, review, false));
      const bool done = static_cast<std::int64_t>(review.labels.size()) >= review.needed;
      // One that others are to label, too, goes back to the queue.
      return set(*db, review, done ? ReviewState::done : ReviewState::open,
                 done ? review.assignee : std::string_view());
    }));
  }
  return find(tenant, id);
}

Result<Review> ReviewStore::dismiss(std::string_view tenant, std::string_view id) {
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(const Review review, read(*db, tenant, id));
      if (is_over(review)) return fail(Code::conflict, "This review is over.");
      return set(*db, review, ReviewState::dismissed, review.assignee);
    }));
  }
  return find(tenant, id);
}

Result<std::vector<Review>> ReviewStore::labelled(std::string_view tenant, std::size_t limit) {
  const auto db = work_.use();
  std::vector<Review> out;
  {
    TRY_ASSIGN(Statement rows,
               db->prepare("SELECT " MAESTER_REVIEW_COLUMNS " FROM reviews WHERE tenant = ?1 AND"
                           " EXISTS (SELECT 1 FROM review_labels l WHERE l.tenant = ?1 AND"
                           " l.review = reviews.id) ORDER BY id DESC LIMIT ?2"));
    rows.bind(1, tenant).bind(2, static_cast<std::int64_t>(limit));
    for (;;) {
      TRY_ASSIGN(const bool more, rows.step());
      if (!more) break;
      out.push_back(review_of(tenant, rows));
    }
  }
  for (Review& review : out) TRY(read_labels(*db, review, false));
  return out;
}

Status ReviewStore::erase(Database& db, std::string_view tenant) {
  for (const char* sql :
       {"DELETE FROM review_labels WHERE tenant = ?1", "DELETE FROM reviews WHERE tenant = ?1"}) {
    TRY_ASSIGN(Statement statement, db.prepare(sql));
    TRY(statement.bind(1, tenant).run());
  }
  return {};
}

}  // namespace maester::evals
