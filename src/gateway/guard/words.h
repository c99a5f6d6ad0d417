// Lists of words: what may not be said, competitors, topics. Whole words, in any letter case; a
// `*` at the end of an entry stands for any end of the word. An entry may be several words.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

struct WordList {
  std::string kind;  // of its findings
  std::vector<std::string> words;
};

// Code::invalid_request for an entry that is empty, longer than 200 bytes, or no UTF-8.
Result<std::unique_ptr<Scanner>> make_word_scanner(std::vector<WordList> lists);

}  // namespace maester::gateway::guard
