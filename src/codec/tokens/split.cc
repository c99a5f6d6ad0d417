#include "codec/tokens/split.h"

#include <unicode/uchar.h>

#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace maester::tokens {
namespace {

using Class = std::uint8_t;
constexpr Class kUpper = 1;    // Lu, Lt
constexpr Class kLower = 2;    // Ll
constexpr Class kOther = 4;    // Lm, Lo
constexpr Class kMark = 8;     // M
constexpr Class kNumber = 16;  // N
constexpr Class kSpace = 32;   // White_Space, line breaks too
constexpr Class kBreak = 64;   // CR, LF
constexpr Class kLetter = kUpper | kLower | kOther;

constexpr Class ascii_class(char c) {
  if (c >= 'a' && c <= 'z') return kLower;
  if (c >= 'A' && c <= 'Z') return kUpper;
  if (c >= '0' && c <= '9') return kNumber;
  if (c == '\r' || c == '\n') return kSpace | kBreak;
  if (c == ' ' || (c >= '\t' && c <= '\r')) return kSpace;
  return 0;
}

constexpr auto kAscii = [] {
  std::array<Class, 128> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = ascii_class(static_cast<char>(i));
  return out;
}();

Class class_of(char32_t c) {
  if (c < kAscii.size()) return kAscii[c];
  const auto point = static_cast<UChar32>(c);
  const std::uint32_t mask = U_GET_GC_MASK(point);
  if ((mask & (U_GC_LO_MASK | U_GC_LM_MASK)) != 0) return kOther;
  if ((mask & U_GC_LL_MASK) != 0) return kLower;
  if ((mask & (U_GC_LU_MASK | U_GC_LT_MASK)) != 0) return kUpper;
  if ((mask & U_GC_M_MASK) != 0) return kMark;
  if ((mask & U_GC_N_MASK) != 0) return kNumber;
  return u_isUWhiteSpace(point) ? kSpace : Class{0};
}

struct Point {
  Class kind = 0;
  std::uint8_t length = 0;  // bytes; 0 at the end of the text
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Point at(std::size_t i) const {
    if (i >= text_.size()) return {};
    const auto byte = static_cast<unsigned char>(text_[i]);
    if (byte < kAscii.size()) return {kAscii[byte], 1};
    const utf8::Decoded one = utf8::decode(text_, i);
    return {class_of(one.code_point), static_cast<std::uint8_t>(one.length)};
  }
  char byte(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  std::size_t size() const { return text_.size(); }

  // Past the longest run of these classes, at most `most` code points.
  std::size_t skip(std::size_t i, Class classes, std::size_t most = ~std::size_t{0}) const {
    for (; most > 0; --most) {
      const Point p = at(i);
      if (p.length == 0 || (p.kind & classes) == 0) break;
      i += p.length;
    }
    return i;
  }

  // The length of 's 't 're 've 'm 'll 'd at i, in either case (a long s folds to s), else 0.
  std::size_t contraction(std::size_t i) const {
    if (byte(i) != '\'') return 0;
    const auto lower = [&](std::size_t j) {
      const char c = byte(j);
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    };
    const char a = lower(i + 1);
    const char b = lower(i + 2);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return 3;
    return text_.substr(i + 1).starts_with("\u017f") ? 3 : 0;
  }

 private:
  std::string_view text_;
};

// \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+ : what both patterns end in.
// `slashes`: the punctuation may be followed by '/' too.
std::size_t other_piece(const Scanner& text, bool slashes) {
  const Point first = text.at(0);
  if ((first.kind & kNumber) != 0) return text.skip(0, kNumber, 3);

  const std::size_t begin = text.byte(0) == ' ' ? 1 : 0;
  std::size_t end = begin;
  for (Point p = text.at(end); p.length > 0 && (p.kind & (kSpace | kLetter | kNumber)) == 0;
       p = text.at(end)) {
    end += p.length;
  }
  if (end > begin) {
    while ((text.at(end).kind & kBreak) != 0 || (slashes && text.byte(end) == '/')) ++end;
    return end;
  }

  // White space. One walk finds where it ends, its last code point and its last line break.
  std::size_t last = 0;
  std::size_t after_break = 0;
  end = 0;
  for (Point p = text.at(0); (p.kind & kSpace) != 0; p = text.at(end)) {
    last = end;
    end += p.length;
    if ((p.kind & kBreak) != 0) after_break = end;
  }
  if (after_break > 0) return after_break;
  if (end == text.size() || last == 0) return end;
  return last;  // the last one goes with the word that follows
}

std::size_t cl100k_piece(const Scanner& text) {
  if (const std::size_t length = text.contraction(0)) return length;
  const Point first = text.at(0);
  const bool prefix = (first.kind & (kBreak | kLetter | kNumber)) == 0;
  const std::size_t begin = prefix ? first.length : 0;
  const std::size_t end = text.skip(begin, kLetter);
  return end > begin ? end : other_piece(text, false);
}

constexpr Class kUpperLike = kUpper | kOther | kMark;
constexpr Class kLowerLike = kLower | kOther | kMark;

// U*L+ from i, as a backtracking matcher finds it: 0 when it does not match. Else the end.
std::size_t lower_word(const Scanner& text, std::size_t i) {
  std::size_t after_shared = 0;  // the last code point of the U run that L takes too
  Point p = text.at(i);
  for (; p.length > 0 && (p.kind & kUpperLike) != 0; p = text.at(i)) {
    i += p.length;
    if ((p.kind & kLowerLike) != 0) after_shared = i;
  }
  if ((p.kind & kLower) != 0) return text.skip(i, kLowerLike);
  return after_shared;
}

// U+L* from i; 0 when it does not match.
std::size_t upper_word(const Scanner& text, std::size_t i) {
  const std::size_t end = text.skip(i, kUpperLike);
  return end > i ? text.skip(end, kLowerLike) : 0;
}

std::size_t o200k_piece(const Scanner& text) {
  const Point first = text.at(0);
  const bool prefix = (first.kind & (kBreak | kLetter | kNumber)) == 0;
  std::size_t end = prefix ? lower_word(text, first.length) : 0;
  if (end == 0) end = lower_word(text, 0);
  if (end == 0 && prefix) end = upper_word(text, first.length);
  if (end == 0) end = upper_word(text, 0);
  return end > 0 ? end + text.contraction(end) : other_piece(text, true);
}

}  // namespace

std::size_t first_piece(Pattern pattern, std::string_view text) {
  const Scanner scanner(text);
  return pattern == Pattern::o200k_base ? o200k_piece(scanner) : cl100k_piece(scanner);
}

}  // namespace maester::tokens
