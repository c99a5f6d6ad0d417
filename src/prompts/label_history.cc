#include "prompts/label_history.h"

#include <algorithm>
#include <utility>

namespace maester::prompts {

const Target& LabelHistory::previous() const {
  static const Target kNone;
  return targets_.size() < 2 ? kNone : targets_[targets_.size() - 2];
}

const Target* LabelHistory::find_before(const Target& target) const {
  if (targets_.empty()) return nullptr;
  const auto found = std::find(targets_.rbegin() + 1, targets_.rend(), target);
  return found == targets_.rend() ? nullptr : &*found;
}

void LabelHistory::apply(Target target, bool rollback) {
  if (rollback && !targets_.empty()) {
    const auto found = std::find(targets_.rbegin() + 1, targets_.rend(), target);
    if (found != targets_.rend()) {
      targets_.erase(found.base(), targets_.end());
      return;
    }
  }
  if (!targets_.empty() && targets_.back() == target) return;
  if (targets_.size() == kKept) targets_.erase(targets_.begin());
  targets_.push_back(std::move(target));
}

}  // namespace maester::prompts
