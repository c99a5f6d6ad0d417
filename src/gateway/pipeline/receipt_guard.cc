#include "gateway/pipeline/receipt_guard.h"

namespace maester::gateway {

void write_guard(json::Writer& w, const Call& call) {
  w.key("guard");
  if (call.guarded == nullptr || call.policy == nullptr) {
    w.null();
    return;
  }
  w.begin_object().field("policy", call.policy->name()).key("findings").begin_array();
  for (const guard::ReportEntry& one : call.guarded->report.entries()) {
    w.begin_object().field("phase", one.phase).field("rule", one.rule).field("type", one.type);
    w.field("kind", one.kind).field("action", to_string(one.action));
    w.field("outcome", one.outcome == guard::Outcome::found ? "found" : "not_scanned");
    w.field("count", one.count).end_object();
  }
  w.end_array().end_object();
}

void write_governed_tools(json::Writer& w, const GuardState& state) {
  for (const GuardState::ToolUse& use : state.tools) {
    w.begin_object().field("name", use.name).key("version");
    use.version.empty() ? w.null() : w.value(use.version);
    w.field("calls", use.calls).field("invalid", use.invalid);
    if (use.stripped) w.field("stripped", true);
    w.end_object();
  }
}

}  // namespace maester::gateway
