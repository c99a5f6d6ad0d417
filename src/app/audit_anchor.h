// Keeping the audit log's heads outside of its database: in the log, and in `audit.anchors` of the
// data directory (docs/formats/audit.md). A copy that an administrator of this machine cannot
// change is what proves that no row was cut off: collect the log elsewhere.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "access/audit.h"
#include "base/clock.h"
#include "base/result.h"
#include "obs/log.h"
#include "store/sqlite.h"

namespace maester::app {

class AuditAnchor {
 public:
  AuditAnchor(std::string file, store::Database& control, access::AuditLog& audit,
              const Clock& clock, obs::Log& log)
      : file_(std::move(file)), control_(control), audit_(audit), clock_(clock), log_(log) {}

  // Tells the heads that are new since the last call; costs one look when nothing was written.
  // REQUIRES: on the thread that owns the control database.
  Status tell();

 private:
  std::string file_;
  store::Database& control_;
  access::AuditLog& audit_;
  const Clock& clock_;
  obs::Log& log_;
  std::int64_t seen_ = -1;
  std::map<std::string, std::int64_t> told_;  // chain -> sequence number
};

}  // namespace maester::app
