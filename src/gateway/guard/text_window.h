// A text that arrives in pieces, on its way past span rules: what may be passed on is passed on,
// with redactions made; what might still begin a match is held back.
//
// A whole text goes the same way in one piece, so that a stream and a whole answer get the same
// verdict whatever the cuts (text_window_test.cc).
//
// The order of events is that of the text: a finding counts once every rule has passed the place
// where it begins, and with the first match of a blocking rule the text ends before it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

enum class Action : std::uint8_t { record, redact, block };
std::string_view to_string(Action action);

struct SpanRule {
  const Scanner* scanner = nullptr;  // not owned
  std::size_t rule = 0;              // its number in the policy
  Action action = Action::record;
  std::span<const std::string> allow;  // what is no finding, in any letter case; "*@host" an ending
};

struct Finding {
  std::size_t rule = 0;
  std::string kind;
  Action action = Action::record;
  bool operator==(const Finding&) const = default;
};

// What stands in a redacted match's place: "[redacted:email]".
std::string placeholder(std::string_view kind);

class TextWindow {
 public:
  // `rules` outlive the window. Without rules everything passes.
  explicit TextWindow(std::span<const SpanRule> rules);

  // Takes more of the text; `final` with its last piece. Appends to `out` what may go on and to
  // `findings` what was found. False once a blocking rule has matched: nothing passes any more.
  bool add(std::string_view text, bool final, std::string& out, std::vector<Finding>& findings);
  bool blocked() const { return blocked_; }
  // Whether anything is held back.
  bool holding() const { return passed_ < buffer_.size(); }

 private:
  struct Hit {
    std::size_t begin, end;
    std::string_view kind;
    std::size_t rule;  // in rules_
  };
  void scan(bool final);
  void pass(std::size_t to, std::string& out);
  void trim();
  bool allowed(const SpanRule& rule, std::string_view text) const;

  std::span<const SpanRule> rules_;
  std::vector<std::size_t> cursors_;  // by rule: everything before it is decided
  std::vector<Hit> hits_;             // not yet passed, by place
  std::string buffer_;                // the text, less what nobody needs any more
  std::size_t passed_ = 0;            // in buffer_: what went on, or was redacted
  bool blocked_ = false;
};

}  // namespace maester::gateway::guard
