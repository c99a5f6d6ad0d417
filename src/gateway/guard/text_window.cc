#include "gateway/guard/text_window.h"

#include <algorithm>

#include "gateway/guard/bytes.h"

namespace maester::gateway::guard {

std::string_view to_string(Action action) {
  switch (action) {
    case Action::record:
      return "record";
    case Action::redact:
      return "redact";
    case Action::block:
      return "block";
  }
  return "block";
}

std::string placeholder(std::string_view kind) {
  return "[redacted:" + std::string(kind) + "]";
}

TextWindow::TextWindow(std::span<const SpanRule> rules)
    : rules_(rules), cursors_(rules.size(), 0) {}

bool TextWindow::allowed(const SpanRule& rule, std::string_view text) const {
  if (rule.allow.empty()) return false;
  const std::string folded = lower_ascii(text);
  return std::ranges::any_of(rule.allow, [&](std::string_view one) {
    if (one.starts_with('*')) return folded.ends_with(lower_ascii(one.substr(1)));
    return folded == lower_ascii(one);
  });
}

void TextWindow::scan(bool final) {
  const std::size_t before = hits_.size();
  for (std::size_t r = 0; r < rules_.size(); ++r) {
    for (;;) {
      const Step step = rules_[r].scanner->next(buffer_, cursors_[r], final);
      cursors_[r] = step.resume;
      if (!step.match) break;
      const auto [begin, end, kind] = *step.match;
      if (!allowed(rules_[r], std::string_view(buffer_).substr(begin, end - begin)))
        hits_.push_back({begin, end, kind, r});
    }
  }
  if (hits_.size() == before) return;
  std::ranges::sort(hits_, [](const Hit& a, const Hit& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.rule < b.rule;
  });
}

// Appends buffer_[passed_, to) without what is redacted. REQUIRES: every hit before `to` is known.
void TextWindow::pass(std::size_t to, std::string& out) {
  for (const Hit& hit : hits_) {
    if (hit.begin >= to) break;
    if (rules_[hit.rule].action != Action::redact || hit.end <= passed_) continue;
    if (hit.begin >= passed_) {
      out.append(buffer_, passed_, hit.begin - passed_);
      out += placeholder(hit.kind);
    }
    passed_ = hit.end;
  }
  if (to > passed_) {
    out.append(buffer_, passed_, to - passed_);
    passed_ = to;
  }
}

// Forgets what was passed, but for what the scanners may look back upon.
void TextWindow::trim() {
  std::size_t needed = passed_;
  for (const std::size_t cursor : cursors_) needed = std::min(needed, cursor);
  if (needed < 4096) return;
  const std::size_t drop = needed - kLookBehind;
  buffer_.erase(0, drop);
  passed_ -= drop;
  for (std::size_t& cursor : cursors_) cursor -= drop;
  for (Hit& hit : hits_) {
    hit.begin -= std::min(hit.begin, drop);
    hit.end -= std::min(hit.end, drop);
  }
}

bool TextWindow::add(std::string_view text, bool final, std::string& out,
                     std::vector<Finding>& findings) {
  if (blocked_) return false;
  buffer_ += text;
  if (rules_.empty()) {
    passed_ = buffer_.size();
    out += text;
    buffer_.clear();
    passed_ = 0;
    return true;
  }
  scan(final);
  std::size_t decided = *std::ranges::min_element(cursors_);
  // Not inside of a character, which its reader would take for a torn one.
  while (!final && decided > 0 && decided < buffer_.size() && (buffer_[decided] & 0xc0) == 0x80)
    --decided;
  std::size_t counted = 0;
  for (; counted < hits_.size() && hits_[counted].begin < decided; ++counted) {
    const Hit& hit = hits_[counted];
    const SpanRule& rule = rules_[hit.rule];
    findings.push_back({rule.rule, std::string(hit.kind), rule.action});
    if (rule.action != Action::block) continue;
    blocked_ = true;
    if (hit.begin > passed_) pass(hit.begin, out);
    return false;
  }
  pass(decided, out);
  hits_.erase(hits_.begin(), hits_.begin() + static_cast<std::ptrdiff_t>(counted));
  trim();
  return true;
}

}  // namespace maester::gateway::guard
