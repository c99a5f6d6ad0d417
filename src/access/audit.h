// The audit log (RULES.md §5, docs/formats/audit.md): hash-chained rows in control.db, a chain for
// each tenant and one for the system.
//
// Whoever owns an object that can be changed writes its row in the transaction of the change:
//
//   db.transaction([&]() -> Status {
//     TRY(insert_budget(db, budget));
//     return audit.record(actor, {tenant, "budget.create", budget.id, "", canonical(budget)});
//   });
//
// so that neither exists without the other. `actor` comes from the request (api/actor.h) and is
// passed down; what the program does by itself says Actor::program().
//
// REQUIRES (all): on the thread that owns the control database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/hmac.h"
#include "base/result.h"
#include "store/sqlite.h"

namespace maester::access {

// Who made a change.
struct Actor {
  std::string tenant;  // of the key
  std::string key_id;
  std::string source;  // "api 127.0.0.1"
  static Actor program() { return {"", "", "program"}; }
};

// What was changed. `before` and `after` are any canonical text of the object's state, "" where
// there is none; only a keyed digest of them is kept. The views live until record() returns.
struct Change {
  std::string_view chain;   // the tenant whose object it is; kSystemChain
  std::string_view action;  // "key.create"
  std::string_view object;  // id within the tenant
  std::string_view before, after;
};

inline constexpr std::string_view kSystemChain = "";

struct AuditRow {
  std::string chain;
  std::int64_t seq = 0;
  WallTime at{};
  Actor actor;
  std::string action, object;
  std::string before, after;  // 32 bytes, or empty
  Sha256 prev{}, hash{};
};

// The end of a chain, as it was at some time.
struct AuditHead {
  std::string chain;
  std::int64_t seq = 0;
  Sha256 hash{};
  bool operator==(const AuditHead&) const = default;
};

// What `hash` must be.
Sha256 audit_hash(const AuditRow& row);

class AuditLog {
 public:
  // Makes the table. `digest_key` keys the digests of `before` and `after`.
  static Result<std::unique_ptr<AuditLog>> open(store::Database& control, const Clock& clock,
                                                std::string_view digest_key);

  // REQUIRES: inside a transaction, which the caller rolls back when this fails.
  Status record(const Actor& actor, const Change& change);

  // Newest first, before sequence number `before` (0 = from the end).
  Result<std::vector<AuditRow>> page(std::string_view chain, std::int64_t before,
                                     std::size_t limit);
  Result<std::vector<AuditHead>> heads();
  Result<AuditHead> head(std::string_view chain);  // seq 0 when the chain is empty

 private:
  AuditLog(store::Database& control, const Clock& clock, std::string_view digest_key)
      : db_(control), clock_(clock), digest_(digest_key) {}
  store::Database& db_;
  const Clock& clock_;
  HmacSha256 digest_;
};

// A row of `SELECT chain, seq, at, actor, key_id, source, action, object, before, after, prev,
// hash`.
Result<AuditRow> read_audit_row(const store::Statement& row);

}  // namespace maester::access
