#include "app/gate_parts.h"

#include "app/evals_parts.h"
#include "app/runtime_parts.h"

namespace maester::app {
Status open_gates(Parts& parts) {
  TRY_ASSIGN(parts.gates.gates, evals::Gates::open(*parts.control_db, parts.clock, *parts.audit));
  return {};
}

void attach_gates(Parts& parts) {
  GateParts& made = parts.gates;
  const auto latest = [&parts](std::string_view tenant,
                               std::string_view name) -> Result<std::int64_t> {
    TRY_ASSIGN(const evals::Dataset dataset, parts.evals->datasets->find(tenant, name));
    return dataset.latest.number;
  };
  made.evidence = std::make_unique<evals::Evidence>(*parts.evals->runs, latest, parts.clock);
  made.gates->attach(*made.evidence);
  made.guard = std::make_unique<ControlGuard>(*made.gates, *parts.control_pool);
  parts.knowledge.library->guard_with(*made.guard);
  parts.config->guard_with(*made.gates);
}

}  // namespace maester::app
