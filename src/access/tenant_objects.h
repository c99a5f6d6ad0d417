// The seam by which whoever keeps objects of tenants in control.db lets go of them when a tenant is
// erased. Registered with KeyStore::also_erase() by the composition root.
#pragma once

#include <string_view>

#include "base/result.h"
#include "store/sqlite.h"

namespace maester::access {

class TenantObjects {
 public:
  virtual ~TenantObjects() = default;
  // Deletes the tenant's rows, inside the transaction that erases it.
  virtual Status erase(store::Database& control, std::string_view tenant) = 0;
  // That transaction is committed: nothing of the tenant may be in memory when this returns.
  virtual void forget(std::string_view tenant) = 0;
};

}  // namespace maester::access
