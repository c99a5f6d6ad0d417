#include "evals/expression_literal.h"

#include <array>

namespace maester::evals {
namespace {

// The longer sign first.
constexpr auto kScript = std::to_array<Operator>({{"===", 4},
                                                  {"!==", 4},
                                                  {"==", 4},
                                                  {"!=", 4},
                                                  {"<=", 5},
                                                  {">=", 5},
                                                  {"&&", 2},
                                                  {"||", 1},
                                                  {"??", 1},
                                                  {"**", 8},
                                                  {"<", 5},
                                                  {">", 5},
                                                  {"+", 6},
                                                  {"-", 6},
                                                  {"*", 7},
                                                  {"/", 7},
                                                  {"%", 7}});
constexpr auto kNunjucks = std::to_array<Operator>({{"===", 4},
                                                    {"!==", 4},
                                                    {"==", 4},
                                                    {"!=", 4},
                                                    {"<=", 4},
                                                    {">=", 4},
                                                    {"**", 8},
                                                    {"//", 7},
                                                    {"<", 4},
                                                    {">", 4},
                                                    {"+", 6},
                                                    {"-", 6},
                                                    {"~", 5},
                                                    {"*", 7},
                                                    {"/", 7},
                                                    {"%", 7}});

template <class Table>
const Operator* find(const Table& table, std::string_view rest, int least) {
  for (const Operator& one : table) {
    if (rest.starts_with(one.sign)) return one.precedence >= least ? &one : nullptr;
  }
  return nullptr;
}

}  // namespace

const Operator* operator_at(std::string_view rest, bool script, int least) {
  if (script) return find(kScript, rest, least);
  // The end of a template's tag is no operator.
  if (rest.starts_with("%}") || rest.starts_with("-%}") || rest.starts_with("-}}")) return nullptr;
  return find(kNunjucks, rest, least);
}

Result<std::string> read_quoted(std::string_view text, std::size_t& at) {
  const char quote = text[at++];
  std::string out;
  for (; at < text.size() && text[at] != quote; ++at) {
    char c = text[at];
    if (c == '\\' && at + 1 < text.size()) {
      c = text[++at];
      if (c == 'u' || c == 'x')
        return fail(Code::invalid_request,
                    "the expression has an escape that is not supported: \\" + std::string(1, c));
      c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
    out += c;
  }
  if (at >= text.size())
    return fail(Code::invalid_request, "the expression has a text without its end");
  ++at;
  return out;
}

Result<std::string> read_regex(std::string_view text, std::size_t& at) {
  std::string out;
  bool in_class = false;
  for (++at; at < text.size() && (in_class || text[at] != '/'); ++at) {
    if (text[at] == '[') in_class = true;
    if (text[at] == ']') in_class = false;
    if (text[at] == '\\' && at + 1 < text.size()) out += text[at++];
    out += text[at];
  }
  if (at >= text.size())
    return fail(Code::invalid_request, "the expression has a regular expression without its end");
  ++at;
  return out;
}

}  // namespace maester::evals
