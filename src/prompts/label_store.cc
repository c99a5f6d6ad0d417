#include "prompts/label_store.h"

#include <algorithm>

namespace maester::prompts {
namespace {

std::int64_t nanoseconds_of(WallTime at) {
  return at.time_since_epoch().count();
}

// The columns sequence, version, target, rollback, moved_at, key_id, source, reason,
// override_reason from `first` on.
Result<LabelEvent> read_event(const store::Statement& row, int first) {
  LabelEvent out;
  out.revision = row.integer(first);
  if (const std::string_view target = row.text(first + 2); !target.empty()) {
    auto read = Target::read_stored(target);
    if (!read) {
      return fail(Code::corrupt,
                  "A prompt label's split in control.db is damaged. Restore the database from a "
                  "backup.");
    }
    out.to = std::move(*read);
  } else if (!row.text(first + 1).empty()) {
    out.to = Target::one(std::string(row.text(first + 1)));
  }
  out.rollback = row.integer(first + 3) != 0;
  out.at = WallTime{nanoseconds{row.integer(first + 4)}};
  out.key_id = row.text(first + 5);
  out.source = row.text(first + 6);
  out.reason = row.text(first + 7);
  out.override_reason = row.text(first + 8);
  return out;
}

}  // namespace

Status load_moves(store::Database& db,
                  const std::function<void(const LabelPlace&, LabelEvent)>& visit) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT tenant, name, label, sequence, version, target, rollback, "
                        "moved_at, key_id, source, reason, override_reason FROM "
                        "prompt_label_moves ORDER BY tenant, name, label, sequence"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    TRY_ASSIGN(LabelEvent event, read_event(rows, 3));
    visit({rows.text(0), rows.text(1), rows.text(2)}, std::move(event));
  }
}

Result<std::vector<LabelEvent>> read_history(store::Database& db, const LabelPlace& place,
                                             std::int64_t before, std::size_t limit) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT sequence, version, target, rollback, moved_at, key_id, source, "
                        "reason, override_reason FROM prompt_label_moves WHERE tenant = ?1 AND "
                        "name = ?2 AND label = ?3 AND (?4 = 0 OR sequence < ?4) "
                        "ORDER BY sequence DESC LIMIT ?5"));
  rows.bind(1, place.tenant).bind(2, place.prompt).bind(3, place.label).bind(4, before);
  rows.bind(5, static_cast<std::int64_t>(limit + 1));  // one more: whence the last one came
  std::vector<LabelEvent> out;
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) break;
    TRY_ASSIGN(LabelEvent event, read_event(rows, 0));
    if (!out.empty()) out.back().from = event.to;
    out.push_back(std::move(event));
  }
  if (out.size() > limit) out.pop_back();
  return out;
}

Status insert_move(store::Database& db, const LabelPlace& place, LabelEvent& event) {
  TRY_ASSIGN(store::Statement last,
             db.prepare("SELECT coalesce(max(sequence), 0) FROM prompt_label_moves WHERE "
                        "tenant = ?1 AND name = ?2 AND label = ?3"));
  TRY(last.bind(1, place.tenant).bind(2, place.prompt).bind(3, place.label).step());
  event.revision = last.integer(0) + 1;
  TRY_ASSIGN(store::Statement insert,
             db.prepare("INSERT INTO prompt_label_moves (tenant, name, label, sequence, version, "
                        "rollback, moved_at, target, key_id, source, reason, override_reason) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"));
  insert.bind(1, place.tenant).bind(2, place.prompt).bind(3, place.label);
  insert.bind(4, event.revision).bind(5, event.to.version());
  insert.bind(6, std::int64_t{event.rollback ? 1 : 0}).bind(7, nanoseconds_of(event.at));
  insert.bind(8, event.to.is_split() ? event.to.stored() : std::string());
  insert.bind(9, event.key_id).bind(10, event.source).bind(11, event.reason);
  return insert.bind(12, event.override_reason).run();
}

Status load_protections(store::Database& db,
                        const std::function<void(std::string_view, Protection)>& visit) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT tenant, prompt, label, role, approvals, set_by, set_at FROM "
                        "prompt_protections ORDER BY tenant, prompt, label"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    Protection one;
    one.prompt = rows.text(1);
    one.label = rows.text(2);
    one.role = access::parse_role(rows.text(3)).value_or(access::Role::admin);
    one.approvals = rows.integer(4);
    one.set_by = rows.text(5);
    one.set_at = WallTime{nanoseconds{rows.integer(6)}};
    visit(rows.text(0), std::move(one));
  }
}

Status load_approvals(store::Database& db,
                      const std::function<void(std::string_view, std::string_view, std::string_view,
                                               Approval)>& visit) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT tenant, name, version, key_id, comment, approved_at FROM "
                        "prompt_approvals ORDER BY tenant, name, version, approved_at, key_id"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    visit(rows.text(0), rows.text(1), rows.text(2),
          {std::string(rows.text(3)), std::string(rows.text(4)),
           WallTime{nanoseconds{rows.integer(5)}}});
  }
}

Status upsert_protection(store::Database& db, std::string_view tenant, const Protection& one) {
  TRY_ASSIGN(store::Statement insert,
             db.prepare("INSERT OR REPLACE INTO prompt_protections (tenant, prompt, label, role, "
                        "approvals, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  insert.bind(1, tenant).bind(2, one.prompt).bind(3, one.label);
  insert.bind(4, access::to_string(one.role)).bind(5, one.approvals).bind(6, one.set_by);
  return insert.bind(7, nanoseconds_of(one.set_at)).run();
}

Status delete_protection(store::Database& db, std::string_view tenant, std::string_view prompt,
                         std::string_view label) {
  TRY_ASSIGN(store::Statement erase,
             db.prepare("DELETE FROM prompt_protections WHERE tenant = ?1 AND prompt = ?2 AND "
                        "label = ?3"));
  return erase.bind(1, tenant).bind(2, prompt).bind(3, label).run();
}

Status insert_approval(store::Database& db, std::string_view tenant, std::string_view prompt,
                       std::string_view version, const Approval& one) {
  TRY_ASSIGN(store::Statement insert,
             db.prepare("INSERT INTO prompt_approvals (tenant, name, version, key_id, comment, "
                        "approved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  insert.bind(1, tenant).bind(2, prompt).bind(3, version).bind(4, one.key_id);
  return insert.bind(5, one.comment).bind(6, nanoseconds_of(one.at)).run();
}

}  // namespace maester::prompts
