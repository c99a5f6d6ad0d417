// The registry's versions: pushing, drafts, deleting a prompt.
#include <algorithm>
#include <utility>

#include "prompts/draft_store.h"
#include "prompts/entry.h"
#include "prompts/label_check.h"
#include "prompts/natural_order.h"
#include "prompts/prompt_store.h"
#include "prompts/registry.h"

namespace maester::prompts {
namespace {

std::string kind_of(bool is_chat) {
  return is_chat ? "a chat (`messages`)" : "a text (`template`)";
}

Error draft_conflict(std::string_view draft, const std::optional<Draft>& there) {
  return make_error(Code::version_conflict,
                    there ? "Draft `" + std::string(draft) + "` was changed: its ETag is \"" +
                                etag_of(*there) + "\" now. Read it again."
                          : "There is no draft `" + std::string(draft) + "` any more.",
                    "if-match");
}

Status check_etag(std::string_view draft, const std::optional<std::string>& expected,
                  const std::optional<Draft>& there) {
  if (!expected || *expected == (there ? etag_of(*there) : std::string())) return {};
  return fail(draft_conflict(draft, there));
}

Error unknown_draft(std::string_view name, std::string_view draft) {
  return make_error(Code::not_found,
                    "Prompt `" + std::string(name) + "` has no draft `" + std::string(draft) + "`.",
                    "draft");
}

}  // namespace

Result<std::string> Registry::next_version(std::string_view tenant, const Entry& entry,
                                           std::string_view name) const {
  std::int64_t number = entry.next_number();
  const std::shared_lock lock(mutex_);
  const auto prompts = tenants_.find(tenant);
  if (prompts != tenants_.end()) {
    if (const auto retired = prompts->second.retired.find(name);
        retired != prompts->second.retired.end()) {
      for (const auto& [version, hash] : retired->second)
        number = std::max(number, version_number(version).value_or(0) + 1);
    }
  }
  return "v" + std::to_string(number);
}

// A version's name means one text for ever, also when its prompt was deleted in between.
Status Registry::check_retired(std::string_view tenant, const PromptVersion& version) const {
  const std::shared_lock lock(mutex_);
  const auto prompts = tenants_.find(tenant);
  if (prompts == tenants_.end()) return {};
  const auto retired = prompts->second.retired.find(version.name);
  if (retired == prompts->second.retired.end()) return {};
  const auto found = retired->second.find(version.version);
  if (found == retired->second.end() || found->second == version.template_hash) return {};
  return fail(Code::version_conflict,
              "Version `" + version.version + "` of prompt `" + version.name +
                  "` was deleted and had other content; receipts still name it. Push under "
                  "another version, or without one.",
              "version");
}

Result<Registry::Pushed> Registry::push(std::string_view tenant, NewVersion pushed, const By& by) {
  const std::lock_guard writing(write_mutex_);
  return push_locked(tenant, std::move(pushed), by, nullptr);
}

// REQUIRES: write_mutex_ is held.
Result<Registry::Pushed> Registry::push_locked(std::string_view tenant, NewVersion pushed,
                                               const By& by, const Draft* published) {
  for (const std::string& label : pushed.labels) TRY(check_label(label));
  std::string wanted = pushed.version;
  std::vector<std::string> labels = std::move(pushed.labels);
  TRY(pin(tenant, pushed));
  TRY_ASSIGN(PromptVersion made, make_version(std::move(pushed)));

  const EntryPtr before = find(tenant, made.name);
  const auto after = before ? std::make_shared<Entry>(*before) : std::make_shared<Entry>();
  if (before && before->versions.front()->is_chat != made.is_chat) {
    return fail(Code::conflict,
                "Prompt `" + made.name + "` is " + kind_of(!made.is_chat) +
                    " and stays one: its callers rely on the form. Push " + kind_of(made.is_chat) +
                    " under another name.",
                "name");
  }
  const VersionPtr* existing = wanted.empty() ? after->find_content(made) : after->find(wanted);
  Pushed out;
  if (existing != nullptr) {
    out.version = *existing;
    if (!same_content(**existing, made)) {
      return fail(Code::version_conflict,
                  "Version `" + wanted + "` of prompt `" + made.name +
                      "` exists with other content; versions never change. Push under another "
                      "version, or without one for `v" +
                      std::to_string(after->next_number()) + "`.",
                  "version");
    }
  } else {
    if (after->versions.size() == kMaxVersions) {
      return fail(Code::too_large, "A prompt may have 10,000 versions.", "version");
    }
    made.tenant = tenant;
    made.version = std::move(wanted);
    if (made.version.empty()) {
      TRY_ASSIGN(made.version, next_version(tenant, *after, made.name));
    }
    made.author = by.actor.key_id;
    made.created_at = clock_.wall();
    TRY(check_retired(tenant, made));
    out.version = std::make_shared<const PromptVersion>(std::move(made));
    out.created = true;
    after->insert(out.version);
  }
  const PromptVersion& version = *out.version;
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  std::vector<Move> moves;
  for (const std::string& label : labels) {
    const Target to = Target::one(version.version);
    if (after->target_of(label) == to) continue;
    TRY_ASSIGN(Move move, plan(tenant, *after, label, to, false, by));
    TRY(check_release(tenant, *after, move, by));
    moves.push_back(std::move(move));
  }
  const auto fresh = std::count_if(moves.begin(), moves.end(),
                                   [](const Move& move) { return move.event.from.empty(); });
  if (after->labels.size() + static_cast<std::size_t>(fresh) > kMaxLabels)
    return fail(Code::too_large, "A prompt may have 64 labels.", "labels");
  if (!out.created && moves.empty() && published == nullptr) return out;
  TRY(db_.transaction([&]() -> Status {
    if (out.created) {
      TRY(insert_version(db_, version));
      TRY(audit_.record(by.actor, {tenant, "prompt.push", version.name + "@" + version.version, "",
                                   version.template_hash + version.config + version.fallback}));
    }
    if (published != nullptr) {
      TRY_ASSIGN(const auto there, read_draft(db_, tenant, version.name, published->name));
      TRY(check_etag(published->name, etag_of(*published), there));
      TRY(erase_draft(db_, tenant, version.name, published->name));
      TRY(audit_.record(by.actor, {tenant, "prompt.publish", version.name + "/" + published->name,
                                   published->content, version.version}));
    }
    for (Move& move : moves) TRY(store_move(tenant, move, by));
    return {};
  }));
  for (const Move& move : moves) after->apply(move.label, move.event);
  publish(tenant, version.name, after);
  return out;
}

Status Registry::check_unreferenced(std::string_view tenant, std::string_view name) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [other, entry] : tenants_.find(tenant)->second.names) {
    for (const VersionPtr& version : entry->versions) {
      const auto& references = version->references;
      if (std::any_of(references.begin(), references.end(),
                      [&](const Reference& one) { return one.prompt == name; })) {
        return fail(Code::conflict,
                    "Prompt `" + std::string(name) + "` stands inside `" + other + "@" +
                        version->version + "`; delete that prompt first.",
                    "name");
      }
    }
  }
  return {};
}

