// Gates and their decisions in control.db (docs/formats/gates.md). For gates.cc only.
#pragma once

#include <functional>

#include "evals/gates/gates.h"
#include "store/sqlite.h"

namespace maester::evals::rows {

Status migrate_gates(store::Database& db);
Status load_gates(store::Database& db, const std::function<void(Gate)>& each);
Status insert_gate(store::Database& db, const Gate& gate);
Status delete_gate(store::Database& db, std::string_view tenant, std::string_view name);
// With it the gate's rows beyond the newest 1,000 go.
Status insert_decision(store::Database& db, std::string_view tenant, const Decision& one);
Result<std::vector<Decision>> page_decisions(store::Database& db, std::string_view tenant,
                                             std::string_view gate, std::int64_t before,
                                             std::size_t limit);
Status delete_of(store::Database& db, std::string_view tenant);

}  // namespace maester::evals::rows
