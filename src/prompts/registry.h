// The prompt registry: immutable versions and the labels that point to them, per tenant. Durable in
// control.db, held in memory; a read on the request path never touches the database.
//
// Thread-safe. Reads take a shared lock for one look-up and may run on a core, but for those that
// say otherwise. Writes are blocking SQL under one write lock: run them in the thread that owns
// control.db. The registry uses its Database only inside writes and inside the reads that say so;
// REQUIRES: nobody else uses that connection meanwhile. A write is in memory, and so visible, as
// soon as it is committed; whoever resolved a version before goes on with that one whole.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "access/release_guard.h"
#include "access/tenant_objects.h"
#include "base/clock.h"
#include "base/result.h"
#include "prompts/draft.h"
#include "prompts/label_event.h"
#include "prompts/prompt.h"
#include "prompts/protection.h"
#include "prompts/render.h"
#include "prompts/target.h"

namespace maester::store {
class Database;
}

namespace maester::prompts {

// Which version is meant. Both empty: the label `production` if it is set; else the latest, unless
// a gate holds that label. The label `latest` always stands for the last version in natural order
// and cannot be set.
struct Selector {
  std::string version, label;
};

using VersionPtr = std::shared_ptr<const PromptVersion>;
struct LabelState {
  Target target;
  std::int64_t revision = 0;  // how often the label was changed
};
using Labels = std::map<std::string, LabelState, std::less<>>;

// What a request gets.
struct Chosen {
  VersionPtr version;
  std::string label;   // by which it was found, "latest" included; "" = by its version
  bool split = false;  // the label holds several: this is the caller's one
};

struct PromptSummary {
  std::string name;
  std::string latest;
  std::size_t versions = 0;
  Labels labels;
  WallTime updated_at{};  // when the last version was pushed
};

struct LabelChange {
  std::string label;
  Target target, previous;  // previous: empty = the label was not set
  std::int64_t revision = 0;
  bool changed = false;  // false: it pointed there already
};

// What a change expects to find (compare and set); absent = anything. `version` is that of a label
// without a split, "" = the label is not set; a split is expected by its revision.
struct Expected {
  std::optional<std::string> version;
  std::optional<std::int64_t> revision;
};

class Registry final : public access::TenantObjects {
 public:
  // Creates what is missing in the schema and loads everything. Code::corrupt when a stored
  // template does not have its hash. All that is given must outlive the registry.
  static Result<std::unique_ptr<Registry>> open(store::Database& control_db, const Clock& clock,
                                                access::AuditLog& audit,
                                                access::ReleaseGuard& guard = allow_all());
  ~Registry() override;

  // Code::not_found, naming what there is; gate_refused, see Selector. Of a split the version that
  // `sticky_key` stands for (target.h), the heaviest for "".
  Result<Chosen> choose(std::string_view tenant, std::string_view name, const Selector& selector,
                        std::string_view sticky_key) const;
  Result<VersionPtr> resolve(std::string_view tenant, std::string_view name,
                             const Selector& selector) const;
  std::vector<PromptSummary> list(std::string_view tenant) const;  // by name
  Result<std::vector<VersionPtr>> versions(std::string_view tenant,
                                           std::string_view name) const;  // natural order
  Result<Labels> labels(std::string_view tenant, std::string_view name) const;
  Result<std::vector<Approval>> approvals(std::string_view tenant, std::string_view name,
                                          std::string_view version) const;
  std::vector<Protection> protections(std::string_view tenant) const;  // by prompt, label
  // A unified diff of the two versions' texts (see diff.h), "" when they are equal.
  Result<std::string> diff(std::string_view tenant, std::string_view name,
                           std::string_view old_version, std::string_view new_version) const;

  struct Pushed {
    VersionPtr version;
    bool created = false;  // false: this content was there already
  };
  // Without a version: the version that has this content already, else the next `vN`. With one:
  // Code::version_conflict when it exists, or existed, with other content; also when the prompt is
  // of the other type (text, chat). Errors of make_version() and pin_references(); gate_refused
  // from the guard, and then nothing is stored.
  Result<Pushed> push(std::string_view tenant, NewVersion pushed, const By& by = {});

