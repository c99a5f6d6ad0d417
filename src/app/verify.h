// Checks every record of a data directory's journal and every row of its audit log, without a
// server.
#pragma once

#include <cstdint>
#include <string>

#include "access/audit_verify.h"
#include "base/result.h"
#include "store/journal.h"

namespace maester::app {

struct VerifyReport {
  store::OpenReport journal;
  std::uint64_t records = 0;
  access::AuditReport audit;
};

// Locks the directory and opens its journal, which cuts off what was not written whole. `anchors`:
// a file with heads of the audit log; "" = DATA/audit.anchors, if it is there. What is wrong with
// the audit log stands in the report; a damaged journal is Code::corrupt. Blocking, long.
Result<VerifyReport> verify_data(const std::string& data_dir, const std::string& anchors);

// "the audit chain of `acme` is broken at number 7: ..."
std::string describe(const access::AuditFault& fault);

}  // namespace maester::app
