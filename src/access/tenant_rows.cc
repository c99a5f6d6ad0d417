#include "access/tenant_rows.h"

namespace maester::access {

Status WorkObjects::erase(store::Database&, std::string_view) {
  return {};  // control.db's transaction may still fail: forget() is told when it has not
}

Status WorkObjects::erase_rows(std::span<const std::string> tenants) {
  const auto db = db_.use();
  return db->transaction([&]() -> Status {
    for (const std::string& tenant : tenants) {
      for (TenantRows* rows : rows_) TRY(rows->erase(*db, tenant));
    }
    return {};
  });
}

void WorkObjects::forget(std::string_view tenant) {
  const std::string name(tenant);
  // First: whoever runs for the tenant stops, and adds nothing behind the erasure.
  for (TenantRows* rows : rows_) rows->forget(tenant);
  if (const Status erased = erase_rows({&name, 1}); !erased) {
    log_.event(obs::Level::error, "tenant_rows_not_erased")
        .field("tenant", tenant)
        .field("reason", erased.error().message)
        .field("detail", erased.error().detail)
        .field("next", "The next start erases them.");
  }
}

Status WorkObjects::erase_again(std::span<const std::string> tenants) {
  if (tenants.empty()) return {};
  TRY(erase_rows(tenants));
  for (const std::string& tenant : tenants) {
    for (TenantRows* rows : rows_) rows->forget(tenant);
  }
  return {};
}

}  // namespace maester::access