  // Points the label to one version or a split. Code::version_conflict, telling what there is, when
  // it is not as expected; forbidden or conflict when a protection stands in the way.
  Result<LabelChange> set_label(std::string_view tenant, std::string_view name,
                                std::string_view label, std::vector<Share> shares,
                                const Expected& expected = {}, const By& by = {});
  // Back to what the label pointed to before its current target; a second rollback goes one further
  // back. Or to `to_version`. Code::conflict when there is nothing before.
  Result<LabelChange> rollback(std::string_view tenant, std::string_view name,
                               std::string_view label, std::string_view to_version = {},
                               const Expected& expected = {}, const By& by = {});
  // Code::conflict when it is protected. Its history stays.
  Result<LabelChange> delete_label(std::string_view tenant, std::string_view name,
                                   std::string_view label, const Expected& expected = {},
                                   const By& by = {});
  // Newest first, below `before` (0 = from the end). On the database's thread.
  Result<std::vector<LabelEvent>> label_history(std::string_view tenant, std::string_view name,
                                                std::string_view label, std::int64_t before,
                                                std::size_t limit);

  // All versions and labels. Code::conflict when a protected label is set or another prompt refers
  // to it. The names of its versions stay taken: no receipt's version ever means another text.
  Status delete_prompt(std::string_view tenant, std::string_view name, const By& by = {});

  // One key's approval; the same key's again changes nothing. Code::forbidden for the author.
  Result<std::vector<Approval>> approve(std::string_view tenant, std::string_view name,
                                        std::string_view version, std::string_view comment,
                                        const By& by);
  // True when it is new, false when it replaced one.
  Result<bool> protect(std::string_view tenant, Protection protection, const By& by = {});
  Status unprotect(std::string_view tenant, std::string_view prompt, std::string_view label,
                   const By& by = {});

  // Drafts; all of them on the database's thread. Code::not_found without one.
  Result<std::vector<Draft>> drafts(std::string_view tenant, std::string_view name);
  Result<Draft> draft(std::string_view tenant, std::string_view name, std::string_view draft);
  // Code::version_conflict unless the draft is as `expected_etag` says ("" = there is none);
  // nullopt = whatever it is.
  Result<Draft> save_draft(std::string_view tenant, Draft draft,
                           const std::optional<std::string>& expected_etag, const By& by);
  Status delete_draft(std::string_view tenant, std::string_view name, std::string_view draft,
                      const std::optional<std::string>& expected_etag, const By& by);
  // push(), and the draft goes, in one transaction. `made` is what the draft says.
  Result<Pushed> publish_draft(std::string_view tenant, const Draft& draft, NewVersion made,
                               const By& by);
  // What a push of this would make, without storing it (its version and author are empty).
  Result<PromptVersion> preview(std::string_view tenant, NewVersion pushed) const;

  Status erase(store::Database& control, std::string_view tenant) override;
  void forget(std::string_view tenant) override;

  static access::ReleaseGuard& allow_all();

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<const Entry>;
  struct TenantPrompts {
    std::map<std::string, EntryPtr, std::less<>> names;
    std::vector<Protection> protections;
    // Versions of deleted prompts, by name, with their hashes.
    std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> retired;
  };
  using Tenants = std::map<std::string, TenantPrompts, std::less<>>;

  Registry(store::Database& db, const Clock& clock, access::AuditLog& audit,
           access::ReleaseGuard& guard)
      : db_(db), clock_(clock), audit_(audit), guard_(guard) {}
  Status load();
  EntryPtr find(std::string_view tenant, std::string_view name) const;  // null when unknown
  Result<EntryPtr> must_find(std::string_view tenant, std::string_view name) const;
  void publish(std::string_view tenant, std::string_view name, EntryPtr entry);
  Status pin(std::string_view tenant, NewVersion& pushed) const;

  // A change of a label that was decided on.
  struct Move {
    LabelEvent event;
    std::string prompt, label;
    Protected protection;
  };
  Result<Pushed> push_locked(std::string_view tenant, NewVersion pushed, const By& by,
                             const Draft* published);
  Result<Move> plan(std::string_view tenant, const Entry& entry, std::string_view label, Target to,
                    bool rollback, const By& by) const;
  Status check_release(std::string_view tenant, const Entry& entry, const Move& move, const By& by);
  Status store_move(std::string_view tenant, Move& move, const By& by);
  Result<LabelChange> make_move(std::string_view tenant, std::string_view name,
                                const EntryPtr& before, Move move, const By& by);
  Result<std::string> next_version(std::string_view tenant, const Entry& entry,
                                   std::string_view name) const;
  Status check_retired(std::string_view tenant, const PromptVersion& version) const;
  Status check_unreferenced(std::string_view tenant, std::string_view name) const;

  store::Database& db_;
  const Clock& clock_;
  access::AuditLog& audit_;
  access::ReleaseGuard& guard_;
  mutable std::shared_mutex mutex_;  // guards tenants_
  Tenants tenants_;
  std::mutex write_mutex_;  // serialises writers; taken before mutex_
};

}  // namespace maester::prompts
