// Expressions: of templates ({{ user.name | upper }}) and of transforms and `javascript` assertions
// that are one expression (output.length < 100 && !output.includes("sorry")).
//
// One language of values, two spellings. It has no assignment, no function of its own, no loop and
// nothing of the machine: what it may call is the fixed list in expression_calls.cc, so running it
// is not running foreign code. What lies outside of it is an error that names it. Work, depth and
// the size of what comes out are bounded. Pure; a parsed expression is immutable.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evals/value.h"

namespace maester::evals {

enum class Dialect : std::uint8_t { nunjucks, script };

struct Expression {
  enum class Kind : std::uint8_t {
    literal,
    name,
    member,
    index,
    call,
    filter,
    test,
    unary,
    binary,
    choice,
    array,
    object,
    regex
  };
  Kind kind = Kind::literal;
  std::string text;  // a name, an operator, a method, a filter, a regular expression
  Value value;       // of a literal
  std::vector<Expression> parts;
  std::vector<std::string> keys;  // of an object's parts
};

// Names that are seen: answers an undefined value for one that is not there.
using Lookup = std::function<const Value&(std::string_view name)>;

// What one rendering may still use up; shared by all its parts.
struct Budget {
  std::size_t steps = 1'000'000;
  std::size_t bytes = 16 << 20;  // of texts that were made on the way
};

// Reads the whole text. Fails with Code::invalid_request; param = the byte at which it went wrong.
Result<Expression> parse_expression(std::string_view text, Dialect dialect);
// Reads from `at` on as much as is an expression and moves `at` behind it.
Result<Expression> parse_expression_at(std::string_view text, std::size_t& at, Dialect dialect);

Result<Value> evaluate(const Expression& expression, const Lookup& lookup, Budget& budget);

// The names that it reads: "user" of user.name.
void collect_names(const Expression& expression, std::vector<std::string>& into);

// Inside: the functions, methods and filters. expression_calls.cc, filters.cc.
using Arguments = std::vector<Value>;
Result<Value> property_of(const Value& value, const Value& key);
Result<Value> call_method(const Value& self, std::string_view name, const Arguments& arguments);
// "JSON.parse", "Math.min", "Number" ...; whether there is such a one is known when it is read.
bool known_function(std::string_view name);
Result<Value> call_function(std::string_view name, const Arguments& arguments);
bool known_method(std::string_view name);
bool known_filter(std::string_view name);
Result<Value> apply_filter(std::string_view name, const Value& value, const Arguments& arguments);
// Whether the text matches; `flags` among i, m, s, u, g.
Result<bool> test_regex(std::string_view pattern, std::string_view flags, std::string_view text);

}  // namespace maester::evals
