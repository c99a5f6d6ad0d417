#include "codec/pattern.h"

#include <re2/re2.h>

#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/utf8.h"

namespace maester {
namespace {

constexpr std::size_t kMaxPattern = 4096;
constexpr std::int64_t kMaxMemory = 1 << 20;

// ECMAScript's white space and line ends, for use inside of a class.
constexpr std::string_view kSpace =
    R"(\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr std::string_view kAnyButLineEnd = R"([^\n\r\x{2028}\x{2029}])";

// Names of \p{...} that RE2 knows in their short form only.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kProperties = {{
    {"Letter", "L"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Mark", "M"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Symbol", "S"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Other", "C"},
}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Translator {
 public:
  explicit Translator(std::string_view in) : in_(in) {}

  std::optional<std::string> run() {
    while (at_ < in_.size()) {
      if (!(in_class_ ? class_item() : item())) return std::nullopt;
    }
    if (in_class_) return std::nullopt;
    return std::move(out_);
  }
  const char* reason() const { return reason_; }

 private:
  std::string_view rest() const { return in_.substr(at_); }
  bool refuse(const char* why) {
    reason_ = why;
    return false;
  }
  void take(std::size_t n) {
    out_ += in_.substr(at_, n);
    at_ += n;
  }
  void emit(std::string_view text, std::size_t taken) {
    out_ += text;
    at_ += taken;
  }

  bool item() {
    if (in_[at_] == '\\') return escape();
    if (in_[at_] == '.') return emit(kAnyButLineEnd, 1), true;
    if (in_[at_] == '[') return open_class();
    if (rest().starts_with("(?")) return group();
    take(1);
    return true;
  }

  bool group() {
    if (rest().starts_with("(?:")) return take(3), true;
    if (rest().starts_with("(?=") || rest().starts_with("(?!")) return refuse("look-ahead");
    if (rest().starts_with("(?<=") || rest().starts_with("(?<!")) return refuse("look-behind");
    if (rest().starts_with("(?<")) return emit("(?P<", 3), true;
    return refuse("a group with flags");
  }

  bool open_class() {
    if (rest().starts_with("[^]")) return emit(R"([\x{0}-\x{10ffff}])", 3), true;
    if (rest().starts_with("[]")) return emit(R"([^\x{0}-\x{10ffff}])", 2), true;
    in_class_ = true;
    take(rest().starts_with("[^") ? 2 : 1);
    return true;
  }

  bool class_item() {
    if (in_[at_] == '\\') return escape();
    if (in_[at_] == '[') return emit("\\[", 1), true;
    if (in_[at_] == ']') in_class_ = false;
    take(1);
    return true;
  }

  bool escape() {
    if (at_ + 1 == in_.size()) return refuse("a backslash at its end");
    const char c = in_[at_ + 1];
    switch (c) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 't':
      case 'n':
      case 'r':
      case 'f':
      case 'v':
        return take(2), true;
      case 's':
        return white_space();
      case 'S':
        if (in_class_) return refuse("`\\S` in a class");
        return emit("[^" + std::string(kSpace) + "]", 2), true;
      case 'b':
        return in_class_ ? (emit("\\x08", 2), true) : (take(2), true);
      case 'B':
        return in_class_ ? refuse("`\\B` in a class") : (take(2), true);
      case '0':
        if (at_ + 2 < in_.size() && is_digit(in_[at_ + 2])) return refuse("an octal escape");
        return emit("\\x00", 2), true;
      case 'x':
        return hexadecimal(2, 2);
      case 'u':
        return unicode();
      case 'c':
        return control();
      case 'p':
      case 'P':
        return property();
      case 'k':
        return refuse("a back-reference");
      default:
        break;
    }
    if (is_digit(c)) return refuse("a back-reference");
    if (is_word(c)) return refuse("an escape that does not exist");
    if (static_cast<unsigned char>(c) >= 0x80) return ++at_, true;  // an escaped letter is itself
    take(2);
    return true;
  }

  bool white_space() {
    emit(in_class_ ? std::string(kSpace) : "[" + std::string(kSpace) + "]", 2);
    return true;
  }

