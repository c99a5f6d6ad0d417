#include "prompts/registry.h"

#include <algorithm>
#include <utility>

#include "prompts/diff.h"
#include "prompts/entry.h"
#include "prompts/prompt_store.h"

namespace maester::prompts {
namespace {

// The moves that a push makes, duplicates left out.
Result<std::vector<LabelMove>> moves_of(std::string_view tenant, const std::string& name,
                                        std::vector<std::string> labels, const Labels& current,
                                        const std::string& version) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  std::vector<LabelMove> moves;
  for (std::string& label : labels) {
    const auto target = current.find(label);
    std::string from = target == current.end() ? "" : target->second;
    if (from == version) continue;
    moves.push_back({std::string(tenant), name, std::move(label), std::move(from), version, false});
  }
  if (current.size() + moves.size() > kMaxLabels) {
    return fail(Code::too_large, "A prompt may have 64 labels.", "labels");
  }
  return moves;
}

Status check_label(std::string_view label) {
  TRY(check_name("label", label));
  if (label == "latest") {
    return fail(Code::invalid_request,
                "The label `latest` always stands for the last version; choose another name.",
                "label");
  }
  return {};
}

}  // namespace

ReleaseGuard& Registry::allow_all() {
  static AllowAll guard;  // holds no state
  return guard;
}

Registry::~Registry() = default;

Result<std::unique_ptr<Registry>> Registry::open(store::Database& control_db, const Clock& clock,
                                                 access::AuditLog& audit, ReleaseGuard& guard) {
  TRY(prepare_tables(control_db));
  std::unique_ptr<Registry> registry(new Registry(control_db, clock, audit, guard));
  TRY(registry->load());
  return registry;
}

Status Registry::load() {
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Entry>> entries;
  TRY(load_versions(db_, [&](PromptVersion version) {
    auto& entry = entries[{version.tenant, version.name}];
    if (!entry) entry = std::make_shared<Entry>();
    entry->insert(std::make_shared<const PromptVersion>(std::move(version)));
  }));
  bool dangling = false;
  TRY(load_moves(db_, [&](const LabelMove& move) {
    const auto entry = entries.find({move.tenant, move.prompt});
    if (entry == entries.end() || entry->second->find(move.to) == nullptr) {
      dangling = true;
    } else {
      entry->second->labels[move.label].apply(move.to, move.rollback);
    }
  }));
  if (dangling) {
    return fail(Code::corrupt,
                "A prompt label in control.db points to a version that is not there. Restore the "
                "database from a backup.");
  }
  for (auto& [key, entry] : entries) publish(key.first, key.second, std::move(entry));
  return {};
}

Registry::EntryPtr Registry::find(std::string_view tenant, std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto names = tenants_.find(tenant);
  if (names == tenants_.end()) return nullptr;
  const auto entry = names->second.find(name);
  return entry == names->second.end() ? nullptr : entry->second;
}

Result<Registry::EntryPtr> Registry::must_find(std::string_view tenant,
                                               std::string_view name) const {
  if (EntryPtr entry = find(tenant, name)) return entry;
  std::string there = "there are no prompts yet: push one with POST /v1/prompts";
  const std::shared_lock lock(mutex_);
  if (const auto names = tenants_.find(tenant); names != tenants_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [known_name, entry] : names->second) known.push_back(known_name);
    there = "there is " + name_list(known);
  }
  return fail(Code::not_found, "There is no prompt `" + std::string(name) + "`; " + there + ".",
              "name");
}

void Registry::publish(std::string_view tenant, std::string_view name, EntryPtr entry) {
  const std::unique_lock lock(mutex_);
  tenants_[std::string(tenant)].insert_or_assign(std::string(name), std::move(entry));
}

Result<VersionPtr> Registry::resolve(std::string_view tenant, std::string_view name,
                                     const Selector& selector) const {
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  return entry->select(selector);
}

std::vector<PromptSummary> Registry::list(std::string_view tenant) const {
  std::vector<PromptSummary> out;
  const std::shared_lock lock(mutex_);
  const auto names = tenants_.find(tenant);
  if (names == tenants_.end()) return out;
  for (const auto& [name, entry] : names->second) {
    PromptSummary& summary = out.emplace_back();
    summary.name = name;
    summary.latest = entry->versions.back()->version;
    summary.versions = entry->versions.size();
    summary.labels = entry->label_targets();
    for (const VersionPtr& version : entry->versions) {
      summary.updated_at = std::max(summary.updated_at, version->created_at);
    }
  }
  return out;
}

Result<std::vector<VersionPtr>> Registry::versions(std::string_view tenant,
                                                   std::string_view name) const {
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  return entry->versions;
}

Result<Labels> Registry::labels(std::string_view tenant, std::string_view name) const {
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  return entry->label_targets();
}

Result<std::string> Registry::diff(std::string_view tenant, std::string_view name,
                                   std::string_view old_version,
                                   std::string_view new_version) const {
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  TRY_ASSIGN(const VersionPtr before, entry->must_find(old_version));
  TRY_ASSIGN(const VersionPtr after, entry->must_find(new_version));
  return unified_diff(diff_text(*before), diff_text(*after), before->name + "@" + before->version,
                      after->name + "@" + after->version);
}

