#include "checks/sql.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <vector>

namespace maester::checks {
namespace {

struct Token {
  enum class Kind : std::uint8_t { word, quoted_name, text, number, sign };
  Kind kind;
  std::string text;  // words in upper case
};
using Tokens = std::span<const Token>;

bool letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}

// False when a quote or a comment has no end, or a character is none of SQL's.
bool cut(std::string_view text, std::vector<Token>& out) {
  using Kind = Token::Kind;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const std::string_view rest = text.substr(at);
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (rest.starts_with("--") || c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (rest.starts_with("/*")) {
      const std::size_t end = text.find("*/", at + 2);
      if (end == std::string_view::npos) return false;
      at = end + 2;
    } else if (c == '\'' || c == '"' || c == '`') {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != c) end += text[end] == '\\' ? 2 : 1;
      if (end >= text.size()) return false;
      out.push_back(
          {c == '`' ? Kind::quoted_name : Kind::text, std::string(text.substr(at, end + 1 - at))});
      at = end + 1;
    } else if (digit(c)) {
      const std::size_t from = at;
      while (at < text.size() && (digit(text[at]) || text[at] == '.' || letter(text[at]))) ++at;
      out.push_back({Kind::number, std::string(text.substr(from, at - from))});
    } else if (letter(c)) {
      Token word{Kind::word, {}};
      while (at < text.size() && (letter(text[at]) || digit(text[at])))
        word.text += static_cast<char>(std::toupper(static_cast<unsigned char>(text[at++])));
      out.push_back(std::move(word));
    } else if (std::string_view("(),;.*+-/%=<>!|&^~?:[]").find(c) != std::string_view::npos) {
      out.push_back({Kind::sign, std::string(1, c)});
      ++at;
    } else {
      return false;
    }
  }
  return true;
}

bool among(std::string_view list, std::string_view word) {
  return list.find(" " + std::string(word) + " ") != std::string_view::npos;
}

constexpr std::string_view kKeywords =
    " SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET JOIN INNER LEFT RIGHT FULL CROSS OUTER "
    "ON USING UNION ALL INTERSECT EXCEPT INTO VALUES SET AND OR NOT IN IS LIKE BETWEEN AS DISTINCT "
    "EXISTS CASE WHEN THEN ELSE END INSERT UPDATE DELETE CREATE DROP ALTER WITH ASC DESC ";
// After one of these something must follow, and no clause or comma may.
constexpr std::string_view kNeedsMore =
    " SELECT FROM WHERE BY HAVING LIMIT OFFSET JOIN ON INTO VALUES SET AND OR NOT IN LIKE BETWEEN "
    "AS "
    "DISTINCT WHEN THEN ELSE UPDATE , = < > + - / . ";
constexpr std::string_view kCannotFollow =
    " FROM WHERE GROUP HAVING ORDER LIMIT OFFSET UNION AND OR THEN WHEN ELSE , ) ; = ";

bool keyword(const Token& token) {
  return token.kind == Token::Kind::word && among(kKeywords, token.text);
}
bool operand(const Token& token) {
  return token.kind != Token::Kind::sign && !keyword(token);
}

class Statement {
 public:
  explicit Statement(Tokens tokens) : tokens_(tokens) {}

  bool good() const {
    if (tokens_.size() < 2 || tokens_[0].kind != Token::Kind::word) return false;
    if (!balanced() || !nothing_hangs()) return false;
    const std::string& first = tokens_[0].text;
    if (first == "SELECT") return select();
    if (first == "INSERT" || first == "REPLACE")
      return has("INTO") && (has("VALUES") || has("SELECT") || has("SET") || has("VALUE"));
    if (first == "UPDATE") return has("SET") && has_sign("=");
    if (first == "DELETE") return has("FROM");
    if (first == "WITH") return has("AS") && (has("SELECT") || has("UPDATE") || has("DELETE"));
    if (first == "CREATE" || first == "DROP" || first == "ALTER") return definition();
    constexpr std::string_view kOthers =
        " TRUNCATE EXPLAIN SHOW DESCRIBE DESC GRANT REVOKE USE SET CALL ";
    return among(kOthers, first);
  }

