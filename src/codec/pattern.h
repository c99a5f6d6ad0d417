// Regular expressions that came from outside: written in ECMAScript's dialect (JSON Schema's
// `pattern`, a check's `regex`), run by RE2, so in time linear in the text. What RE2 cannot say
// (look-around, back-references) is an error, not a guess.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace maester {

// Immutable and thread-safe after compile(); copies share the program.
class Pattern {
 public:
  // Fails with Code::invalid_request naming the pattern. The program is at most about 1 MiB.
  static Result<Pattern> compile(std::string_view ecma);
  // Whether it matches anywhere in the text. REQUIRES: text is UTF-8
  bool matches(std::string_view text) const;
  // The first match that begins at or after `from` and before `until`, as a part of `text`; what
  // stands before `from` counts as its surroundings. Nothing for none.
  std::optional<std::string_view> find(std::string_view text, std::size_t from,
                                       std::size_t until) const;

 private:
  std::shared_ptr<const re2::RE2> program_;
};

// The same expression in RE2's syntax.
Result<std::string> translate_pattern(std::string_view ecma);

}  // namespace maester
