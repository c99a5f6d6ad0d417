#include "codec/json_parser.h"

#include <simdjson.h>

#include <bit>
#include <cstring>
#include <string>

#include "base/utf8.h"
#include "codec/json_scan.h"

namespace maester::json::detail {
namespace {

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

}  // namespace

Parser::Parser(Tree& tree, const Limits& limits)
    : tree_(tree),
      limits_(limits),
      base_(tree.text.get()),
      p_(base_),
      end_(base_ + tree.text_size) {}

Status Parser::run() {
  bool good = value();
  while (good && open_ != Tree::kNone) good = step();
  if (good) {
    skip_space();
    if (p_ != end_) good = fail_at(p_, "something follows the value");
  }
  if (!good) return fail(error());
  return {};
}

// The next byte that is not white space, where p_ then stands; 0 at the end (or for a NUL, which
// nothing accepts).
inline char Parser::skip_space() {
  if (static_cast<unsigned char>(*p_) > ' ') return *p_;
  while (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t') ++p_;
  return *p_;
}

bool Parser::value() {
  const char c = skip_space();
  if (tree_.node_count - keys_ >= limits_.values) {
    return fail_at(p_, "it holds too many values", Code::too_large);
  }
  switch (c) {
    case '"':
      return string(tree_.push(Kind::string, offset(p_)));
    case '{':
      return open(Kind::object);
    case '[':
      return open(Kind::array);
    case 't':
      return literal("true", Kind::boolean);
    case 'f':
      return literal("false", Kind::boolean);
    case 'n':
      return literal("null", Kind::null);
    default:
      break;
  }
  if (is_digit(c) || c == '-') return number(tree_.push(Kind::number, offset(p_)));
  if (p_ == base_ && std::memcmp(p_, "\xef\xbb\xbf", 3) == 0) {
    return fail_at(p_, "it starts with a byte-order mark");
  }
  return fail_at(p_,
                 p_ == end_ ? "it ends where a value should stand" : "a value should stand here");
}

bool Parser::open(Kind kind) {
  if (++depth_ > limits_.depth) return fail_at(p_, "it is nested too deeply", Code::too_large);
  const std::uint32_t node = tree_.push(kind, offset(p_));
  tree_.nodes[node].a = open_;
  open_ = node;
  ++p_;
  return true;
}

bool Parser::close() {
  Node& node = tree_.nodes[open_];
  ++p_;
  --depth_;
  node.end = offset(p_);
  open_ = node.a;
  node.a = tree_.node_count;
  return true;
}

// One member or element of the innermost container, or its end.
bool Parser::step() {
  Node& node = tree_.nodes[open_];
  const bool object = node.kind == Kind::object;
  char c = skip_space();
  if (c == (object ? '}' : ']')) return close();
  if (node.b != 0) {
    if (c != ',')
      return fail_at(p_, object ? "`,` or `}` should stand here" : "`,` or `]` should stand here");
    ++p_;
    c = skip_space();
  }
  ++node.b;
  if (!object) return value();
  if (c != '"') return fail_at(p_, "a key in double quotes should stand here");
  return member_key() && value();
}

bool Parser::member_key() {
  if (++keys_ > limits_.keys) return fail_at(p_, "it holds too many keys", Code::too_large);
  if (!string(tree_.push(Kind::string, offset(p_)))) return false;
  if (skip_space() != ':') return fail_at(p_, "`:` should stand here");
  ++p_;
  return true;
}

bool Parser::literal(std::string_view word, Kind kind) {
  if (std::memcmp(p_, word.data(), word.size()) != 0)
    return fail_at(p_, "a value should stand here");
  Node& node = tree_.nodes[tree_.push(kind, offset(p_))];
  p_ += word.size();
  node.end = offset(p_);
  return true;
}

bool Parser::number(std::uint32_t index) {
  Node& node = tree_.nodes[index];
  node.flag = true;
  if (*p_ == '-') ++p_;
  if (*p_ == '0') {
    ++p_;
    if (is_digit(*p_)) return fail_at(p_, "a number must not begin with a zero");
  } else {
    if (!is_digit(*p_)) return fail_at(p_, "a digit should stand here");
    while (is_digit(*p_)) ++p_;
  }
  if (*p_ == '.') {
    node.flag = false;
    if (!is_digit(*++p_)) return fail_at(p_, "a digit should stand here");
    while (is_digit(*p_)) ++p_;
  }
  if (*p_ == 'e' || *p_ == 'E') {
    node.flag = false;
    ++p_;
    if (*p_ == '+' || *p_ == '-') ++p_;
    if (!is_digit(*p_)) return fail_at(p_, "a digit should stand here");
    while (is_digit(*p_)) ++p_;
  }
  node.end = offset(p_);
  return true;
}

// p_ stands at the opening quote. The text stays where it is unless an escape is met.
bool Parser::string(std::uint32_t index) {
  const char* const from = ++p_;
  std::uint32_t high = 0;
  for (;;) {
    const Block block = scan_block(p_);
    if (block.stop == 0) {
      high |= block.high;
      p_ += 16;
      continue;
    }
    const int at = std::countr_zero(block.stop);
    high |= block.high & ((1u << at) - 1);
    p_ += at;
    break;
  }
  if (*p_ == '\\') return unescape(index, from, high == 0);
  if (*p_ != '"') {
    return fail_at(p_, p_ >= end_ ? "it ends within a string"
                                  : "a control character in a string must be escaped");
  }
  if (high != 0 && !check_utf8(from, p_)) return false;
  Node& node = tree_.nodes[index];
  node.a = offset(from);
  node.b = offset(p_) - node.a;
  node.end = offset(++p_);
  return true;
}

// p_ stands at the first backslash of a string whose text began at `from`.
bool Parser::unescape(std::uint32_t index, const char* from, bool ascii) {
  tree_.ensure_arena();
  char* const begin = tree_.arena.get() + tree_.arena_size;
  std::memcpy(begin, from, static_cast<std::size_t>(p_ - from));
  char* out = begin + (p_ - from);
  std::uint32_t high = ascii ? 0 : 1;
  while (*p_ != '"') {
    if (*p_ == '\\') {
      if (!escape(out)) return false;
      continue;
    }
    const Block block = scan_block(p_);
    const int length = block.stop == 0 ? 16 : std::countr_zero(block.stop);
    if (length == 0) {
      return fail_at(p_, p_ >= end_ ? "it ends within a string"
                                    : "a control character in a string must be escaped");
    }
    high |= block.high & ((1u << length) - 1);
    copy_block(out, p_);
    out += length;
    p_ += length;
  }
  if (high != 0 && !check_utf8(from, p_)) return false;
  Node& node = tree_.nodes[index];
  node.flag = true;
  node.a = static_cast<std::uint32_t>(tree_.arena_size);
  node.b = static_cast<std::uint32_t>(out - begin);
  node.end = offset(++p_);
  tree_.arena_size += node.b;
  return true;
}

// One escape sequence; a \u escape of a lone surrogate has no UTF-8 form and is refused.
bool Parser::escape(char*& out) {
  const char* const start = p_;
  p_ += 2;
  switch (start[1]) {
    case '"':
      *out++ = '"';
      return true;
    case '\\':
      *out++ = '\\';
      return true;
    case '/':
      *out++ = '/';
      return true;
    case 'b':
      *out++ = '\b';
      return true;
    case 'f':
      *out++ = '\f';
      return true;
    case 'n':
      *out++ = '\n';
      return true;
    case 'r':
      *out++ = '\r';
      return true;
    case 't':
      *out++ = '\t';
      return true;
    case 'u':
      break;
    default:
      return fail_at(start, "this escape does not exist");
  }
  std::uint32_t unit = 0;
  if (!hex4(p_, unit)) return fail_at(start, "four hexadecimal digits should follow `\\u`");
  p_ += 4;
  if (unit >= 0xd800 && unit <= 0xdfff) {
    std::uint32_t low = 0;
    const bool pair = unit < 0xdc00 && p_[0] == '\\' && p_[1] == 'u' && hex4(p_ + 2, low) &&
                      low >= 0xdc00 && low <= 0xdfff;
    if (!pair) return fail_at(start, "this escape is half of a surrogate pair");
    p_ += 6;
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  if (unit < 0x80) {
    *out++ = static_cast<char>(unit);
    return true;
  }
  std::string encoded;  // at most 4 bytes: no allocation
  utf8::append(encoded, static_cast<char32_t>(unit));
  std::memcpy(out, encoded.data(), encoded.size());
  out += encoded.size();
  return true;
}

bool Parser::hex4(const char* from, std::uint32_t& unit) {
  unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = from[i];
    const char lower = static_cast<char>(c | 0x20);
    std::uint32_t digit = 0;
    if (is_digit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      digit = static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return false;
    }
    unit = unit << 4 | digit;
  }
  return true;
}

bool Parser::check_utf8(const char* from, const char* to) {
  const std::string_view text(from, static_cast<std::size_t>(to - from));
  if (simdjson::validate_utf8(text)) return true;
  std::size_t at = 0;
  for (std::size_t length = 1; at < text.size() && length != 0; at += length) {
    length = utf8::decode(text, at).length;
  }
  return fail_at(from + at, "these bytes are not UTF-8");
}

bool Parser::fail_at(const char* where, const char* message, Code code) {
  where_ = where < end_ ? where : end_;
  message_ = message;
  code_ = code;
  return false;
}

Error Parser::error() const {
  std::size_t line = 1;
  const char* line_start = base_;
  for (const char* p = base_; p < where_; ++p) {
    if (*p == '\n') ++line, line_start = p + 1;
  }
  const std::string_view before(line_start, static_cast<std::size_t>(where_ - line_start));
  return make_error(code_, "The JSON text cannot be read at line " + std::to_string(line) +
                               ", column " + std::to_string(utf8::length(before) + 1) + ": " +
                               message_ + ".");
}

}  // namespace maester::json::detail
