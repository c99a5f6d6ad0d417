// What one label pointed to, newest last: the stack that rollback pops.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace maester::prompts {

class LabelHistory {
 public:
  // REQUIRES: something was applied.
  const std::string& current() const { return targets_.back(); }
  // What a rollback would go to; "" when there is nothing before the current target.
  std::string_view previous() const {
    return targets_.size() < 2 ? std::string_view() : targets_[targets_.size() - 2];
  }

  // A plain move puts the target on top. A rollback takes targets off until `version` is on top,
  // or, when the label never was there, puts it on top. Replaying the stored moves in order gives
  // the same stack.
  void apply(std::string_view version, bool rollback);

 private:
  static constexpr std::size_t kKept = 1000;  // older targets are forgotten
  std::vector<std::string> targets_;
};

}  // namespace maester::prompts
