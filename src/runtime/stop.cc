#include "runtime/stop.h"

#include <utility>

namespace maester::runtime {

bool StopToken::stop_requested() const {
  return source_ != nullptr && source_->stop_requested();
}

StopCallback::StopCallback(StopToken token, std::function<void()> action)
    : action_(std::move(action)), source_(token.source_) {
  if (source_ == nullptr) return;
  if (source_->stopped_) {
    source_ = nullptr;
    action_();
    return;
  }
  previous_ = source_->last_;
  (previous_ != nullptr ? previous_->next_ : source_->first_) = this;
  source_->last_ = this;
}

StopCallback::~StopCallback() {
  if (source_ == nullptr) return;
  (previous_ != nullptr ? previous_->next_ : source_->first_) = next_;
  (next_ != nullptr ? next_->previous_ : source_->last_) = previous_;
}

StopSource::StopSource(StopToken parent) {
  if (parent.source_ != nullptr) parent_link_.emplace(parent, [this] { request_stop(); });
}

StopSource::~StopSource() {
  if (destroyed_ != nullptr) *destroyed_ = true;
  for (StopCallback* callback = first_; callback != nullptr; callback = callback->next_) {
    callback->source_ = nullptr;
  }
}

void StopSource::request_stop() {
  if (stopped_) return;
  stopped_ = true;
  bool destroyed = false;
  destroyed_ = &destroyed;
  while (first_ != nullptr) {
    StopCallback* callback = first_;
    first_ = callback->next_;
    (first_ != nullptr ? first_->previous_ : last_) = nullptr;
    callback->next_ = nullptr;
    callback->source_ = nullptr;
    // The action may destroy the callback, or this source.
    const std::function<void()> action = std::move(callback->action_);
    action();
    if (destroyed) return;
  }
  destroyed_ = nullptr;
}

}  // namespace maester::runtime
