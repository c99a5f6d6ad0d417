// Objects of tenants in a database of their own, beside control.db: erased after the transaction in
// control.db that erases the tenant, and once more at the next start, in case the process ended in
// between. A tenant's name is never used twice, so erasing again does no harm.
//
//   WorkObjects work_objects(work_db, log);
//   work_objects.add(queue);                // a TenantRows; further ones likewise
//   keys.also_erase(work_objects);
//   work_objects.erase_again(keys.erased());  // at start
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/tenant_objects.h"
#include "base/result.h"
#include "obs/log.h"
#include "store/locked_database.h"

namespace maester::access {

// Whoever keeps rows of tenants there.
class TenantRows {
 public:
  virtual ~TenantRows() = default;
  // Deletes the tenant's rows; inside a transaction that all share.
  virtual Status erase(store::Database& db, std::string_view tenant) = 0;
  // That is committed: nothing of the tenant may be in memory when this returns, and nothing is
  // taken for it any more.
  virtual void forget(std::string_view tenant) = 0;
};

class WorkObjects final : public TenantObjects {
 public:
  WorkObjects(store::LockedDatabase& db, obs::Log& log) : db_(db), log_(log) {}
  void add(TenantRows& rows) { rows_.push_back(&rows); }  // before the first erasure
  Status erase(store::Database& control, std::string_view tenant) override;
  void forget(std::string_view tenant) override;
  // At start, with the names of all tenants that were erased.
  Status erase_again(std::span<const std::string> tenants);

 private:
  Status erase_rows(std::span<const std::string> tenants);
  store::LockedDatabase& db_;
  obs::Log& log_;
  std::vector<TenantRows*> rows_;
};

}  // namespace maester::access
