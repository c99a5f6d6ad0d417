#include "prompts/draft_store.h"

#include "base/hash.h"

namespace maester::prompts {
namespace {

Draft read_row(const store::Statement& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
          std::string(row.text(3)), WallTime{nanoseconds{row.integer(4)}}};
}

}  // namespace

std::string etag_of(const Draft& draft) {
  return sha256_hex(draft.content).substr(0, 32);
}

Result<std::vector<Draft>> read_drafts(store::Database& db, std::string_view tenant,
                                       std::string_view prompt) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT name, draft, content, author, saved_at FROM prompt_drafts WHERE "
                        "tenant = ?1 AND name = ?2 ORDER BY draft"));
  rows.bind(1, tenant).bind(2, prompt);
  std::vector<Draft> out;
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    out.push_back(read_row(rows));
  }
}

Result<std::optional<Draft>> read_draft(store::Database& db, std::string_view tenant,
                                        std::string_view prompt, std::string_view draft) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT name, draft, content, author, saved_at FROM prompt_drafts WHERE "
                        "tenant = ?1 AND name = ?2 AND draft = ?3"));
  TRY_ASSIGN(const bool found, rows.bind(1, tenant).bind(2, prompt).bind(3, draft).step());
  return found ? std::optional(read_row(rows)) : std::nullopt;
}

Status upsert_draft(store::Database& db, std::string_view tenant, const Draft& draft) {
  TRY_ASSIGN(store::Statement insert,
             db.prepare("INSERT OR REPLACE INTO prompt_drafts (tenant, name, draft, content, "
                        "author, saved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  insert.bind(1, tenant).bind(2, draft.prompt).bind(3, draft.name).bind(4, draft.content);
  insert.bind(5, draft.author);
  return insert.bind(6, std::int64_t{draft.saved_at.time_since_epoch().count()}).run();
}

Status erase_draft(store::Database& db, std::string_view tenant, std::string_view prompt,
                   std::string_view draft) {
  TRY_ASSIGN(store::Statement erase,
             db.prepare("DELETE FROM prompt_drafts WHERE tenant = ?1 AND name = ?2 AND "
                        "draft = ?3"));
  return erase.bind(1, tenant).bind(2, prompt).bind(3, draft).run();
}

}  // namespace maester::prompts
