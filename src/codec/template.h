// Prompt templates: `{name}` is replaced by a value; `{{` and `}}` stand for braces. One pass, no
// logic, no nesting: a value is data and is never looked at again (THREATS.md R3).
//
// A name is [A-Za-z_][A-Za-z0-9_.-]{0,63}. A lone brace, an empty or a malformed name is an error
// with its position.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester {

class Template {
 public:
  // Fails with Code::unprocessable: "The template has a lone `}` at line 2, column 7: write `}}`
  // for a brace."
  static Result<Template> parse(std::string source);

  const std::string& source() const { return source_; }
  // The distinct names in order of first use.
  const std::vector<std::string>& variables() const { return variables_; }

  using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;
  // Asks once for each name; the views must live until it returns. Fails with
  // Code::missing_variable, param = the first name without a value, the message naming all of them;
  // with Code::too_large, before anything is allocated, when the text would have more than
  // `max_bytes` (a name may stand many times, so a value of an allowed size can make a text of any
  // size).
  Result<std::string> render(const Lookup& lookup, std::size_t max_bytes = std::string::npos) const;

 private:
  struct Part {
    std::string text;   // literal, braces unescaped
    int variable = -1;  // index into variables_, after the literal; -1 at the end
  };
  std::string source_;
  std::vector<Part> parts_;
  std::vector<std::string> variables_;
};

}  // namespace maester
