#include "gateway/guard/report.h"

#include <algorithm>

#include "gateway/guard/policy.h"

namespace maester::gateway::guard {

void Report::add(ReportEntry entry) {
  const auto same = std::ranges::find_if(entries_, [&](const ReportEntry& one) {
    return one.phase == entry.phase && one.rule == entry.rule && one.kind == entry.kind &&
           one.action == entry.action && one.outcome == entry.outcome;
  });
  if (same == entries_.end()) {
    entries_.push_back(std::move(entry));
  } else {
    same->count += entry.count;
  }
}

void Report::found(std::string_view phase, const Rule& rule, std::string_view kind, Action action) {
  add({phase, rule.config.name, to_string(rule.config.type), std::string(kind), action,
       Outcome::found, 1});
}

void Report::not_scanned(std::string_view phase, const Rule& rule, std::string_view what,
                         bool refused) {
  add({phase, rule.config.name, to_string(rule.config.type), std::string(what),
       refused ? Action::block : Action::record, Outcome::not_scanned, 1});
}

}  // namespace maester::gateway::guard
