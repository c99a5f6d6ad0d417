// The re-costings that were asked for and are not over, durable in control.db: a restart begins
// them anew. What was corrected before shows no difference then, so nothing is corrected twice.
//
// Blocking. REQUIRES: one thread at a time (the control pool's).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/sqlite.h"

namespace maester::meter {

struct RecostOrder {
  std::string id;
  WallTime from{}, to{};
  bool dry_run = true;
  std::string price_version;  // "" = the book of each settlement's time
  bool operator==(const RecostOrder&) const = default;
};

class RecostStore {
 public:
  // Creates what is missing in the schema. Both must outlive it.
  static Result<std::unique_ptr<RecostStore>> open(store::Database& control_db,
                                                   access::AuditLog& audit);

  // With its row in the audit log, in one transaction; a dry run changes nothing and has none.
  Status begin(const RecostOrder& order, const access::Actor& actor);
  Status end(std::string_view id);  // over, one way or another; fine when it is not there
  Result<std::vector<RecostOrder>> unfinished();

 private:
  RecostStore(store::Database& db, access::AuditLog& audit) : db_(db), audit_(audit) {}
  store::Database& db_;
  access::AuditLog& audit_;
};

}  // namespace maester::meter
