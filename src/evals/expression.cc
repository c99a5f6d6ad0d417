// Reckoning with expressions.
#include "evals/expression.h"

#include <cmath>

namespace maester::evals {
namespace {

using Kind = Expression::Kind;

class Evaluator {
 public:
  Evaluator(const Lookup& lookup, Budget& budget) : lookup_(lookup), budget_(budget) {}

  Result<Value> run(const Expression& e) {
    if (budget_.steps == 0) return fail(Code::too_large, "the template takes too many steps");
    --budget_.steps;
    TRY_ASSIGN(Value out, run_kind(e));
    const std::size_t size = out.is_string() ? out.string().size() : out.array().size();
    if (size > budget_.bytes) return fail(Code::too_large, "the template makes too long texts");
    budget_.bytes -= size;
    return out;
  }

 private:
  Result<Value> run_kind(const Expression& e) {
    switch (e.kind) {
      case Kind::literal:
        return e.value;
      case Kind::name:
        return Value(lookup_(e.text));
      case Kind::member:
        return member(e);
      case Kind::index: {
        TRY_ASSIGN(const Value of, run(e.parts[0]));
        TRY_ASSIGN(const Value key, run(e.parts[1]));
        return property_of(of, key);
      }
      case Kind::call:
        return call(e);
      case Kind::filter: {
        TRY_ASSIGN(Arguments arguments, all(e.parts));
        const Value self = std::move(arguments.front());
        arguments.erase(arguments.begin());
        return apply_filter(e.text, self, arguments);
      }
      case Kind::test:
        return test(e);
      case Kind::unary:
        return unary(e);
      case Kind::binary:
        return binary(e);
      case Kind::choice: {
        TRY_ASSIGN(const Value condition, run(e.parts[0]));
        return run(e.parts[condition.truthy() ? 1 : 2]);
      }
      case Kind::array: {
        TRY_ASSIGN(Arguments parts, all(e.parts));
        return Value::of(std::move(parts));
      }
      case Kind::object: {
        Value out = Value::object();
        for (std::size_t i = 0; i < e.parts.size(); ++i) {
          TRY_ASSIGN(Value one, run(e.parts[i]));
          out.set(e.keys[i], std::move(one));
        }
        return out;
      }
      case Kind::regex:
        return Value::of("/" + e.text + "/" + e.value.string());
    }
    return Value();
  }

  Result<Arguments> all(const std::vector<Expression>& parts) {
    Arguments out;
    for (const Expression& part : parts) {
      TRY_ASSIGN(Value one, run(part));
      out.push_back(std::move(one));
    }
    return out;
  }

  // A chain of members is walked without copying what is passed through.
  const Value* reference(const Expression& e) {
    if (e.kind == Kind::name) return &lookup_(e.text);
    if (e.kind != Kind::member) return nullptr;
    const Value* of = reference(e.parts[0]);
    return of != nullptr && of->is_object() ? &of->get(e.text) : nullptr;
  }
  Result<Value> member(const Expression& e) {
    if (const Value* found = reference(e)) return *found;
    TRY_ASSIGN(const Value of, run(e.parts[0]));
    return property_of(of, Value::of(e.text));
  }

  Result<Value> call(const Expression& e) {
    if (!e.text.starts_with('.')) {
      TRY_ASSIGN(const Arguments arguments, all(e.parts));
      return call_function(e.text, arguments);
    }
    const std::string_view method = std::string_view(e.text).substr(1);
    const bool of_regex = e.parts[0].kind == Kind::regex;
    const bool with_regex = e.parts.size() > 1 && e.parts[1].kind == Kind::regex;
    if (of_regex || with_regex) {
      const Expression& regex = e.parts[of_regex ? 0 : 1];
      if ((of_regex && method != "test") || (with_regex && method != "match") ||
          e.parts.size() != 2) {
        return fail(Code::invalid_request,
                    "a regular expression serves `.test(text)` and `text.match(...)` only");
      }
      TRY_ASSIGN(const Value text, run(e.parts[of_regex ? 1 : 0]));
      TRY_ASSIGN(const bool found, test_regex(regex.text, regex.value.string(), text.text()));
      return Value::of(found);
    }
    TRY_ASSIGN(Arguments arguments, all(e.parts));
    const Value self = std::move(arguments.front());
    arguments.erase(arguments.begin());
    return call_method(self, method, arguments);
  }

