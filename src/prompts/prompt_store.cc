#include "prompts/prompt_store.h"

#include <array>
#include <chrono>

#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::prompts {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "prompt versions and label moves", R"sql(
CREATE TABLE prompt_versions (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  content TEXT NOT NULL,       -- JSON, written by content_json()
  config TEXT NOT NULL,
  message TEXT NOT NULL,
  template_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL, -- nanoseconds since the epoch
  PRIMARY KEY (tenant, name, version)
) WITHOUT ROWID;
CREATE TABLE prompt_label_moves (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  label TEXT NOT NULL,
  sequence INTEGER NOT NULL,   -- 1, 2, 3, ... within the label
  version TEXT NOT NULL,
  rollback INTEGER NOT NULL,
  moved_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, name, label, sequence)
) WITHOUT ROWID;
)sql"},
}};

std::string content_json(const PromptVersion& version) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("chat", version.is_chat).key("messages").begin_array();
  for (const MessageTemplate& message : version.messages) {
    w.begin_object().field("role", message.role).field("template", message.content.source());
    w.end_object();
  }
  w.end_array();
  if (version.variables_declared) {
    w.key("variables").begin_array();
    for (const Variable& variable : version.variables) {
      w.begin_object().field("name", variable.name).field("type", variable.type).end_object();
    }
    w.end_array();
  }
  w.end_object();
  return out;
}

Result<NewVersion> read_content(std::string_view text) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(text));
  NewVersion out;
  TRY_ASSIGN(const bool is_chat, doc.root().get("chat").as_bool());
  for (const json::Value message : doc.root().get("messages")) {
    TRY_ASSIGN(const std::string_view role, message.get("role").as_string());
    TRY_ASSIGN(const std::string_view source, message.get("template").as_string());
    if (is_chat) {
      out.messages.emplace_back(role, source);
    } else {
      out.template_text = source;
    }
  }
  for (const json::Value variable : doc.root().get("variables")) {
    TRY_ASSIGN(const std::string_view name, variable.get("name").as_string());
    TRY_ASSIGN(const std::string_view type, variable.get("type").as_string());
    out.variables.push_back({std::string(name), std::string(type)});
  }
  return out;
}

Result<PromptVersion> read_version(const store::Statement& row) {
  TRY_ASSIGN(NewVersion stored, read_content(row.text(3)));
  stored.name = row.text(1);
  stored.version = row.text(2);
  stored.config = row.text(4);
  stored.message = row.text(5);
  TRY_ASSIGN(PromptVersion out, make_version(std::move(stored)));
  if (out.template_hash != row.text(6)) {
    return fail(Code::corrupt, "The stored template does not have its hash.");
  }
  out.tenant = row.text(0);
  out.version = row.text(2);
  out.created_at = WallTime{nanoseconds{row.integer(7)}};
  return out;
}

}  // namespace

Status prepare_tables(store::Database& db) {
  return store::migrate(db, kMigrations, "prompts");
}

Status load_versions(store::Database& db, const std::function<void(PromptVersion)>& visit) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT tenant, name, version, content, config, message, template_hash, "
                        "created_at FROM prompt_versions"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    auto version = read_version(rows);
    if (!version) {
      return fail(Code::corrupt, "Version " + std::string(rows.text(2)) + " of prompt " +
                                     std::string(rows.text(1)) +
                                     " in control.db is damaged: " + version.error().message +
                                     " Restore the database from a backup.");
    }
    visit(std::move(*version));
  }
}

Status load_moves(store::Database& db, const std::function<void(const LabelMove&)>& visit) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT tenant, name, label, version, rollback FROM prompt_label_moves "
                        "ORDER BY tenant, name, label, sequence"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    LabelMove move;
    move.tenant = rows.text(0);
    move.prompt = rows.text(1);
    move.label = rows.text(2);
    move.to = rows.text(3);
    move.rollback = rows.integer(4) != 0;
    visit(move);
  }
}

Status insert_version(store::Database& db, const PromptVersion& version) {
  TRY_ASSIGN(store::Statement insert,
             db.prepare("INSERT INTO prompt_versions (tenant, name, version, content, config, "
                        "message, template_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
                        "?7, ?8)"));
  insert.bind(1, version.tenant).bind(2, version.name).bind(3, version.version);
  insert.bind(4, content_json(version)).bind(5, version.config).bind(6, version.message);
  insert.bind(7, version.template_hash);
  insert.bind(8, std::int64_t{version.created_at.time_since_epoch().count()});
  return insert.run();
}

Status insert_move(store::Database& db, const LabelMove& move, WallTime at) {
  TRY_ASSIGN(store::Statement insert,
             db.prepare("INSERT INTO prompt_label_moves (tenant, name, label, sequence, version, "
                        "rollback, moved_at) VALUES (?1, ?2, ?3, (SELECT coalesce(max(sequence), "
                        "0) + 1 FROM prompt_label_moves WHERE tenant = ?1 AND name = ?2 AND "
                        "label = ?3), ?4, ?5, ?6)"));
  insert.bind(1, move.tenant).bind(2, move.prompt).bind(3, move.label).bind(4, move.to);
  insert.bind(5, std::int64_t{move.rollback ? 1 : 0});
  insert.bind(6, std::int64_t{at.time_since_epoch().count()});
  return insert.run();
}

Status delete_prompts_of(store::Database& db, std::string_view tenant) {
  for (const char* sql : {"DELETE FROM prompt_versions WHERE tenant = ?1",
                          "DELETE FROM prompt_label_moves WHERE tenant = ?1"}) {
    TRY_ASSIGN(store::Statement erase, db.prepare(sql));
    TRY(erase.bind(1, tenant).run());
  }
  return {};
}

}  // namespace maester::prompts
