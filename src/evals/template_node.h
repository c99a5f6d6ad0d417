// Inside of Template: its tree. Private to template*.cc.
#pragma once

#include <string>
#include <vector>

#include "evals/expression.h"

namespace maester::evals {

struct TemplateNode {
  enum class Kind : std::uint8_t { text, output, choice, loop, set };
  Kind kind = Kind::text;
  std::string text;                 // literal; the name that `set` sets
  Expression expression;            // what is put out, asked, gone through or set
  std::string key, item;            // the names of a loop; key may be ""
  std::vector<TemplateNode> body;   // if it holds; each round
  std::vector<TemplateNode> other;  // else
};

}  // namespace maester::evals
