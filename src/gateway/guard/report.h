// What a policy found in one request, for the receipt: counts by rule and kind, never the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/guard/text_window.h"

namespace maester::gateway::guard {

struct Rule;

enum class Outcome : std::uint8_t {
  found,        // the rule's action was taken
  not_scanned,  // the rule could not see it (an image, audio) or could not run
};

struct ReportEntry {
  std::string_view phase;  // "input" | "output"
  std::string rule;
  std::string_view type;
  std::string kind;
  Action action = Action::record;
  Outcome outcome = Outcome::found;
  std::int64_t count = 0;
};

class Report {
 public:
  void found(std::string_view phase, const Rule& rule, std::string_view kind, Action action);
  // `what`: "image", "audio", "timeout", ...; `refused`: the request ends for it.
  void not_scanned(std::string_view phase, const Rule& rule, std::string_view what, bool refused);
  const std::vector<ReportEntry>& entries() const { return entries_; }

 private:
  void add(ReportEntry entry);
  std::vector<ReportEntry> entries_;  // one by phase, rule, kind, action and outcome
};

}  // namespace maester::gateway::guard
