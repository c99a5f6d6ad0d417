#include <algorithm>
#include <charconv>
#include <map>

#include "meter/usage_database.h"
#include "meter/usage_rows.h"
#include "meter/usage_store.h"

namespace maester::meter {
namespace {

using store::Statement;

constexpr std::string_view kGroupNames[] = {"tenant",   "key",    "route", "model",
                                            "provider", "prompt", "day"};
constexpr std::size_t kMaxPage = 1000;

// Joined with each query's WHERE by the compiler: SQL text stays a literal.
#define MAESTER_SELECT_REQUESTS                                                                 \
  "SELECT r.request_id, r.at, r.user, r.scope, r.outcome, r.dispatched, r.status, r.input,"     \
  " r.output, r.cost, r.lane, r.segment, r.offset, r.capture_lane, r.capture_segment,"          \
  " r.capture_offset, g.key_id, g.route, g.model, g.provider, g.upstream_model, g.prompt_name," \
  " g.prompt_version, r.unpriced, r.priced_cost, r.duration_ms, r.verdict, r.score, r.success," \
  " EXISTS (SELECT 1 FROM corrections c WHERE c.tenant = r.tenant AND c.request_id = "          \
  "r.request_id) FROM requests r JOIN groups g ON g.id = r.group_id"

// One tenant, or all there are.
Result<std::vector<std::string>> tenants(store::Database& db,
                                         const std::optional<std::string>& only) {
  if (only) return std::vector<std::string>{*only};
  std::vector<std::string> out;
  TRY_ASSIGN(Statement query, db.prepare("SELECT DISTINCT tenant FROM groups ORDER BY tenant"));
  while (true) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return out;
    out.emplace_back(query.text(0));
  }
}

std::string text(const Statement& row, int column) {
  return std::string(row.text(column));
}

store::Location place(const Statement& row, int first) {
  return {static_cast<std::uint32_t>(row.integer(first)),
          static_cast<std::uint64_t>(row.integer(first + 1)),
          static_cast<std::uint64_t>(row.integer(first + 2))};
}

Result<std::vector<CorrectionRow>> read_corrections(store::Database& db, std::string_view tenant,
                                                    std::string_view request_id) {
  TRY_ASSIGN(Statement rows, db.prepare("SELECT attempt, delta, priced, price_version FROM"
                                        " corrections WHERE tenant=? AND request_id=?"));
  rows.bind(1, tenant).bind_blob(2, request_key(request_id));
  std::vector<CorrectionRow> out;
  while (true) {
    TRY_ASSIGN(const bool row, rows.step());
    if (!row) return out;
    out.push_back({rows.integer(0), rows.money(1), rows.integer(2), text(rows, 3)});
  }
}

Result<RequestRow> read_request(store::Database& db, const std::string& tenant,
                                const Statement& row) {
  RequestRow out;
  out.tenant = tenant;
  out.request_id = request_id_of(row.text(0));
  out.at = WallTime{nanoseconds{row.integer(1)}};
  out.dimensions = {.tenant = tenant,
                    .key_id = text(row, 16),
                    .user = text(row, 2),
                    .route = text(row, 17),
                    .model = text(row, 18),
                    .provider = text(row, 19),
                    .upstream_model = text(row, 20),
                    .prompt_name = text(row, 21),
                    .prompt_version = text(row, 22),
                    .scope = text(row, 3)};
  out.outcome = static_cast<Outcome>(row.integer(4));
  out.dispatched = row.integer(5) != 0;
  out.status = row.integer(6);
  out.input_tokens = row.integer(7);
  out.output_tokens = row.integer(8);
  if (!row.is_null(9)) out.cost = row.money(9);
  out.settlement = place(row, 10);
  if (!row.is_null(13)) out.capture = place(row, 13);
  out.duration_ms = row.integer(25);
  if (!row.is_null(26)) out.verdict = row.integer(26) != 0;
  if (!row.is_null(27)) out.score = row.integer(27);
  out.success = row.integer(28) != 0;
  if (row.integer(29) == 0) return out;
  std::optional<FemtoUsd> priced;
  if (!row.is_null(24)) priced = row.money(24);
  TRY(correct_cost(db, row.integer(23), priced, out));
  return out;
}

// Days since 1970, or the default for "" and for what is no day.
std::int64_t day_number(std::string_view day, std::int64_t otherwise) {
  int y = 0;
  unsigned m = 0, d = 0;
  if (day.size() != 10 || day[4] != '-' || day[7] != '-') return otherwise;
  const char* at = day.data();
  if (std::from_chars(at, at + 4, y).ptr != at + 4 ||
      std::from_chars(at + 5, at + 7, m).ptr != at + 7 ||
      std::from_chars(at + 8, at + 10, d).ptr != at + 10) {
    return otherwise;
  }
  const std::chrono::year_month_day date{std::chrono::year{y}, std::chrono::month{m},
                                         std::chrono::day{d}};
  if (!date.ok()) return otherwise;
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

std::string prompt_of(const Statement& row, int name) {
  std::string out = text(row, name);
  if (!out.empty() && !row.text(name + 1).empty()) out.append("@").append(row.text(name + 1));
  return out;
}

// Columns: 0 day, 1-7 the groups table's, then the sums.
std::string group_value(GroupBy group, const std::string& tenant, const Statement& row) {
  switch (group) {
    case GroupBy::tenant:
      return tenant;
    case GroupBy::key:
      return text(row, 1);
    case GroupBy::route:
      return text(row, 2);
    case GroupBy::model:
      return text(row, 3);
    case GroupBy::provider:
      return text(row, 4);
    case GroupBy::prompt:
      return prompt_of(row, 5);
    case GroupBy::day:
      return format_day(WallTime{std::chrono::days{row.integer(0)}});
  }
  return {};
}

// What was said of requests, in the query's groups; all of it added to `total`.
Result<std::map<std::vector<std::string>, Scores>> read_scores(
    store::Database& db, const std::vector<std::string>& tenants, const UsageQuery& query,
    Scores& total) {
  TRY_ASSIGN(Statement rows,
             db.prepare("SELECT s.day, g.key_id, g.route, g.model, g.provider, g.prompt_name,"
                        " g.prompt_version, s.name, s.count, s.passes, s.sum"
                        " FROM scores s JOIN groups g ON g.id = s.group_id"
                        " WHERE s.tenant = ? AND s.day BETWEEN ? AND ?"));
  std::map<std::vector<std::string>, Scores> out;
  for (const std::string& tenant : tenants) {
    rows.bind(1, tenant).bind(2, day_number(query.from_day, INT32_MIN));
    rows.bind(3, day_number(query.to_day, INT32_MAX));
    while (true) {
      TRY_ASSIGN(const bool row, rows.step());
      if (!row) break;
      const ScoreSums one{rows.integer(8), rows.integer(9), rows.integer(10)};
      std::vector<std::string> group;
      for (const GroupBy by : query.group_by) group.push_back(group_value(by, tenant, rows));
      out[std::move(group)][text(rows, 7)].add(one);
      total[text(rows, 7)].add(one);
    }
  }
  return out;
}

}  // namespace

Status correct_cost(store::Database& db, std::int64_t unpriced, std::optional<FemtoUsd> priced,
                    RequestRow& row) {
  TRY_ASSIGN(const auto corrections, read_corrections(db, row.tenant, row.request_id));
  FemtoUsd sum = row.cost ? *row.cost : priced.value_or(FemtoUsd());
  for (const CorrectionRow& one : corrections) {
    sum += one.delta;
    unpriced -= one.priced;
  }
  if (row.cost || (priced && unpriced <= 0)) row.cost = sum;
  return {};
}

std::optional<GroupBy> parse_group_by(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kGroupNames); ++i) {
    if (kGroupNames[i] == name) return static_cast<GroupBy>(i);
  }
  return std::nullopt;
}