 private:
  bool has(std::string_view word) const {
    return std::ranges::any_of(
        tokens_, [&](const Token& t) { return t.kind == Token::Kind::word && t.text == word; });
  }
  bool has_sign(std::string_view sign) const {
    return std::ranges::any_of(
        tokens_, [&](const Token& t) { return t.kind == Token::Kind::sign && t.text == sign; });
  }
  bool definition() const {
    constexpr std::string_view kThings =
        " TABLE VIEW INDEX DATABASE SCHEMA UNIQUE TEMPORARY TEMP OR FUNCTION PROCEDURE TRIGGER "
        "SEQUENCE TYPE USER ROLE MATERIALIZED EXTENSION COLUMN ";
    return tokens_.size() >= 3 && among(kThings, tokens_[1].text);
  }
  bool balanced() const {
    int depth = 0;
    for (const Token& t : tokens_) {
      if (t.kind != Token::Kind::sign) continue;
      depth += t.text == "(" ? 1 : t.text == ")" ? -1 : 0;
      if (depth < 0) return false;
    }
    return depth == 0;
  }
  bool nothing_hangs() const {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& t = tokens_[i];
      const bool plain = t.kind == Token::Kind::word || t.kind == Token::Kind::sign;
      if (!plain || !among(kNeedsMore, t.text)) continue;
      if (i + 1 == tokens_.size()) return false;
      const Token& next = tokens_[i + 1];
      const bool follows = next.kind == Token::Kind::word || next.kind == Token::Kind::sign;
      const bool comparison = t.text == "<" || t.text == ">";
      if (follows && among(kCannotFollow, next.text) && !(comparison && next.text == "="))
        return false;
    }
    return true;
  }

  // The clauses of a level stand in their order, and between SELECT and FROM three names in a row
  // lack a comma (`a AS b` and `a b` are aliases).
  bool select() const {
    constexpr auto kOrder = std::to_array<std::string_view>(
        {"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT"});
    int depth = 0;
    std::size_t stage = 0;
    std::size_t row = 0;  // operands in a row
    for (const Token& t : tokens_) {
      const bool sign = t.kind == Token::Kind::sign;
      if (sign && t.text == "(") ++depth;
      if (sign && t.text == ")") --depth;
      if (depth != 0) {
        row = 0;
        continue;
      }
      row = operand(t) ? row + 1 : 0;
      if (stage == 0 && row > 2) return false;
      if (t.kind != Token::Kind::word) continue;
      if (t.text == "UNION" || t.text == "INTERSECT" || t.text == "EXCEPT") stage = 0;
      const auto found = std::ranges::find(kOrder, t.text);
      if (found == kOrder.end()) continue;
      const auto now = static_cast<std::size_t>(found - kOrder.begin());
      if (now != 0 && now <= stage) return false;
      stage = std::max(stage, now);
    }
    // `SELECT a b FROM t` is more likely a comma forgotten than an alias: promptfoo refuses it too.
    return !missing_comma();
  }
  bool missing_comma() const {
    for (std::size_t i = 0; i + 3 < tokens_.size(); ++i) {
      if (tokens_[i].text == "SELECT" && tokens_[i + 1].kind == Token::Kind::word &&
          operand(tokens_[i + 1]) && tokens_[i + 2].kind == Token::Kind::word &&
          operand(tokens_[i + 2]) && tokens_[i + 3].text == "FROM") {
        return true;
      }
    }
    return false;
  }

  Tokens tokens_;
};

}  // namespace

bool is_sql(std::string_view text) {
  std::vector<Token> tokens;
  if (!cut(text, tokens)) return false;
  bool any = false;
  for (std::size_t from = 0; from < tokens.size();) {
    std::size_t end = from;
    while (end < tokens.size() &&
           !(tokens[end].kind == Token::Kind::sign && tokens[end].text == ";"))
      ++end;
    if (end > from) {
      if (!Statement(Tokens(tokens).subspan(from, end - from)).good()) return false;
      any = true;
    }
    from = end + 1;
  }
  return any;
}

}  // namespace maester::checks
