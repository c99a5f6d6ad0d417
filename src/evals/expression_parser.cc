// Texts of expressions -> trees, by precedence climbing.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/utf8.h"
#include "evals/expression.h"
#include "evals/expression_literal.h"

namespace maester::evals {
namespace {

constexpr std::size_t kMaxDepth = 60;
using Kind = Expression::Kind;

bool name_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}
bool name_part(char c) {
  return name_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

class Parser {
 public:
  Parser(std::string_view text, std::size_t at, Dialect dialect)
      : text_(text), at_(at), script_(dialect == Dialect::script) {}
  std::size_t position() const { return at_; }

  Result<Expression> whole() {
    if (++depth_ > kMaxDepth) return wrong("is nested too deeply");
    TRY_ASSIGN(Expression out, script_ ? script_choice() : inline_if());
    --depth_;
    return out;
  }
  Result<Expression> everything() {
    TRY_ASSIGN(Expression out, whole());
    skip();
    if (at_ != text_.size()) return wrong("cannot be read from here on");
    return out;
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    const std::string_view rest = utf8::truncate(text_.substr(std::min(at_, text_.size())), 24);
    return fail(Code::invalid_request,
                "the expression " + std::string(what) +
                    (rest.empty() ? " (at its end)" : " (`" + std::string(rest) + "`)"),
                std::to_string(at_));
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool sign(std::string_view wanted) {
    skip();
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  bool word(std::string_view wanted) {
    skip();
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(wanted)) return false;
    if (rest.size() > wanted.size() && name_part(rest[wanted.size()])) return false;
    at_ += wanted.size();
    return true;
  }
  bool sees(std::string_view wanted) {
    const std::size_t before = at_;
    const bool found = sign(wanted);
    at_ = before;
    return found;
  }
  std::string name() {
    skip();
    const std::size_t from = at_;
    if (at_ < text_.size() && name_start(text_[at_])) ++at_;
    while (at_ > from && at_ < text_.size() && name_part(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }
  static Expression node(Kind kind, std::string text, std::vector<Expression> parts) {
    Expression out;
    out.kind = kind;
    out.text = std::move(text);
    out.parts = std::move(parts);
    return out;
  }
  static Expression pair(Kind kind, std::string text, Expression a, Expression b) {
    std::vector<Expression> parts;
    parts.push_back(std::move(a));
    parts.push_back(std::move(b));
    return node(kind, std::move(text), std::move(parts));
  }
  static Expression single(Kind kind, std::string text, Expression a) {
    std::vector<Expression> parts;
    parts.push_back(std::move(a));
    return node(kind, std::move(text), std::move(parts));
  }

  Result<Expression> script_choice() {
    TRY_ASSIGN(Expression condition, binary(1));
    skip();
    if (sees("??") || sees("?.") || !sign("?")) return condition;
    TRY_ASSIGN(Expression yes, whole());
    if (!sign(":")) return wrong("lacks the `:` of its `?`");
    TRY_ASSIGN(Expression no, whole());
    Expression out = pair(Kind::choice, "", std::move(condition), std::move(yes));
    out.parts.push_back(std::move(no));
    return out;
  }

  Result<Expression> inline_if() {
    TRY_ASSIGN(Expression yes, word_or());
    if (!word("if")) return yes;
    TRY_ASSIGN(Expression condition, word_or());
    Expression out = pair(Kind::choice, "", std::move(condition), std::move(yes));
    Expression no;
    if (word("else")) {
      TRY_ASSIGN(no, whole());
    }
    out.parts.push_back(std::move(no));
    return out;
  }
  Result<Expression> word_or() {
    TRY_ASSIGN(Expression left, word_and());
    while (word("or")) {
      TRY_ASSIGN(Expression right, word_and());
      left = pair(Kind::binary, "||", std::move(left), std::move(right));
    }
    return left;
  }
  Result<Expression> word_and() {
    TRY_ASSIGN(Expression left, word_not());
    while (word("and")) {
      TRY_ASSIGN(Expression right, word_not());
      left = pair(Kind::binary, "&&", std::move(left), std::move(right));
    }
    return left;
  }
  Result<Expression> word_not() {
    if (word("not")) {
      if (++depth_ > kMaxDepth) return wrong("is nested too deeply");
      TRY_ASSIGN(Expression of, word_not());
      --depth_;
      return single(Kind::unary, "!", std::move(of));
    }
    TRY_ASSIGN(Expression left, binary(4));
    for (;;) {
      if (word("in")) {
        TRY_ASSIGN(Expression right, binary(4));
        left = pair(Kind::binary, "in", std::move(left), std::move(right));
      } else if (word("is")) {
        const bool inverse = word("not");
        std::string test = name();
        constexpr auto kTests = std::to_array<std::string_view>(
            {"defined", "undefined", "none", "null", "string", "number", "even", "odd", "truthy",
             "falsy", "iterable", "mapping"});
        if (std::ranges::find(kTests, test) == kTests.end())
          return wrong("has a test `" + test + "` that is not supported");
        left = single(Kind::test, std::move(test), std::move(left));
        if (inverse) left = single(Kind::unary, "!", std::move(left));
      } else {
        const std::size_t before = at_;
        if (!word("not")) return left;
        if (!word("in")) {
          at_ = before;
          return left;
        }
        TRY_ASSIGN(Expression right, binary(4));
        left =
            single(Kind::unary, "!", pair(Kind::binary, "in", std::move(left), std::move(right)));
      }
    }
  }

  const Operator* next_operator(int least) {
    skip();
    return operator_at(text_.substr(at_), script_, least);
  }
  Result<Expression> binary(int least) {
    if (++depth_ > kMaxDepth) return wrong("is nested too deeply");
    TRY_ASSIGN(Expression left, unary());
    while (const Operator* found = next_operator(least)) {
      at_ += found->sign.size();
      const int next = found->sign == "**" ? found->precedence : found->precedence + 1;
      TRY_ASSIGN(Expression right, binary(next));
      left = pair(Kind::binary, std::string(found->sign), std::move(left), std::move(right));
    }
    --depth_;
    return left;
  }
  Result<Expression> unary() {
    if (++depth_ > kMaxDepth) return wrong("is nested too deeply");
    skip();
    std::string sign_of;
    if (script_ && !sees("!=") && sign("!"))
      sign_of = "!";
    else if (script_ && word("typeof"))
      sign_of = "typeof";
    else if (sign("-"))
      sign_of = "-";
    else if (sign("+"))
      sign_of = "+";
    Result<Expression> out = sign_of.empty() ? postfix() : unary();
    --depth_;
    if (!out || sign_of.empty()) return out;
    return single(Kind::unary, std::move(sign_of), std::move(*out));
  }

  Result<std::vector<Expression>> list(std::string_view end) {
    std::vector<Expression> out;
    while (!sign(end)) {
      if (!out.empty() && !sign(",")) return wrong("lacks a `,` or `" + std::string(end) + "`");
      if (!out.empty() && sign(end)) break;
      TRY_ASSIGN(Expression one, whole());
      if (sees("=>")) return wrong("has a function of its own");
      out.push_back(std::move(one));
    }
    return out;
  }

  Result<Expression> postfix() {
    TRY_ASSIGN(Expression out, primary());
    for (std::size_t links = 0;; ++links) {
      if (links > kMaxDepth) return wrong("has too many links");
      skip();
      const bool optional = script_ && sign("?.");
      if (optional || (at_ + 1 < text_.size() && text_[at_] == '.' && name_start(text_[at_ + 1]) &&
                       sign("."))) {
        std::string key = name();
        if (key.empty()) return wrong("lacks a name after `.`");
        out = single(Kind::member, std::move(key), std::move(out));
      } else if (sign("[")) {
        TRY_ASSIGN(Expression key, whole());
        if (!sign("]")) return wrong("lacks a `]`");
        out = pair(Kind::index, "", std::move(out), std::move(key));
      } else if (sees("(")) {
        TRY_ASSIGN(out, call(std::move(out)));
      } else if (!script_ && !sees("||") && sign("|")) {
        TRY_ASSIGN(out, filter(std::move(out)));
      } else {
        return out;
      }
    }
  }

  Result<Expression> call(Expression callee) {
    std::string name;
    std::vector<Expression> parts;
    if (callee.kind == Kind::name) {
      name = callee.text;
    } else if (callee.kind == Kind::member && callee.parts[0].kind == Kind::name) {
      name = callee.parts[0].text + "." + callee.text;
    }
    if (!name.empty() && known_function(name)) {
      sign("(");
      TRY_ASSIGN(parts, list(")"));
      return node(Kind::call, std::move(name), std::move(parts));
    }
    if (callee.kind != Kind::member || !known_method(callee.text)) {
      return wrong("calls `" + (callee.text.empty() ? name : callee.text) +
                   "`, which is not among the functions it may call");
    }
    sign("(");
    TRY_ASSIGN(parts, list(")"));
    parts.insert(parts.begin(), std::move(callee.parts[0]));
    return node(Kind::call, "." + callee.text, std::move(parts));
  }

  Result<Expression> filter(Expression of) {
    std::string which = name();
    if (!known_filter(which)) return wrong("has a filter `" + which + "` that is not supported");
    std::vector<Expression> parts;
    if (sign("(")) {
      TRY_ASSIGN(parts, list(")"));
    }
    parts.insert(parts.begin(), std::move(of));
    return node(Kind::filter, std::move(which), std::move(parts));
  }

  Result<Expression> primary() {
    skip();
    if (at_ >= text_.size()) return wrong("ends too early");
    const char c = text_[at_];
    if (sign("(")) {
      TRY_ASSIGN(Expression out, whole());
      if (!sign(")")) return wrong("lacks a `)`");
      return out;
    }
    if (sign("[")) {
      TRY_ASSIGN(std::vector<Expression> parts, list("]"));
      return node(Kind::array, "", std::move(parts));
    }
    if (sign("{")) return object();
    if (c == '"' || c == '\'') return quoted();
    if (script_ && c == '`') return wrong("has a template literal, which is not supported");
    if (script_ && c == '/') return regex();
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return number();
    std::string word = name();
    if (word.empty()) return wrong("cannot be read");
    constexpr auto kForeign = std::to_array<std::string_view>(
        {"function", "new", "await", "async", "return", "const", "let", "var", "throw", "delete",
         "import", "require", "process", "globalThis", "eval", "this", "while", "for"});
    if (script_ && std::ranges::find(kForeign, word) != kForeign.end()) {
      at_ -= word.size();
      return wrong("needs JavaScript");
    }
    Expression out;
    if (word == "true" || word == "false")
      out.value = Value::of(word == "true");
    else if (word == "null" || word == "none")
      out.value = Value::null();
    else if (word != "undefined")
      out = node(Kind::name, std::move(word), {});
    return out;
  }

  Result<Expression> number() {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{}) return wrong("has a number that cannot be read");
    at_ = static_cast<std::size_t>(end - text_.data());
    Expression out;
    out.value = Value::of(value);
    return out;
  }

  Result<Expression> object() {
    Expression out = node(Kind::object, "", {});
    while (!sign("}")) {
      if (!out.parts.empty() && !sign(",")) return wrong("lacks a `,` or `}`");
      if (!out.parts.empty() && sign("}")) break;
      skip();
      std::string key;
      if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
        TRY_ASSIGN(const Expression text, quoted());
        key = text.value.string();
      } else {
        key = name();
      }
      if (key.empty() || !sign(":")) return wrong("lacks a `key:`");
      TRY_ASSIGN(Expression value, whole());
      out.keys.push_back(std::move(key));
      out.parts.push_back(std::move(value));
    }
    return out;
  }

  Result<Expression> quoted() {
    Expression literal;
    TRY_ASSIGN(std::string text, read_quoted(text_, at_));
    literal.value = Value::of(std::move(text));
    return literal;
  }
  Result<Expression> regex() {
    TRY_ASSIGN(std::string pattern, read_regex(text_, at_));
    Expression out = node(Kind::regex, std::move(pattern), {});
    out.value = Value::of(name());
    if (auto tried = test_regex(out.text, out.value.string(), ""); !tried)
      return wrong(tried.error().message);
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool script_ = false;
  std::size_t depth_ = 0;
};

}  // namespace

Result<Expression> parse_expression(std::string_view text, Dialect dialect) {
  return Parser(text, 0, dialect).everything();
}

Result<Expression> parse_expression_at(std::string_view text, std::size_t& at, Dialect dialect) {
  Parser parser(text, at, dialect);
  auto out = parser.whole();
  at = parser.position();
  return out;
}

void collect_names(const Expression& expression, std::vector<std::string>& into) {
  if (expression.kind == Kind::name) into.push_back(expression.text);
  for (const Expression& part : expression.parts) collect_names(part, into);
}

}  // namespace maester::evals