std::string_view to_string(GroupBy group) {
  return kGroupNames[static_cast<std::size_t>(group)];
}

Result<UsageAnswer> UsageReader::usage(const UsageQuery& query) const {
  TRY_ASSIGN(auto db, database_->reader());
  TRY_ASSIGN(const auto all, tenants(*db, tenant_));
  TRY_ASSIGN(Statement rows,
             db->prepare("SELECT u.day, g.key_id, g.route, g.model, g.provider, g.prompt_name,"
                         " g.prompt_version, u.requests, u.interrupted, u.unpriced, u.provenance,"
                         " u.cost, " MAESTER_BUCKET_COLUMNS
                         ", u.successes FROM usage u JOIN groups g ON g.id = u.group_id"
                         " WHERE u.tenant = ? AND u.day BETWEEN ? AND ?"));
  std::map<std::vector<std::string>, UsageSums> groups;
  UsageAnswer answer;
  for (const std::string& tenant : all) {
    rows.bind(1, tenant).bind(2, day_number(query.from_day, INT32_MIN));
    rows.bind(3, day_number(query.to_day, INT32_MAX));
    while (true) {
      TRY_ASSIGN(const bool row, rows.step());
      if (!row) break;
      UsageSums sums{.requests = rows.integer(7),
                     .interrupted = rows.integer(8),
                     .unpriced = rows.integer(9),
                     .successes = rows.integer(12 + kBucketColumns),
                     .usage = read_buckets(rows, 12),
                     .cost = rows.money(11)};
      sums.usage.provenance = static_cast<Provenance>(rows.integer(10));
      std::vector<std::string> group;
      for (const GroupBy by : query.group_by) group.push_back(group_value(by, tenant, rows));
      groups[std::move(group)].add(sums);
      answer.total.add(sums);
    }
  }
  TRY_ASSIGN(const auto scores, read_scores(*db, all, query, answer.scores));
  for (auto& [group, sums] : groups) {
    const auto said = scores.find(group);
    answer.rows.push_back({group, sums, said == scores.end() ? Scores() : said->second});
  }
  return answer;
}

