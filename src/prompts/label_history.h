// What one label pointed to, newest last: the stack that rollback pops.
#pragma once

#include <cstddef>
#include <vector>

#include "prompts/target.h"

namespace maester::prompts {

class LabelHistory {
 public:
  // REQUIRES: something was applied.
  const Target& current() const { return targets_.back(); }
  // What a rollback would go to; empty when there is nothing before the current target.
  const Target& previous() const;
  // The target with these shares that a rollback would come to; null when the label never had it.
  const Target* find_before(const Target& target) const;

  // A plain move puts the target on top. A rollback takes targets off until an equal one is on top,
  // or, when the label never was there, puts it on top. Replaying the stored moves in order gives
  // the same stack.
  void apply(Target target, bool rollback);

 private:
  static constexpr std::size_t kKept = 1000;  // older targets are forgotten
  std::vector<Target> targets_;
};

}  // namespace maester::prompts