Result<Registry::Pushed> Registry::push(std::string_view tenant, NewVersion pushed,
                                        const access::Actor& actor) {
  for (const std::string& label : pushed.labels) TRY(check_label(label));
  std::string wanted = pushed.version;
  std::vector<std::string> labels = std::move(pushed.labels);
  TRY_ASSIGN(PromptVersion made, make_version(std::move(pushed)));

  const std::lock_guard writing(write_mutex_);
  const EntryPtr before = find(tenant, made.name);
  const auto after = before ? std::make_shared<Entry>(*before) : std::make_shared<Entry>();
  const VersionPtr* existing = wanted.empty() ? after->find_content(made) : after->find(wanted);
  Pushed out;
  if (existing != nullptr) {
    out.version = *existing;
    if (!same_content(**existing, made)) {
      return fail(Code::version_conflict,
                  "Version `" + wanted + "` of prompt `" + made.name +
                      "` exists with other content; versions never change. Push under another "
                      "version, or without one for `" +
                      after->next_version() + "`.",
                  "version");
    }
  } else {
    if (after->versions.size() == kMaxVersions) {
      return fail(Code::too_large, "A prompt may have 10,000 versions.", "version");
    }
    made.tenant = tenant;
    made.version = wanted.empty() ? after->next_version() : std::move(wanted);
    made.created_at = clock_.wall();
    out.version = std::make_shared<const PromptVersion>(std::move(made));
    out.created = true;
    after->insert(out.version);
  }
  const PromptVersion& version = *out.version;
  TRY_ASSIGN(const std::vector<LabelMove> moves, moves_of(tenant, version.name, std::move(labels),
                                                          after->label_targets(), version.version));
  if (!out.created && moves.empty()) return out;
  for (const LabelMove& move : moves) TRY(guard_.may_move(move));
  TRY(db_.transaction([&]() -> Status {
    if (out.created) {
      TRY(insert_version(db_, version));
      TRY(audit_.record(actor, {tenant, "prompt.push", version.name + "@" + version.version, "",
                                version.template_hash + version.config}));
    }
    for (const LabelMove& move : moves) TRY(store_move(move, actor));
    return {};
  }));
  for (const LabelMove& move : moves) after->labels[move.label].apply(move.to, false);
  publish(tenant, version.name, after);
  return out;
}

Result<LabelChange> Registry::set_label(std::string_view tenant, std::string_view name,
                                        std::string_view label, std::string_view version,
                                        const access::Actor& actor) {
  TRY(check_label(label));
  const std::lock_guard writing(write_mutex_);
  return move_label(tenant, name, label, version, false, actor);
}

Result<LabelChange> Registry::rollback(std::string_view tenant, std::string_view name,
                                       std::string_view label, std::string_view to_version,
                                       const access::Actor& actor) {
  const std::lock_guard writing(write_mutex_);
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  const auto history = entry->labels.find(label);
  if (history == entry->labels.end()) return fail(entry->unknown_label(label));
  const std::string_view previous = history->second.previous();
  if (to_version.empty() && previous.empty()) {
    return fail(Code::conflict,
                "Label `" + std::string(label) + "` of prompt `" + std::string(name) +
                    "` has pointed to nothing but `" + history->second.current() +
                    "`; name a version with `to_version`.",
                "label");
  }
  return move_label(tenant, name, label, to_version.empty() ? previous : to_version, true, actor);
}

// REQUIRES: write_mutex_ is held.
Result<LabelChange> Registry::move_label(std::string_view tenant, std::string_view name,
                                         std::string_view label, std::string_view version,
                                         bool rollback, const access::Actor& actor) {
  TRY_ASSIGN(const EntryPtr before, must_find(tenant, name));
  TRY_ASSIGN(const VersionPtr target, before->must_find(version));
  const auto history = before->labels.find(label);
  LabelMove move{std::string(tenant), std::string(name), std::string(label), "",
                 target->version,     rollback};
  if (history != before->labels.end()) move.from = history->second.current();
  const LabelChange change{move.label, move.to, move.from, move.from != move.to};
  if (!change.changed) return change;
  if (move.from.empty() && before->labels.size() == kMaxLabels) {
    return fail(Code::too_large, "A prompt may have 64 labels.", "label");
  }
  TRY(guard_.may_move(move));
  TRY(db_.transaction([&] { return store_move(move, actor); }));
  const auto after = std::make_shared<Entry>(*before);
  after->labels[move.label].apply(move.to, rollback);
  publish(tenant, name, after);
  return change;
}

Status Registry::store_move(const LabelMove& move, const access::Actor& actor) {
  TRY(insert_move(db_, move, clock_.wall()));
  return audit_.record(actor, {move.tenant, move.rollback ? "prompt.rollback" : "prompt.label",
                               move.prompt + ":" + move.label, move.from, move.to});
}

Status Registry::erase(store::Database& control, std::string_view tenant) {
  return delete_prompts_of(control, tenant);
}

void Registry::forget(std::string_view tenant) {
  const std::lock_guard writing(write_mutex_);
  const std::unique_lock lock(mutex_);
  if (const auto names = tenants_.find(tenant); names != tenants_.end()) tenants_.erase(names);
}

}  // namespace maester::prompts
