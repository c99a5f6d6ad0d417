// The limits of all tenants: durable in control.db, in force in the limiter.
//
// Thread-safe. Writes are blocking SQL: run them in the WorkerPool that writes control.db. A write
// is in force as soon as it is committed.
#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "access/tenant_objects.h"
#include "base/clock.h"
#include "base/result.h"
#include "meter/limit.h"
#include "meter/limiter.h"

namespace maester::store {
class Database;
}

namespace maester::meter {

class Limits final : public access::TenantObjects {
 public:
  // Creates what is missing in the schema, loads everything and puts it into the limiter. All that
  // is given must outlive it; nobody else uses that connection during a write.
  static Result<std::unique_ptr<Limits>> open(store::Database& control_db, Limiter& limiter,
                                              access::AuditLog& audit, const Clock& clock);

  // `limit` with its id; created_at is set here. Errors of check().
  Result<Limit> create(Limit limit, const access::Actor& actor);
  // The rates and bounds of `limit` in the place of the old ones; its scope and id stay. Each
  // below: Code::not_found for an unknown id and for another owner's alike.
  Result<Limit> change(std::string_view owner, std::string_view id, const Limit& limit,
                       const access::Actor& actor);
  Status remove(std::string_view owner, std::string_view id, const access::Actor& actor);
  Result<Limit> find(std::string_view owner, std::string_view id) const;

  std::vector<Limit> list(std::string_view owner) const;  // in order of creation

  // What the tenant owns, and what others set over it.
  Status erase(store::Database& control, std::string_view tenant) override;
  void forget(std::string_view tenant) override;

 private:
  Limits(store::Database& db, Limiter& limiter, access::AuditLog& audit, const Clock& clock)
      : db_(db), limiter_(limiter), audit_(audit), clock_(clock) {}
  Status load();

  store::Database& db_;
  Limiter& limiter_;
  access::AuditLog& audit_;
  const Clock& clock_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Limit, std::less<>> limits_;  // by id
};

}  // namespace maester::meter
