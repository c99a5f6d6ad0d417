// A stream on its way past a policy's output rules and the rules for tools: text is passed on when
// no match can begin in it any more, calls when they are whole and good. On the normalised events,
// so the same for every protocol.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "gateway/chat.h"
#include "gateway/guard/judge.h"
#include "gateway/guard/text_window.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

class StreamGuard {
 public:
  // Whether this call's stream has to pass one.
  static bool needed(const Call& call);
  // REQUIRES: needed(call)
  explicit StreamGuard(Call& call);

  // Puts what may go on in the place of `events`. False when the answer is refused: call.guarded->
  // refusal says why, and what is in `events` is the last that goes on. Views in `events` live
  // until the next call.
  bool filter(std::vector<StreamEvent>& events);
  // At the provider's end: what was held back.
  bool finish(std::vector<StreamEvent>& events);

 private:
  enum class Channel : std::uint8_t { text, reasoning, refusal };
  struct HeldCall {
    std::int64_t choice = 0, number = 0;
    ToolCall call;
  };
  void add_text(std::int64_t choice, Channel channel, std::string_view text, bool final);
  void add_call(const ToolCallDelta& delta);
  void flush_calls(std::int64_t choice);
  void flush(std::int64_t choice);
  void refuse(Error error);
  bool take(const StreamEvent& event);
  std::string_view keep(std::string text);

  Call& call_;
  const bool rules_, calls_;  // what is looked at: texts, tool calls
  std::map<std::pair<std::int64_t, Channel>, guard::TextWindow> windows_;
  std::vector<HeldCall> held_;
  std::map<std::int64_t, bool> rethought_;  // choices whose reasoning was changed
  std::deque<std::string> texts_;           // what the events' views point to
  std::vector<StreamEvent> out_;
};

}  // namespace maester::gateway
