// The budgets of all tenants: durable in control.db, in force in the ledger.
//
// Thread-safe. Writes (create, change, remove) are blocking SQL: run them in the WorkerPool that
// writes control.db. A write is in force as soon as it is committed, for requests that begin after
// it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "access/tenant_objects.h"
#include "base/clock.h"
#include "base/result.h"
#include "meter/budget.h"
#include "meter/ledger.h"

namespace maester::store {
class Database;
}

namespace maester::meter {

class Budgets final : public access::TenantObjects {
 public:
  // Creates what is missing in the schema, loads everything and puts it into the ledger. All that
  // is given must outlive it; nobody else uses that connection during a write.
  static Result<std::unique_ptr<Budgets>> open(store::Database& control_db, Ledger& ledger,
                                               access::AuditLog& audit, const Clock& clock);

  // `budget` with its id; created_at is set here. Code::conflict when the owner has that name
  // already; errors of check().
  Result<Budget> create(Budget budget, const access::Actor& actor);

  // Scope and window never change: what was spent would be of something else.
  struct Change {
    std::optional<std::string> name;
    std::optional<FemtoUsd> limit;
    std::optional<bool> hard;
    std::optional<std::vector<int>> warn_at;
  };
  // Each: Code::not_found for an unknown id and for another owner's alike.
  Result<Budget> change(std::string_view owner, std::string_view id, const Change& change,
                        const access::Actor& actor);
  Status remove(std::string_view owner, std::string_view id, const access::Actor& actor);
  Result<Budget> find(std::string_view owner, std::string_view id) const;

  std::vector<Budget> list(std::string_view owner) const;  // by name

  // What the tenant owns, and what others set over it.
  Status erase(store::Database& control, std::string_view tenant) override;
  void forget(std::string_view tenant) override;

 private:
  Budgets(store::Database& db, Ledger& ledger, access::AuditLog& audit, const Clock& clock)
      : db_(db), ledger_(ledger), audit_(audit), clock_(clock) {}
  Status load();
  Status check_name_free(const Budget& budget) const;

  store::Database& db_;
  Ledger& ledger_;
  access::AuditLog& audit_;
  const Clock& clock_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Budget, std::less<>> budgets_;  // by id
};

}  // namespace maester::meter
