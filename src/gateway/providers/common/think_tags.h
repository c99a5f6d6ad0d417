// Open models served without a parser for their reasoning write it into the text:
// "<think>reasoning</think>answer". Takes the two apart, in any cut.
#pragma once

#include <string>
#include <string_view>

namespace maester::gateway::providers {

// Only a block at the very beginning counts (blanks before it aside): tags later in the text are
// what the model said. The blanks between the block and the answer are dropped.
class ThinkTags {
 public:
  // Appends what is known to be text or thinking by now.
  void feed(std::string_view piece, std::string& text, std::string& thinking);
  // At the end: what was held because it could have been a tag. A block that is never closed is
  // thinking.
  void finish(std::string& text, std::string& thinking);

 private:
  enum class State { start, thinking, gap, text };
  bool step(std::string& text, std::string& thinking);
  State state_ = State::start;
  std::string held_;
};

}  // namespace maester::gateway::providers