  bool hex_value(std::size_t from, std::size_t length, std::uint32_t& value) const {
    if (from + length > in_.size() || length == 0 || length > 6) return false;
    value = 0;
    for (const char c : in_.substr(from, length)) {
      const char lower = static_cast<char>(c | 0x20);
      if (is_digit(c))
        value = value * 16 + static_cast<std::uint32_t>(c - '0');
      else if (lower >= 'a' && lower <= 'f')
        value = value * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
      else
        return false;
    }
    return true;
  }

  void emit_code_point(std::uint32_t value) {
    char text[16];
    const int n = std::snprintf(text, sizeof text, "\\x{%x}", value);
    out_.append(text, static_cast<std::size_t>(n));
  }

  bool hexadecimal(std::size_t skip, std::size_t length) {
    std::uint32_t value = 0;
    if (!hex_value(at_ + skip, length, value)) return refuse("a broken hexadecimal escape");
    emit_code_point(value);
    at_ += skip + length;
    return true;
  }

  bool unicode() {
    if (rest().starts_with("\\u{")) {
      const std::size_t close = rest().find('}');
      if (close == std::string_view::npos) return refuse("a broken `\\u{`");
      if (!hexadecimal(3, close - 3)) return false;
      ++at_;
      return true;
    }
    std::uint32_t high = 0;
    std::uint32_t low = 0;
    if (!hex_value(at_ + 2, 4, high)) return refuse("a broken `\\u`");
    if (high < 0xd800 || high > 0xdfff) return hexadecimal(2, 4);
    const bool pair = high < 0xdc00 && rest().substr(6).starts_with("\\u") &&
                      hex_value(at_ + 8, 4, low) && low >= 0xdc00 && low <= 0xdfff;
    if (!pair) return refuse("half of a surrogate pair");
    emit_code_point(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
    at_ += 12;
    return true;
  }

  bool control() {
    if (at_ + 2 >= in_.size() || !is_word(in_[at_ + 2]) || is_digit(in_[at_ + 2])) {
      return refuse("a broken `\\c`");
    }
    emit_code_point(static_cast<std::uint32_t>(in_[at_ + 2]) & 0x1f);
    at_ += 3;
    return true;
  }

  bool property() {
    const std::size_t close = rest().find('}');
    if (!rest().substr(2).starts_with("{") || close == std::string_view::npos) {
      return refuse("`\\p` without braces");
    }
    std::string_view name = rest().substr(3, close - 3);
    if (const auto equals = name.find('='); equals != std::string_view::npos) {
      name = name.substr(equals + 1);
    }
    for (const auto& [known, brief] : kProperties) {
      if (name == known) name = brief;
    }
    out_ += '\\';
    out_ += in_[at_ + 1];
    out_.append("{").append(name).append("}");
    at_ += close + 1;
    return true;
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::string out_;
  bool in_class_ = false;
  const char* reason_ = "a class without its end";
};

std::unexpected<Error> unusable(std::string_view pattern, std::string_view why) {
  return fail(Code::invalid_request, "The pattern `" + std::string(utf8::truncate(pattern, 200)) +
                                         "` cannot be used: " + std::string(why) + ".");
}

}  // namespace

Result<std::string> translate_pattern(std::string_view ecma) {
  if (ecma.size() > kMaxPattern) return unusable(ecma, "it is longer than 4096 bytes");
  Translator translator(ecma);
  std::optional<std::string> out = translator.run();
  if (!out) return unusable(ecma, std::string("it has ") + translator.reason());
  return *std::move(out);
}

Result<Pattern> Pattern::compile(std::string_view ecma) {
  TRY_ASSIGN(const std::string translated, translate_pattern(ecma));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto program = std::make_shared<const re2::RE2>(translated, options);
  if (!program->ok()) {
    auto refused = unusable(ecma, "its syntax is wrong or it is too large");
    refused.error().detail = program->error();
    return refused;
  }
  Pattern out;
  out.program_ = std::move(program);
  return out;
}

std::optional<std::string_view> Pattern::find(std::string_view text, std::size_t from,
                                              std::size_t until) const {
  re2::StringPiece found;
  if (!program_->Match(re2::StringPiece(text.data(), text.size()), from, text.size(),
                       re2::RE2::UNANCHORED, &found, 1))
    return std::nullopt;
  const auto begin = static_cast<std::size_t>(found.data() - text.data());
  if (begin >= until) return std::nullopt;
  return text.substr(begin, found.size());
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *program_);
}

}  // namespace maester
