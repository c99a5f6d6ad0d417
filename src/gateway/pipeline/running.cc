#include "gateway/pipeline/running.h"

#include "gateway/pipeline/call.h"

namespace maester::gateway {

RunningCalls::Entry::Entry(RunningCalls& running, Call& call)
    : call_(call),
      stop_(call.gone),
      head_(&running.heads_[runtime::Core::current()->index()].first),
      next_(*head_) {
  if (next_ != nullptr) next_->previous_ = this;
  *head_ = this;
  call_.gone = stop_.token();
}

RunningCalls::Entry::~Entry() {
  (previous_ != nullptr ? previous_->next_ : *head_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  call_.gone = {};
}

void RunningCalls::end(Which which, Error why) {
  for (std::size_t core = 0; core < heads_.size(); ++core) {
    cores_.at(core).post([this, core, which, why] {
      // A stopped call is resumed by the loop, not from here: the list does not change meanwhile.
      for (Entry* entry = heads_[core].first; entry != nullptr; entry = entry->next_) {
        if (entry->ended_ || !which(entry->call_.principal)) continue;
        entry->ended_ = why;
        entry->stop_.request_stop();
      }
    });
  }
}

}  // namespace maester::gateway