Status Registry::delete_prompt(std::string_view tenant, std::string_view name, const By& by) {
  const std::lock_guard writing(write_mutex_);
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  const std::vector<Protection> protections = this->protections(tenant);
  for (const auto& [label, state] : entry->labels) {
    if (protection_of(protections, name, label).any) {
      return fail(Code::conflict,
                  "Prompt `" + std::string(name) + "` has the protected label `" + label +
                      "`; an admin must take the protection away first (DELETE "
                      "/v1/protections).",
                  "name");
    }
  }
  TRY(check_unreferenced(tenant, name));
  std::string before;
  for (const VersionPtr& version : entry->versions)
    before += version->version + " " + version->template_hash + "\n";
  TRY(db_.transaction([&]() -> Status {
    TRY(retire_prompt(db_, tenant, name));
    return audit_.record(by.actor, {tenant, "prompt.delete", name, before, ""});
  }));
  const std::unique_lock lock(mutex_);
  TenantPrompts& prompts = tenants_.find(tenant)->second;
  auto& retired = prompts.retired[std::string(name)];
  for (const VersionPtr& version : entry->versions)
    retired.insert_or_assign(version->version, version->template_hash);
  prompts.names.erase(prompts.names.find(name));
  return {};
}

Result<std::vector<Draft>> Registry::drafts(std::string_view tenant, std::string_view name) {
  const std::lock_guard writing(write_mutex_);
  return read_drafts(db_, tenant, name);
}

Result<Draft> Registry::draft(std::string_view tenant, std::string_view name,
                              std::string_view draft) {
  const std::lock_guard writing(write_mutex_);
  TRY_ASSIGN(std::optional<Draft> there, read_draft(db_, tenant, name, draft));
  if (!there) return fail(unknown_draft(name, draft));
  return std::move(*there);
}

Result<Draft> Registry::save_draft(std::string_view tenant, Draft draft,
                                   const std::optional<std::string>& expected_etag, const By& by) {
  TRY(check_name("name", draft.prompt));
  TRY(check_name("draft", draft.name));
  const std::lock_guard writing(write_mutex_);
  draft.author = by.actor.key_id;
  draft.saved_at = clock_.wall();
  TRY(db_.transaction([&]() -> Status {
    TRY_ASSIGN(const auto there, read_draft(db_, tenant, draft.prompt, draft.name));
    TRY(check_etag(draft.name, expected_etag, there));
    if (!there) {
      TRY_ASSIGN(const auto all, read_drafts(db_, tenant, draft.prompt));
      if (all.size() >= kMaxDrafts)
        return fail(Code::too_large, "A prompt may have 100 drafts.", "draft");
    }
    TRY(upsert_draft(db_, tenant, draft));
    return audit_.record(by.actor, {tenant, "prompt.draft", draft.prompt + "/" + draft.name,
                                    there ? there->content : "", draft.content});
  }));
  return draft;
}

Status Registry::delete_draft(std::string_view tenant, std::string_view name,
                              std::string_view draft,
                              const std::optional<std::string>& expected_etag, const By& by) {
  const std::lock_guard writing(write_mutex_);
  return db_.transaction([&]() -> Status {
    TRY_ASSIGN(const auto there, read_draft(db_, tenant, name, draft));
    if (!there) return fail(unknown_draft(name, draft));
    TRY(check_etag(draft, expected_etag, there));
    TRY(erase_draft(db_, tenant, name, draft));
    return audit_.record(
        by.actor, {tenant, "prompt.draft_delete", std::string(name) + "/" + std::string(draft),
                   there->content, ""});
  });
}

Result<Registry::Pushed> Registry::publish_draft(std::string_view tenant, const Draft& draft,
                                                 NewVersion made, const By& by) {
  const std::lock_guard writing(write_mutex_);
  made.name = draft.prompt;
  return push_locked(tenant, std::move(made), by, &draft);
}

}  // namespace maester::prompts