  Result<Value> test(const Expression& e) {
    TRY_ASSIGN(const Value v, run(e.parts[0]));
    const double rest = std::fmod(v.to_number(), 2);
    const bool holds = e.text == "defined"     ? v.exists()
                       : e.text == "undefined" ? !v.exists()
                       : e.text == "string"    ? v.is_string()
                       : e.text == "number"    ? v.is_number()
                       : e.text == "even"      ? rest == 0
                       : e.text == "odd"       ? rest == 1
                       : e.text == "truthy"    ? v.truthy()
                       : e.text == "falsy"     ? !v.truthy()
                       : e.text == "iterable"  ? v.is_array() || v.is_string()
                       : e.text == "mapping"   ? v.is_object()
                                               : v.is_null();
    return Value::of(holds);
  }

  Result<Value> unary(const Expression& e) {
    TRY_ASSIGN(const Value v, run(e.parts[0]));
    if (e.text == "!") return Value::of(!v.truthy());
    if (e.text == "-") return Value::of(-v.to_number());
    if (e.text == "+") return Value::of(v.to_number());
    return Value::of(!v.exists()     ? "undefined"
                     : v.is_string() ? "string"
                     : v.is_number() ? "number"
                     : v.is_bool()   ? "boolean"
                                     : "object");
  }

  Result<Value> binary(const Expression& e) {
    TRY_ASSIGN(Value a, run(e.parts[0]));
    if (e.text == "&&" && !a.truthy()) return a;
    if (e.text == "||" && a.truthy()) return a;
    if (e.text == "??" && !a.empty()) return a;
    TRY_ASSIGN(Value b, run(e.parts[1]));
    if (e.text == "&&" || e.text == "||" || e.text == "??") return b;
    if (e.text == "==") return Value::of(loosely_equal(a, b));
    if (e.text == "!=") return Value::of(!loosely_equal(a, b));
    if (e.text == "===") return Value::of(strictly_equal(a, b));
    if (e.text == "!==") return Value::of(!strictly_equal(a, b));
    if (e.text == "~") return Value::of(a.shown() + b.shown());
    if (e.text == "in") return contains(b, a);
    if (e.text[0] == '<' || e.text[0] == '>') return Value::of(ordered(e.text, a, b));
    const bool joins = !(a.is_number() || a.is_bool() || a.empty()) ||
                       !(b.is_number() || b.is_bool() || b.empty());
    if (e.text == "+" && joins) return Value::of(a.text() + b.text());
    return Value::of(arithmetic(e.text, a.to_number(), b.to_number()));
  }

  static Result<Value> contains(const Value& whole, const Value& part) {
    if (whole.is_string()) return Value::of(whole.string().find(part.text()) != std::string::npos);
    if (whole.is_object()) return Value::of(whole.get(part.text()).exists());
    for (const Value& one : whole.array()) {
      if (strictly_equal(one, part)) return Value::of(true);
    }
    if (whole.is_array()) return Value::of(false);
    return fail(Code::invalid_request,
                "`in` needs a list, a mapping or a text, not " + std::string(kind_name(whole)));
  }

  static bool ordered(std::string_view sign, const Value& a, const Value& b) {
    if (a.is_string() && b.is_string()) {
      const int order = a.string().compare(b.string());
      return sign == "<"    ? order < 0
             : sign == ">"  ? order > 0
             : sign == "<=" ? order <= 0
                            : order >= 0;
    }
    const double x = a.exists() ? a.to_number() : std::nan("");
    const double y = b.exists() ? b.to_number() : std::nan("");
    return sign == "<" ? x < y : sign == ">" ? x > y : sign == "<=" ? x <= y : x >= y;
  }

  static double arithmetic(std::string_view sign, double a, double b) {
    if (sign == "+") return a + b;
    if (sign == "-") return a - b;
    if (sign == "*") return a * b;
    if (sign == "/") return a / b;
    if (sign == "//") return std::floor(a / b);
    if (sign == "%") return std::fmod(a, b);
    return std::pow(a, b);
  }

  const Lookup& lookup_;
  Budget& budget_;
};

}  // namespace

Result<Value> evaluate(const Expression& expression, const Lookup& lookup, Budget& budget) {
  return Evaluator(lookup, budget).run(expression);
}

}  // namespace maester::evals
