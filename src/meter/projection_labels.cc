// What prompts' labels answered: written by the projection, read for live comparisons.
#include "base/search.h"
#include "meter/projection.h"
#include "meter/receipt_label.h"
#include "meter/usage_rows.h"

namespace maester::meter {

using store::Statement;

std::string label_of(std::string_view receipt) {
  constexpr std::string_view kPrompt = "\"prompt\":{\"name\":\"";
  constexpr std::string_view kLabel = "\"label\":\"";
  for (const std::string_view other : {"\"shadow_of\":\"", "\"replay_of\":\"", "\"judges_for\":\""})
    if (has_words(receipt, other)) return {};
  constexpr std::string_view kPurpose = "\"purpose\":\"";
  if (const std::size_t at = find_words(receipt, kPurpose);
      at != std::string_view::npos && !receipt.substr(at + kPurpose.size()).starts_with("batch\""))
    return {};
  const std::size_t at = find_words(receipt, kPrompt);
  if (at == std::string_view::npos) return {};
  std::string_view prompt = receipt.substr(at + kPrompt.size());
  prompt = prompt.substr(0, prompt.find('}'));  // names have no braces
  const std::size_t label = prompt.find(kLabel);
  if (label == std::string_view::npos) return {};
  prompt.remove_prefix(label + kLabel.size());
  return std::string(prompt.substr(0, prompt.find('"')));
}

Status Projection::write_labels() {
  std::optional<Statement> add;
  for (const Ended& ended : ended_) {
    if (ended.label.empty()) continue;
    if (!add) {
      TRY_ASSIGN(add, database_.writer().prepare(
                          "INSERT OR IGNORE INTO label_answers VALUES (?,?,?,?,?,?,?)"));
    }
    const RequestRow& row = ended.row;
    add->bind(1, row.tenant).bind(2, row.dimensions.prompt_name).bind(3, ended.label);
    add->bind(4, std::int64_t{row.at.time_since_epoch().count()});
    add->bind_blob(5, request_key(row.request_id)).bind(6, row.dimensions.prompt_version);
    TRY(add->bind(7, std::int64_t{ended.cached}).run());
  }
  return {};
}

Result<LabelAnswers> UsageReader::label_answers(const LabelQuery& query) const {
  LabelAnswers out;
  if (!tenant_) return out;
  TRY_ASSIGN(auto db, database_->reader());
  const auto bind = [&](Statement& rows) -> Statement& {
    rows.bind(1, *tenant_).bind(2, query.prompt).bind(3, query.label);
    rows.bind(4, std::int64_t{query.from.time_since_epoch().count()});
    return rows.bind(5, std::int64_t{query.to.time_since_epoch().count()});
  };
  TRY_ASSIGN(Statement rows,
             db->prepare("SELECT a.version, a.cached, a.request_id, r.outcome, r.status,"
                         " r.duration_ms, r.verdict, r.score, r.cost, r.unpriced, r.priced_cost,"
                         " a.at,"
                         " EXISTS (SELECT 1 FROM corrections c WHERE c.tenant = a.tenant AND"
                         " c.request_id = a.request_id) FROM label_answers a CROSS JOIN requests r"
                         " ON r.tenant = a.tenant AND r.request_id = a.request_id"
                         " WHERE a.tenant=? AND a.prompt=? AND a.label=? AND a.at>=? AND a.at<?"
                         " ORDER BY a.at DESC, a.request_id DESC LIMIT ?"));
  bind(rows).bind(6, static_cast<std::int64_t>(query.limit + 1));
  WallTime oldest = query.from;
  while (true) {
    TRY_ASSIGN(const bool row, rows.step());
    if (!row) break;
    if (out.answers.size() == query.limit) {
      out.more = true;
      break;
    }
    LabelAnswer one;
    one.version = rows.text(0);
    one.cached = rows.integer(1) != 0;
    one.answered =
        static_cast<Outcome>(rows.integer(3)) == Outcome::settled && rows.integer(4) < 400;
    one.duration_ms = rows.integer(5);
    if (!rows.is_null(6)) one.verdict = rows.integer(6) != 0;
    if (!rows.is_null(7)) one.score = rows.integer(7);
    if (!rows.is_null(8)) one.cost = rows.money(8);
    oldest = WallTime{nanoseconds{rows.integer(11)}};
    if (rows.integer(12) != 0) {
      RequestRow corrected;
      corrected.tenant = *tenant_;
      corrected.request_id = request_id_of(rows.text(2));
      corrected.cost = one.cost;
      std::optional<FemtoUsd> priced;
      if (!rows.is_null(10)) priced = rows.money(10);
      TRY(correct_cost(*db, rows.integer(9), priced, corrected));
      one.cost = corrected.cost;
    }
    out.answers.push_back(std::move(one));
  }
  TRY_ASSIGN(Statement said,
             db->prepare("SELECT a.version, f.value FROM label_answers a CROSS JOIN feedback f"
                         " ON f.tenant = a.tenant AND f.request_id = a.request_id"
                         " WHERE a.tenant=? AND a.prompt=? AND a.label=? AND a.at>=? AND a.at<?"
                         " AND a.at>=? AND f.source=''"));
  bind(said).bind(6, std::int64_t{oldest.time_since_epoch().count()});
  while (true) {
    TRY_ASSIGN(const bool row, said.step());
    if (!row) return out;
    out.feedback.push_back({std::string(said.text(0)), std::string(said.text(1))});
  }
}

}  // namespace maester::meter
