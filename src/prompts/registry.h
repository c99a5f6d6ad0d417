// The prompt registry: immutable versions and the labels that point to them, per tenant. Durable in
// control.db, held in memory; a read never touches the database.
//
// Thread-safe. Reads take a shared lock for one look-up and may run on a core. Writes (push,
// set_label, rollback) are blocking SQL under one write lock: run them in a WorkerPool. The
// registry uses its Database only inside writes; REQUIRES: nobody else uses that connection
// meanwhile. A write is in memory, and so visible, as soon as it is committed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "access/tenant_objects.h"
#include "base/clock.h"
#include "base/result.h"
#include "prompts/prompt.h"
#include "prompts/release_guard.h"
#include "prompts/render.h"

namespace maester::store {
class Database;
}

namespace maester::prompts {

// Which version is meant. Both empty: the label `production` if it is set, else the latest. The
// label `latest` always stands for the last version in natural order and cannot be set.
struct Selector {
  std::string version, label;
};

using VersionPtr = std::shared_ptr<const PromptVersion>;
using Labels = std::map<std::string, std::string, std::less<>>;  // label -> version

struct PromptSummary {
  std::string name;
  std::string latest;
  std::size_t versions = 0;
  Labels labels;
  WallTime updated_at{};  // when the last version was pushed
};

struct LabelChange {
  std::string label;
  std::string version;
  std::string previous;  // "" = the label was not set
  bool changed = false;  // false: it pointed there already
};

class Registry final : public access::TenantObjects {
 public:
  // Creates what is missing in the schema and loads everything. Code::corrupt when a stored
  // template does not have its hash. All that is given must outlive the registry.
  static Result<std::unique_ptr<Registry>> open(store::Database& control_db, const Clock& clock,
                                                access::AuditLog& audit,
                                                ReleaseGuard& guard = allow_all());
  ~Registry() override;

  // Code::not_found, naming what there is.
  Result<VersionPtr> resolve(std::string_view tenant, std::string_view name,
                             const Selector& selector) const;
  std::vector<PromptSummary> list(std::string_view tenant) const;  // by name
  Result<std::vector<VersionPtr>> versions(std::string_view tenant,
                                           std::string_view name) const;  // natural order
  Result<Labels> labels(std::string_view tenant, std::string_view name) const;
  // A unified diff of the two versions' texts (see diff.h), "" when they are equal.
  Result<std::string> diff(std::string_view tenant, std::string_view name,
                           std::string_view old_version, std::string_view new_version) const;

  struct Pushed {
    VersionPtr version;
    bool created = false;  // false: this content was there already
  };
  // Without a version: the version that has this content already, else the next `vN`. With one:
  // Code::version_conflict when it exists with other content. Errors of make_version();
  // gate_refused from the guard, and then nothing is stored.
  Result<Pushed> push(std::string_view tenant, NewVersion pushed,
                      const access::Actor& actor = access::Actor::program());

  Result<LabelChange> set_label(std::string_view tenant, std::string_view name,
                                std::string_view label, std::string_view version,
                                const access::Actor& actor = access::Actor::program());
  // Back to what the label pointed to before its current target; a second rollback goes one further
  // back. Or to `to_version`. Code::conflict when there is nothing before.
  Result<LabelChange> rollback(std::string_view tenant, std::string_view name,
                               std::string_view label, std::string_view to_version = {},
                               const access::Actor& actor = access::Actor::program());

  Status erase(store::Database& control, std::string_view tenant) override;
  void forget(std::string_view tenant) override;

  static ReleaseGuard& allow_all();

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<const Entry>;
  using Names = std::map<std::string, EntryPtr, std::less<>>;
  using Tenants = std::map<std::string, Names, std::less<>>;

  Registry(store::Database& db, const Clock& clock, access::AuditLog& audit, ReleaseGuard& guard)
      : db_(db), clock_(clock), audit_(audit), guard_(guard) {}
  Status store_move(const LabelMove& move, const access::Actor& actor);
  Status load();
  EntryPtr find(std::string_view tenant, std::string_view name) const;  // null when unknown
  Result<EntryPtr> must_find(std::string_view tenant, std::string_view name) const;
  void publish(std::string_view tenant, std::string_view name, EntryPtr entry);
  Result<LabelChange> move_label(std::string_view tenant, std::string_view name,
                                 std::string_view label, std::string_view version, bool rollback,
                                 const access::Actor& actor);

  store::Database& db_;
  const Clock& clock_;
  access::AuditLog& audit_;
  ReleaseGuard& guard_;
  mutable std::shared_mutex mutex_;  // guards tenants_
  Tenants tenants_;
  std::mutex write_mutex_;  // serialises writers; taken before mutex_
};

}  // namespace maester::prompts
