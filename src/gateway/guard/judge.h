// A policy's rules for one direction, run over the texts of a request or an answer. Pure.
//
// Rules that find places see every text; `injection` and `languages` judge each text by itself,
// `length` their sum (finish()), `json_schema` the answer's own text. Rules that ask somebody else
// are not run here (pipeline/guard_remote.h).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/guard/policy.h"
#include "gateway/guard/report.h"

namespace maester::gateway::guard {

class Judge {
 public:
  // `phase` is "input" or "output". All outlive the judge.
  Judge(const Phase& rules, std::string_view phase, Report& report)
      : rules_(rules), phase_(phase), report_(report) {}

  // `text` becomes what may be passed on; true when that differs. `role` is the message's, "" for
  // an answer's text. `spans_done`: the rules of Phase::streamable have seen it already.
  bool text(std::string& text, std::string_view role, bool spans_done = false);
  // The strings and numbers inside of a JSON text, one by one; as text when it is none. Those that
  // were redacted are added to `changes`, before and after.
  bool json(std::string& text, std::string_view role,
            std::vector<std::pair<std::string, std::string>>* changes = nullptr);
  // Rules over everything that was seen. REQUIRES: nothing follows.
  void finish();
  // Of the answer's own text.
  void schema(std::string_view content);
  // Something that no rule here can see.
  void unscannable(std::string_view what, std::string_view role);

  // The rule that refuses what was seen, and what it found; null while none does.
  const Rule* blocker() const { return blocker_; }
  const std::string& blocked_kind() const { return blocked_kind_; }

 private:
  void judge_whole(std::string_view text, std::string_view role);
  void found(const Rule& rule, std::string_view kind);
  const Phase& rules_;
  std::string_view phase_;
  Report& report_;
  std::size_t characters_ = 0;
  const Rule* blocker_ = nullptr;
  std::string blocked_kind_;
};

// Whether the rule looks at messages of this role.
bool looks_at(const Rule& rule, std::string_view role);

}  // namespace maester::gateway::guard
