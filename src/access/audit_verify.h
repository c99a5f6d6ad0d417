// Checking the audit log's chains, without any key: for `maester verify`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "base/result.h"
#include "store/sqlite.h"

namespace maester::access {

struct AuditFault {
  std::string chain;
  std::int64_t seq = 0;  // the first that is wrong
  std::string why;
};

struct AuditReport {
  std::uint64_t rows = 0, chains = 0, anchors = 0;
  std::vector<AuditFault> faults;  // at most one a chain, the earliest
};

// Recomputes every hash. An anchor is a head that was seen once: its row must still be there.
Result<AuditReport> verify_audit(store::Database& control, std::span<const AuditHead> anchors);

// A line of an anchor file: "TIME SEQ HASH CHAIN" (docs/formats/audit.md).
std::string anchor_line(const AuditHead& head, WallTime at);
Result<std::vector<AuditHead>> parse_anchors(std::string_view text);

}  // namespace maester::access
