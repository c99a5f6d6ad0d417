#include "gateway/providers/common/think_tags.h"

#include <algorithm>

namespace maester::gateway::providers {

namespace {

constexpr std::string_view kOpen = "<think>", kClose = "</think>", kBlank = " \t\r\n";

// How many bytes at the end of `text` could be the beginning of `tag`.
std::size_t partial(std::string_view text, std::string_view tag) {
  for (std::size_t size = std::min(text.size(), tag.size() - 1); size > 0; --size) {
    if (text.ends_with(tag.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

// One move of what is held; false when more has to come first.
bool ThinkTags::step(std::string& text, std::string& thinking) {
  switch (state_) {
    case State::start: {
      const std::size_t first = held_.find_first_not_of(kBlank);
      if (first == std::string::npos) return false;
      const std::string_view rest = std::string_view(held_).substr(first);
      if (rest.size() < kOpen.size() && kOpen.starts_with(rest)) return false;
      if (rest.starts_with(kOpen)) {
        held_.erase(0, first + kOpen.size());
        state_ = State::thinking;
      } else {
        state_ = State::text;
      }
      return true;
    }
    case State::thinking: {
      const std::size_t close = held_.find(kClose);
      if (close == std::string::npos) {
        const std::size_t sure = held_.size() - partial(held_, kClose);
        thinking.append(held_, 0, sure);
        held_.erase(0, sure);
        return false;
      }
      thinking.append(held_, 0, close);
      held_.erase(0, close + kClose.size());
      state_ = State::gap;
      return true;
    }
    case State::gap:
      held_.erase(0, std::min(held_.find_first_not_of(kBlank), held_.size()));
      if (held_.empty()) return false;
      state_ = State::text;
      return true;
    case State::text:
      text += held_;
      held_.clear();
      return false;
  }
  return false;
}

void ThinkTags::feed(std::string_view piece, std::string& text, std::string& thinking) {
  if (state_ == State::text) {
    text += piece;
    return;
  }
  held_ += piece;
  while (step(text, thinking)) {
  }
}

void ThinkTags::finish(std::string& text, std::string& thinking) {
  (state_ == State::thinking ? thinking : text) += held_;
  held_.clear();
}

}  // namespace maester::gateway::providers
