#include "prompts/prompt_store.h"

#include <array>
#include <chrono>

#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::prompts {
namespace {

constexpr std::array<store::Migration, 2> kMigrations = {{
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
    {2, "authors, splits, protections, approvals, drafts", R"sql(
ALTER TABLE prompt_versions ADD COLUMN author TEXT NOT NULL DEFAULT '';
-- Of a move: `version` is the heaviest of a split, '' when the label was deleted.
ALTER TABLE prompt_label_moves ADD COLUMN target TEXT NOT NULL DEFAULT ''; -- of a split: JSON
ALTER TABLE prompt_label_moves ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE prompt_label_moves ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE prompt_label_moves ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE prompt_label_moves ADD COLUMN override_reason TEXT NOT NULL DEFAULT '';
CREATE TABLE prompt_protections (
  tenant TEXT NOT NULL,
  prompt TEXT NOT NULL,        -- '*' = every one
  label TEXT NOT NULL,
  role TEXT NOT NULL,
  approvals INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, prompt, label)
) WITHOUT ROWID;
CREATE TABLE prompt_approvals (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  key_id TEXT NOT NULL,
  comment TEXT NOT NULL,
  approved_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, name, version, key_id)
) WITHOUT ROWID;
CREATE TABLE prompt_drafts (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  draft TEXT NOT NULL,
  content TEXT NOT NULL,       -- JSON, the body of a push
  author TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, name, draft)
) WITHOUT ROWID;
CREATE TABLE prompt_retired (  -- versions of deleted prompts
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  template_hash TEXT NOT NULL,
  PRIMARY KEY (tenant, name, version)
) WITHOUT ROWID;
)sql"},
}};

void write_variables(json::Writer& w, const std::vector<Variable>& variables) {
  w.begin_array();
  for (const Variable& variable : variables) {
    w.begin_object().field("name", variable.name).field("type", variable.type);
    if (!variable.choices.empty()) {
      w.key("enum").begin_array();
      for (const std::string& choice : variable.choices) w.value(choice);
      w.end_array();
    }
    w.end_object();
  }
  w.end_array();
}

std::string content_json(const PromptVersion& version) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("chat", version.is_chat).key("messages").begin_array();
  for (const MessageTemplate& message : version.messages) {
    w.begin_object();
    if (!message.placeholder.empty()) {
      w.field("placeholder", message.placeholder);
    } else {
      w.field("role", message.role).field("template", message.source());
      // The text is kept with what was referred to in it: it stays whatever becomes of that.
      if (!message.pinned.empty()) w.field("expanded", message.content.source());
    }
    w.end_object();
  }
  w.end_array();
  if (version.variables_declared) {
    w.key("variables");
    write_variables(w, version.variables);
  } else if (!version.references.empty()) {
    w.key("inherited");
    write_variables(w, version.variables);
  }
  if (!version.references.empty()) {
    w.key("references").begin_array();
    for (const Reference& reference : version.references)
      w.begin_array().value(reference.prompt).value(reference.version).end_array();
    w.end_array();
  }
  w.optional_field("fallback", version.fallback).end_object();
  return out;
}

Result<std::vector<Variable>> read_variables(json::Value variables) {
  std::vector<Variable> out;
  for (const json::Value variable : variables) {
    TRY_ASSIGN(const std::string_view name, variable.get("name").as_string());
    TRY_ASSIGN(const std::string_view type, variable.get("type").as_string());
    Variable& read = out.emplace_back(Variable{std::string(name), std::string(type)});
    for (const json::Value choice : variable.get("enum")) {
      TRY_ASSIGN(const std::string_view text, choice.as_string());
      read.choices.emplace_back(text);
    }
  }
  return out;
}

Result<NewVersion> read_content(std::string_view text) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(text));
  const json::Value root = doc.root();
  NewVersion out;
  TRY_ASSIGN(const bool is_chat, root.get("chat").as_bool());
  for (const json::Value message : root.get("messages")) {
    NewMessage read{std::string(message.get("role").string_or("")),
                    std::string(message.get("template").string_or("")),
                    std::string(message.get("placeholder").string_or("")),
                    std::string(message.get("expanded").string_or(""))};
    if (is_chat) {
      out.messages.push_back(std::move(read));
    } else {
      out.template_text = std::move(read.text);
      out.template_expanded = std::move(read.expanded);
    }
  }
  TRY_ASSIGN(out.variables, read_variables(root.get("variables")));
  TRY_ASSIGN(out.inherited, read_variables(root.get("inherited")));
  for (const json::Value reference : root.get("references")) {
    out.references.push_back(
        {std::string(reference.at(0).string_or("")), std::string(reference.at(1).string_or(""))});
  }
  out.fallback = root.get("fallback").string_or("");
  return out;
}

