// Tenants and their API keys: durable in control.db, published as an immutable view that requests
// read without a lock. A change is durable, in the audit log and in the view when its function
// returns: the very next request sees it.
//
// REQUIRES (all but view()): on the thread that owns the control database; blocking SQL.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "access/key_view.h"
#include "access/secret.h"
#include "access/tenant_objects.h"
#include "access/tenant_scope.h"
#include "access/vault.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "runtime/published.h"
#include "store/sqlite.h"

namespace maester::access {

// A key that the configuration file or `admin.key` gives, of any form of at least 16 characters.
struct GivenKey {
  std::string_view key;
  std::string id;  // its name in the file
  std::string tenant;
  Role role = Role::viewer;
};

class KeyStore {
 public:
  struct Parts {  // all outlive the store
    store::Database& control;
    Vault& vault;
    AuditLog& audit;
    const Clock& clock;
    Random& random;  // cryptographic
  };
  // Makes what is missing, tenant `default` included. `cores` as many as will read the view.
  static Result<std::unique_ptr<KeyStore>> open(const Parts& parts, std::size_t cores);

  runtime::Published<KeyView>& view() { return *view_; }  // thread-safe

  // The given keys, in place of those given before; their tenants are made. Answers the ids of keys
  // left out because their tenant was erased. Code::invalid_request (never showing a key) for a
  // short or mistyped one, Code::conflict for one given twice; nothing is changed then.
  Result<std::vector<std::string>> configure(std::span<const GivenKey> keys);

  // Code::conflict when there is one of that name, or was: a name is never used twice.
  Result<Tenant> create_tenant(std::string_view name, const Actor& actor);
  // Its keys stop, its objects and its data key are gone. Not `default`. Code::not_found.
  Status erase_tenant(std::string_view name, const Actor& actor);
  void also_erase(TenantObjects& objects) { objects_.push_back(&objects); }
  const std::vector<std::string>& erased() const { return erased_; }  // names of tenants that were

  struct Minted {
    KeyPtr key;
    Secret secret;  // the whole key, for this once
  };
  Result<Minted> create(const TenantScope& scope, std::string_view tenant, NewKey asked,
                        const Actor& actor);
  // The key's id with a new secret. The old one opens for `overlap` more, or not at all.
  Result<Minted> rotate(const TenantScope& scope, std::string_view id, nanoseconds overlap,
                        const Actor& actor);
  Status revoke(const TenantScope& scope, std::string_view id, const Actor& actor);

  // Called after a key was revoked (id) or a tenant erased (id ""), once the view is replaced.
  using Ended = std::function<void(std::string_view tenant, std::string_view key_id)>;
  void on_ended(Ended ended) { ended_ = std::move(ended); }

 private:
  explicit KeyStore(const Parts& parts) : p_(parts) {}
  Status load(std::size_t cores);
  std::shared_ptr<KeyView> copy() const;
  Status add_given(KeyView& view, const GivenKey& key) const;
  Result<KeyPtr> must_find(const TenantScope& scope, std::string_view id) const;
  Status add_tenant(std::string_view name, const Actor& actor);  // in a transaction
  Status replace(const Key& before, const Key& after, std::string_view action, const Actor& actor);
  Parts p_;
  std::unique_ptr<runtime::Published<KeyView>> view_;
  std::vector<std::string> erased_;  // names of tenants that were
  std::vector<TenantObjects*> objects_;
  Ended ended_;
};

// The live keys that the scope covers, by tenant and id; those of the configuration too.
std::vector<KeyPtr> list_keys(const KeyView& view, const TenantScope& scope);
// Code::not_found for an unknown or revoked id and for another tenant's alike.
Result<KeyPtr> find_key(const KeyView& view, const TenantScope& scope, std::string_view id);

}  // namespace maester::access
