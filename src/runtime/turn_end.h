// Work that collects while coroutines run and is done once for all of them, before their core looks
// for events again: a write of what many have said.
#pragma once

namespace maester::runtime {

// Must outlive the turn in which it was asked for.
class TurnEnd {
 public:
  virtual void at_turn_end() = 0;

 protected:
  ~TurnEnd() = default;

 private:
  friend class TurnEnds;
  bool queued_ = false;
};

// Once at the end of this turn of the current core; what it makes ready is resumed in the same
// turn. Again before that = once. REQUIRES: on a core's thread.
void at_turn_end(TurnEnd& work);

}  // namespace maester::runtime