Result<PromptVersion> read_version(const store::Statement& row) {
  TRY_ASSIGN(NewVersion stored, read_content(row.text(3)));
  stored.name = row.text(1);
  stored.version = row.text(2);
  stored.message = row.text(5);
  TRY_ASSIGN(PromptVersion out, make_version(std::move(stored)));
  if (out.template_hash != row.text(6)) {
    return fail(Code::corrupt, "The stored template does not have its hash.");
  }
  out.tenant = row.text(0);
  out.version = row.text(2);
  // A config of before it meant anything may say what is no setting: then it is kept alone.
  out.config = row.text(4);
  if (auto settings = read_settings(out.config)) out.settings = std::move(*settings);
  out.created_at = WallTime{nanoseconds{row.integer(7)}};
  out.author = row.text(8);
  return out;
}

}  // namespace

Status prepare_tables(store::Database& db) {
  return store::migrate(db, kMigrations, "prompts");
}

Status load_versions(store::Database& db, const std::function<void(PromptVersion)>& visit) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT tenant, name, version, content, config, message, template_hash, "
                        "created_at, author FROM prompt_versions"));
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

Status insert_version(store::Database& db, const PromptVersion& version) {
  TRY_ASSIGN(store::Statement insert,
             db.prepare("INSERT INTO prompt_versions (tenant, name, version, content, config, "
                        "message, template_hash, created_at, author) VALUES (?1, ?2, ?3, ?4, ?5, "
                        "?6, ?7, ?8, ?9)"));
  insert.bind(1, version.tenant).bind(2, version.name).bind(3, version.version);
  insert.bind(4, content_json(version)).bind(5, version.config).bind(6, version.message);
  insert.bind(7, version.template_hash);
  insert.bind(8, std::int64_t{version.created_at.time_since_epoch().count()});
  insert.bind(9, version.author);
  return insert.run();
}

Status load_retired(
    store::Database& db,
    const std::function<void(std::string, std::string, std::string, std::string)>& visit) {
  TRY_ASSIGN(store::Statement rows,
             db.prepare("SELECT tenant, name, version, template_hash FROM prompt_retired"));
  while (true) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    visit(std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)),
          std::string(rows.text(3)));
  }
}

Status retire_prompt(store::Database& db, std::string_view tenant, std::string_view name) {
  for (const char* sql :
       {"INSERT OR REPLACE INTO prompt_retired SELECT tenant, name, version, template_hash FROM "
        "prompt_versions WHERE tenant = ?1 AND name = ?2",
        "DELETE FROM prompt_versions WHERE tenant = ?1 AND name = ?2",
        "DELETE FROM prompt_label_moves WHERE tenant = ?1 AND name = ?2",
        "DELETE FROM prompt_approvals WHERE tenant = ?1 AND name = ?2",
        "DELETE FROM prompt_drafts WHERE tenant = ?1 AND name = ?2"}) {
    TRY_ASSIGN(store::Statement erase, db.prepare(sql));
    TRY(erase.bind(1, tenant).bind(2, name).run());
  }
  return {};
}

Status delete_prompts_of(store::Database& db, std::string_view tenant) {
  for (const char* sql : {"DELETE FROM prompt_versions WHERE tenant = ?1",
                          "DELETE FROM prompt_label_moves WHERE tenant = ?1",
                          "DELETE FROM prompt_protections WHERE tenant = ?1",
                          "DELETE FROM prompt_approvals WHERE tenant = ?1",
                          "DELETE FROM prompt_drafts WHERE tenant = ?1",
                          "DELETE FROM prompt_retired WHERE tenant = ?1"}) {
    TRY_ASSIGN(store::Statement erase, db.prepare(sql));
    TRY(erase.bind(1, tenant).run());
  }
  return {};
}

}  // namespace maester::prompts
