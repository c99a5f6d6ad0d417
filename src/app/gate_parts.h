// The long-lived parts of release gates, in the order in which they are made.
#pragma once

#include <memory>

#include "app/control_guard.h"
#include "evals/gates/gates.h"

namespace maester::app {

struct Parts;

// Members are destroyed from the last to the first.
struct GateParts {
  std::unique_ptr<evals::Gates> gates;
  std::unique_ptr<evals::Evidence> evidence;
  std::unique_ptr<ControlGuard> guard;  // for owners on other threads than control.db's
};

// REQUIRES: control.db and the audit log are open.
Status open_gates(Parts& parts);
// From here on gates decide, and indexes and the configuration ask them. REQUIRES: runs can be
// read, the knowledge engine is open; the workers do not run yet.
void attach_gates(Parts& parts);

}  // namespace maester::app
