#include "gateway/pipeline/guard_stream.h"

#include <algorithm>

#include "gateway/pipeline/guard_text.h"
#include "gateway/pipeline/guard_tools.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxHeldCalls = 1024;
constexpr std::size_t kMaxHeldBytes = 8u << 20;

bool governs(const Call& call) {
  return call.guarded->tools_governed &&
         call.snapshot->rulebook().tools().rules().on_invalid != guard::ToolFault::record;
}
bool judges(const Call& call) {
  return call.policy != nullptr && call.policy->output().acts;
}

}  // namespace

bool StreamGuard::needed(const Call& call) {
  return call.guarded != nullptr && !call.held_back && (judges(call) || governs(call));
}

StreamGuard::StreamGuard(Call& call) : call_(call), rules_(judges(call)), calls_(governs(call)) {
  call.guarded->spans_judged = rules_;
  call.guarded->calls_judged = calls_;
}

std::string_view StreamGuard::keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

void StreamGuard::refuse(Error error) {
  if (!call_.guarded->refusal) call_.guarded->refusal = std::move(error);
}

void StreamGuard::add_text(std::int64_t choice, Channel channel, std::string_view text,
                           bool final) {
  const guard::Phase& phase = call_.policy->output();
  auto& window = windows_.try_emplace({choice, channel}, phase.streamable).first->second;
  std::string out;
  std::vector<guard::Finding> findings;
  const bool passed = window.add(text, final, out, findings);
  for (const guard::Finding& one : findings) {
    const guard::Rule& rule = phase.rules[one.rule];
    call_.guarded->report.found("output", rule, one.kind, one.action);
    if (channel == Channel::reasoning && one.action == guard::Action::redact)
      rethought_[choice] = true;
    if (!passed && one.action == guard::Action::block) {
      refuse(make_error(Code::unprocessable,
                        "The answer was withheld: rule `" + rule.config.name + "` of policy `" +
                            call_.policy->name() + "` found " + one.kind + ".",
                        "policy"));
    }
  }
  if (out.empty()) return;
  const std::string_view kept = keep(std::move(out));
  if (channel == Channel::text) {
    out_.emplace_back(TextDelta{choice, kept});
  } else if (channel == Channel::reasoning) {
    out_.emplace_back(ReasoningDelta{choice, kept});
  } else {
    out_.emplace_back(RefusalDelta{choice, kept});
  }
}

void StreamGuard::add_call(const ToolCallDelta& delta) {
  auto at = std::ranges::find_if(held_, [&](const HeldCall& one) {
    return one.choice == delta.choice && one.number == delta.call;
  });
  if (at == held_.end()) {
    if (held_.size() >= kMaxHeldCalls) {
      refuse(make_error(Code::upstream_error, "The provider's answer has too many tool calls."));
      return;
    }
    held_.push_back({delta.choice, delta.call, {}});
    at = held_.end() - 1;
  }
  if (!delta.id.empty()) at->call.id = delta.id;
  if (!delta.name.empty()) at->call.name = delta.name;
  if (!delta.signature.empty()) at->call.signature = delta.signature;
  at->call.arguments += delta.arguments;
  if (at->call.arguments.size() > kMaxHeldBytes)
    refuse(
        make_error(Code::too_large, "A tool call's arguments are longer than this server keeps."));
}

// Calls are whole at their choice's end.
void StreamGuard::flush_calls(std::int64_t choice) {
  for (HeldCall& one : held_) {
    if (one.choice != choice || call_.guarded->refusal) continue;
    if (calls_) {
      std::string why;
      if (judge_call(call_, one.call, why) == CallVerdict::faulty) {
        refuse(tool_refusal(one.call, why));
        break;
      }
    }
    if (rules_) {
      guard::Judge judge(call_.policy->output(), "output", call_.guarded->report);
      judge.json(one.call.arguments, "");
      if (judge.blocker() != nullptr) {
        refuse(policy_refusal(*call_.policy, judge, false));
        break;
      }
    }
    const ToolCall& kept = one.call;
    out_.emplace_back(ToolCallDelta{choice, one.number, keep(kept.id), keep(kept.name),
                                    keep(kept.arguments), keep(kept.signature)});
  }
  std::erase_if(held_, [&](const HeldCall& one) { return one.choice == choice; });
}

void StreamGuard::flush(std::int64_t choice) {
  for (const Channel channel : {Channel::reasoning, Channel::text, Channel::refusal}) {
    if (call_.guarded->refusal) return;
    const auto at = windows_.find({choice, channel});
    if (at == windows_.end()) continue;
    add_text(choice, channel, "", true);
    windows_.erase(at);
  }
  flush_calls(choice);
}

bool StreamGuard::take(const StreamEvent& event) {
  if (rules_) {
    if (const auto* text = std::get_if<TextDelta>(&event)) {
      add_text(text->choice, Channel::text, text->text, false);
      return true;
    }
    if (const auto* thought = std::get_if<ReasoningDelta>(&event)) {
      add_text(thought->choice, Channel::reasoning, thought->text, false);
      return true;
    }
    if (const auto* refusal = std::get_if<RefusalDelta>(&event)) {
      add_text(refusal->choice, Channel::refusal, refusal->text, false);
      return true;
    }
    if (const auto* sign = std::get_if<ThinkingSigned>(&event)) {
      // The signature is of the text as it was; a block of thinking ends with it.
      if (windows_.contains({sign->choice, Channel::reasoning})) {
        add_text(sign->choice, Channel::reasoning, "", true);
        windows_.erase({sign->choice, Channel::reasoning});
      }
      return rethought_[sign->choice];
    }
    if (const auto* cited = std::get_if<CitationDelta>(&event)) {
      guard::Judge judge(call_.policy->output(), "output", call_.guarded->report);
      CitationDelta copy = *cited;
      if (judge.text(copy.citation.quote, "")) copy.citation.json.clear();
      if (judge.blocker() != nullptr) refuse(policy_refusal(*call_.policy, judge, false));
      if (judge.blocker() == nullptr) out_.emplace_back(std::move(copy));
      return true;
    }
  }
  if (const auto* call = std::get_if<ToolCallDelta>(&event)) {
    add_call(*call);
    return true;
  }
  if (const auto* end = std::get_if<StreamFinish>(&event)) flush(end->choice);
  return false;
}

bool StreamGuard::filter(std::vector<StreamEvent>& events) {
  texts_.clear();
  out_.clear();
  for (const StreamEvent& event : events) {
    const bool taken = take(event);
    if (call_.guarded->refusal) break;
    if (!taken) out_.push_back(event);
  }
  events.swap(out_);
  return !call_.guarded->refusal;
}

bool StreamGuard::finish(std::vector<StreamEvent>& events) {
  texts_.clear();
  out_.clear();
  while (!windows_.empty() && !call_.guarded->refusal) flush(windows_.begin()->first.first);
  while (!held_.empty() && !call_.guarded->refusal) flush_calls(held_.front().choice);
  events.swap(out_);
  return !call_.guarded->refusal;
}

}  // namespace maester::gateway
