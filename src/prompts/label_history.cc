#include "prompts/label_history.h"

#include <algorithm>

namespace maester::prompts {

void LabelHistory::apply(std::string_view version, bool rollback) {
  if (rollback && !targets_.empty()) {
    const auto found = std::find(targets_.rbegin() + 1, targets_.rend(), version);
    if (found != targets_.rend()) {
      targets_.erase(found.base(), targets_.end());
      return;
    }
  }
  if (!targets_.empty() && targets_.back() == version) return;
  if (targets_.size() == kKept) targets_.erase(targets_.begin());
  targets_.emplace_back(version);
}

}  // namespace maester::prompts
