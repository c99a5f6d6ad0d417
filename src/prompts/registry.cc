// Loading and reading; what changes is in registry_push.cc, registry_labels.cc and
// registry_rights.cc.
#include "prompts/registry.h"

#include <algorithm>
#include <utility>

#include "prompts/diff.h"
#include "prompts/entry.h"
#include "prompts/label_store.h"
#include "prompts/prompt_store.h"
#include "prompts/references.h"

namespace maester::prompts {

access::ReleaseGuard& Registry::allow_all() {
  static access::AllowAll guard;  // holds no state
  return guard;
}

Registry::~Registry() = default;

Result<std::unique_ptr<Registry>> Registry::open(store::Database& control_db, const Clock& clock,
                                                 access::AuditLog& audit,
                                                 access::ReleaseGuard& guard) {
  TRY(prepare_tables(control_db));
  std::unique_ptr<Registry> registry(new Registry(control_db, clock, audit, guard));
  TRY(registry->load());
  return registry;
}

Status Registry::load() {
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Entry>> entries;
  const auto entry_of = [&](std::string_view tenant, std::string_view prompt) -> Entry* {
    const auto found = entries.find({std::string(tenant), std::string(prompt)});
    return found == entries.end() ? nullptr : found->second.get();
  };
  TRY(load_versions(db_, [&](PromptVersion version) {
    auto& entry = entries[{version.tenant, version.name}];
    if (!entry) entry = std::make_shared<Entry>();
    entry->insert(std::make_shared<const PromptVersion>(std::move(version)));
  }));
  bool dangling = false;
  TRY(load_moves(db_, [&](const LabelPlace& place, LabelEvent event) {
    Entry* entry = entry_of(place.tenant, place.prompt);
    const auto& shares = event.to.shares();
    if (entry == nullptr || !std::all_of(shares.begin(), shares.end(), [&](const Share& share) {
          return entry->find(share.version) != nullptr;
        })) {
      dangling = true;
    } else {
      entry->apply(place.label, event);
    }
  }));
  if (dangling) {
    return fail(Code::corrupt,
                "A prompt label in control.db points to a version that is not there. Restore the "
                "database from a backup.");
  }
  TRY(load_approvals(db_, [&](std::string_view tenant, std::string_view prompt,
                              std::string_view version, Approval approval) {
    if (Entry* entry = entry_of(tenant, prompt); entry != nullptr)
      entry->approvals[std::string(version)].push_back(std::move(approval));
  }));
  for (auto& [key, entry] : entries) publish(key.first, key.second, std::move(entry));
  TRY(load_protections(db_, [&](std::string_view tenant, Protection one) {
    tenants_[std::string(tenant)].protections.push_back(std::move(one));
  }));
  return load_retired(
      db_, [&](std::string tenant, std::string prompt, std::string version, std::string hash) {
        tenants_[std::move(tenant)].retired[std::move(prompt)].emplace(std::move(version),
                                                                       std::move(hash));
      });
}

Registry::EntryPtr Registry::find(std::string_view tenant, std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto prompts = tenants_.find(tenant);
  if (prompts == tenants_.end()) return nullptr;
  const auto entry = prompts->second.names.find(name);
  return entry == prompts->second.names.end() ? nullptr : entry->second;
}

Result<Registry::EntryPtr> Registry::must_find(std::string_view tenant,
                                               std::string_view name) const {
  if (EntryPtr entry = find(tenant, name)) return entry;
  std::string there = "there are no prompts yet: push one with POST /v1/prompts";
  const std::shared_lock lock(mutex_);
  if (const auto prompts = tenants_.find(tenant);
      prompts != tenants_.end() && !prompts->second.names.empty()) {
    std::vector<std::string_view> known;
    for (const auto& [known_name, entry] : prompts->second.names) known.push_back(known_name);
    there = "there is " + name_list(known);
  }
  return fail(Code::not_found, "There is no prompt `" + std::string(name) + "`; " + there + ".",
              "name");
}

void Registry::publish(std::string_view tenant, std::string_view name, EntryPtr entry) {
  const std::unique_lock lock(mutex_);
  tenants_[std::string(tenant)].names.insert_or_assign(std::string(name), std::move(entry));
}

Result<Chosen> Registry::choose(std::string_view tenant, std::string_view name,
                                const Selector& selector, std::string_view sticky_key) const {
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  TRY_ASSIGN(Chosen chosen, entry->choose(tenant, selector, sticky_key));
  const bool fell_back =
      selector.version.empty() && selector.label.empty() && chosen.label == "latest";
  if (!fell_back) return chosen;
  // The latest version in the place of a label that nothing was let into yet.
  const std::string gate = guard_.holding(tenant, "prompt_label", name, "production");
  if (gate.empty()) return chosen;
  return fail(Code::gate_refused,
              "Gate `" + gate + "` guards label `production` of prompt `" + std::string(name) +
                  "`, which is not set: without a version or label nothing is served. Evaluate "
                  "a version, then set the label: `maester prompts label " +
                  std::string(name) + " production VERSION`.",
              gate);
}

Result<VersionPtr> Registry::resolve(std::string_view tenant, std::string_view name,
                                     const Selector& selector) const {
  TRY_ASSIGN(Chosen chosen, choose(tenant, name, selector, {}));
  return std::move(chosen.version);
}

std::vector<PromptSummary> Registry::list(std::string_view tenant) const {
  std::vector<PromptSummary> out;
  const std::shared_lock lock(mutex_);
  const auto prompts = tenants_.find(tenant);
  if (prompts == tenants_.end()) return out;
  for (const auto& [name, entry] : prompts->second.names) {
    PromptSummary& summary = out.emplace_back();
    summary.name = name;
    summary.latest = entry->versions.back()->version;
    summary.versions = entry->versions.size();
    summary.labels = entry->label_states();
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
  return entry->label_states();
}

Result<std::vector<Approval>> Registry::approvals(std::string_view tenant, std::string_view name,
                                                  std::string_view version) const {
  TRY_ASSIGN(const EntryPtr entry, must_find(tenant, name));
  return entry->approvals_of(version);
}

std::vector<Protection> Registry::protections(std::string_view tenant) const {
  const std::shared_lock lock(mutex_);
  const auto prompts = tenants_.find(tenant);
  return prompts == tenants_.end() ? std::vector<Protection>() : prompts->second.protections;
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

Status Registry::pin(std::string_view tenant, NewVersion& pushed) const {
  return pin_references(pushed, [&](const ReferenceTarget& target) {
    return resolve(tenant, target.prompt, {target.version, target.label});
  });
}

Result<PromptVersion> Registry::preview(std::string_view tenant, NewVersion pushed) const {
  TRY(pin(tenant, pushed));
  return make_version(std::move(pushed));
}

Status Registry::erase(store::Database& control, std::string_view tenant) {
  return delete_prompts_of(control, tenant);
}

void Registry::forget(std::string_view tenant) {
  const std::lock_guard writing(write_mutex_);
  const std::unique_lock lock(mutex_);
  if (const auto prompts = tenants_.find(tenant); prompts != tenants_.end())
    tenants_.erase(prompts);
}

}  // namespace maester::prompts
