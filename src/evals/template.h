// Templates as suites write them: a subset of Nunjucks.
//
//   TRY_ASSIGN(Template t, Template::parse("Hello {{ name | upper }}"));
//   TRY_ASSIGN(std::string text, t.render(lookup));
//
// {{ expression }}, {% if %} {% elif %} {% else %} {% endif %}, {% for x in list %} (with `loop`,
// `for key, value in mapping`, {% else %}), {% set x = ... %}, {% raw %}, {# comments #}, `-` that
// trims. Nothing is escaped; what is not there is "". Other tags (include, extends, macro, import,
// block, call, filter) are errors. What a template puts in is never looked at again.
//
// Pure, bounded (16 MiB, a million steps); a parsed template is immutable and may be shared.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evals/expression.h"

namespace maester::evals {

struct TemplateNode;

class Template {
 public:
  // Fails with Code::invalid_request: "line 2: ...".
  static Result<Template> parse(std::string_view source);
  Result<std::string> render(const Lookup& lookup) const;
  // The names that it reads from outside, each once.
  const std::vector<std::string>& names() const { return names_; }
  // Whether there is anything to be done.
  bool plain() const { return plain_; }

 private:
  std::shared_ptr<const std::vector<TemplateNode>> nodes_;
  std::vector<std::string> names_;
  bool plain_ = false;
};

// Whether the text may hold a template at all: the quick question before parse().
bool looks_like_template(std::string_view text);

}  // namespace maester::evals