Result<std::vector<RequestRow>> UsageReader::requests(const RequestQuery& query) const {
  TRY_ASSIGN(auto db, database_->reader());
  TRY_ASSIGN(const auto all, tenants(*db, tenant_));
  constexpr const char* kSql = MAESTER_SELECT_REQUESTS
      " WHERE r.tenant = ?1 AND (?2 = x'' OR r.request_id < ?2) AND (?3 < 0 OR r.outcome = ?3)"
      " AND (?4 = '' OR g.model = ?4) AND (?5 = '' OR g.key_id = ?5)"
      " ORDER BY r.request_id DESC LIMIT ?6";
  TRY_ASSIGN(Statement rows, db->prepare(kSql));
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kMaxPage);
  std::vector<RequestRow> out;
  for (const std::string& tenant : all) {
    rows.bind(1, tenant).bind_blob(2, request_key(query.before));
    rows.bind(3, query.outcome ? static_cast<std::int64_t>(*query.outcome) : std::int64_t{-1});
    rows.bind(4, query.model).bind(5, query.key_id).bind(6, static_cast<std::int64_t>(limit));
    while (true) {
      TRY_ASSIGN(const bool row, rows.step());
      if (!row) break;
      TRY_ASSIGN(RequestRow one, read_request(*db, tenant, rows));
      out.push_back(std::move(one));
    }
  }
  std::ranges::sort(out, std::ranges::greater{}, &RequestRow::request_id);
  if (out.size() > limit) out.resize(limit);
  return out;
}

Result<RequestRow> UsageReader::find(std::string_view request_id) const {
  TRY_ASSIGN(auto db, database_->reader());
  TRY_ASSIGN(const auto all, tenants(*db, tenant_));
  constexpr const char* kSql = MAESTER_SELECT_REQUESTS " WHERE r.tenant = ? AND r.request_id = ?";
  TRY_ASSIGN(Statement query, db->prepare(kSql));
  for (const std::string& tenant : all) {
    TRY_ASSIGN(const bool row, query.bind(1, tenant).bind_blob(2, request_key(request_id)).step());
    if (row) return read_request(*db, tenant, query);
  }
  return fail(Code::not_found, "There is no request with this id.");
}

Result<std::vector<CorrectionRow>> UsageReader::corrections(std::string_view tenant,
                                                            std::string_view request_id) const {
  if (tenant_ && *tenant_ != tenant) return std::vector<CorrectionRow>{};
  TRY_ASSIGN(auto db, database_->reader());
  return read_corrections(*db, tenant, request_id);
}

Result<std::vector<Feedback>> UsageReader::feedback(std::string_view tenant,
                                                    std::string_view request_id) const {
  std::vector<Feedback> out;
  if (tenant_ && *tenant_ != tenant) return out;
  TRY_ASSIGN(auto db, database_->reader());
  TRY_ASSIGN(Statement rows,
             db->prepare("SELECT id, at, name, value, comment, source FROM feedback WHERE"
                         " tenant=? AND request_id=? ORDER BY id"));
  rows.bind(1, tenant).bind_blob(2, request_key(request_id));
  while (true) {
    TRY_ASSIGN(const bool row, rows.step());
    if (!row) return out;
    out.push_back({.id = text(rows, 0),
                   .request_id = std::string(request_id),
                   .tenant = std::string(tenant),
                   .at = WallTime{nanoseconds{rows.integer(1)}},
                   .name = text(rows, 2),
                   .value = text(rows, 3),
                   .comment = text(rows, 4),
                   .source = text(rows, 5)});
  }
}

Result<ReliabilityAnswer> UsageReader::reliability() const {
  TRY_ASSIGN(auto db, database_->reader());
  TRY_ASSIGN(const auto all, tenants(*db, tenant_));
  TRY_ASSIGN(Statement rows,
             db->prepare("SELECT scope, model, requests, executed, blocked, downgraded, estimated,"
                         " actual, compared, compared_estimated, compared_actual, absolute_delta"
                         " FROM reliability WHERE tenant = ?"));
  ReliabilityAnswer answer;
  std::map<std::string, ReliabilityCounts, std::less<>> models, scopes;
  for (const std::string& tenant : all) {
    rows.bind(1, tenant);
    while (true) {
      TRY_ASSIGN(const bool row, rows.step());
      if (!row) break;
      const ReliabilityCounts counts{.requests = rows.integer(2),
                                     .executed = rows.integer(3),
                                     .blocked = rows.integer(4),
                                     .downgraded = rows.integer(5),
                                     .estimated = rows.money(6),
                                     .actual = rows.money(7),
                                     .compared = rows.integer(8),
                                     .compared_estimated = rows.money(9),
                                     .compared_actual = rows.money(10),
                                     .absolute_delta = rows.money(11)};
      answer.total.add(counts);
      scopes[text(rows, 0)].add(counts);
      models[text(rows, 1)].add(counts);
    }
  }
  for (auto& [model, counts] : models) answer.models.push_back({"", model, counts});
  for (auto& [scope, counts] : scopes) answer.scopes.push_back({scope, "", counts});
  return answer;
}

}  // namespace maester::meter
