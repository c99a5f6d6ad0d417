// A `pattern` of tokenizer.json, {"String": s} or {"Regex": r}, and a text cut by it. A regular
// expression runs in ICU with a bound on its steps and stack: what passes it ends the matching, and
// the rest of the text stays whole.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace maester::json {
class Value;
}

namespace maester::retrieval {

class PatternSplit {
 public:
  static Result<PatternSplit> read(const json::Value& pattern);
  static Result<PatternSplit> regex(std::string_view expression);

  // The text's parts in order, none empty: what matches and what stands between. Thread-safe.
  void each(std::string_view text,
            const std::function<void(std::string_view part, bool matches)>& sink) const;

 private:
  struct Compiled;
  void each_by_regex(std::string_view text,
                     const std::function<void(std::string_view, bool)>& sink) const;

  std::string literal_;
  std::shared_ptr<const Compiled> regex_;
};

}  // namespace maester::retrieval
