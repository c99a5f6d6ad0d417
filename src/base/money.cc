#include "base/money.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <limits>
#include <string_view>

namespace maester {
namespace {

constexpr int kScale = 15;
constexpr int kMaxDigits = 36;  // 10^36 < 2^127, with room for one more addition

int128 power_of_ten(int exponent) {
  int128 value = 1;
  for (int i = 0; i < exponent; ++i) value *= 10;
  return value;
}

// value / divisor, half to even; divisor > 0.
int128 divide_half_even(int128 value, int128 divisor) {
  const bool negative = value < 0;
  const int128 magnitude = negative ? -value : value;
  constexpr auto kNarrow = static_cast<int128>(std::numeric_limits<std::uint64_t>::max() / 4);
  if (magnitude <= kNarrow && divisor <= kNarrow) {  // the same in 64 bits, ten times as fast
    const auto dividend = static_cast<std::uint64_t>(magnitude);
    const auto by = static_cast<std::uint64_t>(divisor);
    std::uint64_t narrow = dividend / by;
    const std::uint64_t twice = dividend % by * 2;
    if (twice > by || (twice == by && narrow % 2 != 0)) ++narrow;
    return negative ? -static_cast<int128>(narrow) : static_cast<int128>(narrow);
  }
  int128 quotient = magnitude / divisor;
  const int128 twice = (magnitude % divisor) * 2;
  if (twice > divisor || (twice == divisor && quotient % 2 != 0)) ++quotient;
  return negative ? -quotient : quotient;
}

// A magnitude's decimal text, written from its end. Nearly all amounts fit 64 bits, whose division
// is ten times as fast as that of 128.
class Digits {
 public:
  explicit Digits(int128 magnitude) {
    auto rest = static_cast<unsigned __int128>(magnitude);
    while (rest > std::numeric_limits<std::uint64_t>::max()) {
      put(static_cast<char>('0' + static_cast<int>(rest % 10)));
      rest /= 10;
    }
    auto small = static_cast<std::uint64_t>(rest);
    do {
      put(static_cast<char>('0' + small % 10));
      small /= 10;
    } while (small != 0);
  }
  void put(char c) { *--begin_ = c; }
  // Puts a point before the last `places` digits, with zeros where there are too few.
  void point(std::size_t places) {
    if (places == 0) return;
    while (view().size() <= places) put('0');
    const std::size_t whole = view().size() - places;
    std::memmove(begin_ - 1, begin_, whole);
    --begin_;
    begin_[whole] = '.';
  }
  std::string_view view() const { return {begin_, static_cast<std::size_t>(end() - begin_)}; }

 private:
  const char* end() const { return text_.data() + text_.size(); }
  std::array<char, 96> text_;
  char* begin_ = text_.data() + text_.size();
};

struct Decimal {
  bool negative = false;
  std::string digits;  // without leading zeros
  int exponent = 0;    // value = digits x 10^exponent
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<Decimal> scan(std::string_view text) {
  Decimal out;
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) out.negative = text[i++] == '-';
  bool any = false;
  bool point = false;
  for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    any = true;
    if (!out.digits.empty() || text[i] != '0') out.digits += text[i];
    if (point) --out.exponent;
  }
  if (!any) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    bool negative = false;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
    if (i == text.size() || text.size() - i > 4) return std::nullopt;
    int exponent = 0;
    for (; i < text.size() && is_digit(text[i]); ++i) exponent = exponent * 10 + (text[i] - '0');
    out.exponent += negative ? -exponent : exponent;
  }
  if (i != text.size()) return std::nullopt;
  return out;
}

}  // namespace

std::string to_string(int128 value) {
  Digits text(value < 0 ? -value : value);
  if (value < 0) text.put('-');
  return std::string(text.view());
}

std::optional<FemtoUsd> FemtoUsd::parse(std::string_view decimal, bool* rounded) {
  if (rounded != nullptr) *rounded = false;
  auto scanned = scan(decimal);
  if (!scanned) return std::nullopt;
  while (!scanned->digits.empty() && scanned->digits.back() == '0') {
    scanned->digits.pop_back();
    ++scanned->exponent;
  }
  if (scanned->digits.empty()) return FemtoUsd{};
  const int shift = scanned->exponent + kScale;  // units = digits x 10^shift
  const int width = static_cast<int>(scanned->digits.size());
  if (width > kMaxDigits || width + shift > kMaxDigits) return std::nullopt;
  int128 units = 0;
  for (const char c : scanned->digits) units = units * 10 + (c - '0');
  if (shift >= 0) {
    units *= power_of_ten(shift);
  } else {
    units = -shift > kMaxDigits ? 0 : divide_half_even(units, power_of_ten(-shift));
    if (rounded != nullptr) *rounded = true;
  }
  return from_units(scanned->negative ? -units : units);
}

std::string FemtoUsd::to_string() const {
  std::string out = to_fixed(kScale);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

std::string FemtoUsd::to_fixed(int decimals) const {
  assert(decimals >= 0 && decimals <= kMaxDigits);
  const int128 shown = decimals >= kScale
                           ? units_ * power_of_ten(decimals - kScale)
                           : divide_half_even(units_, power_of_ten(kScale - decimals));
  Digits text(shown < 0 ? -shown : shown);
  text.point(static_cast<std::size_t>(decimals));
  if (shown < 0) text.put('-');
  return std::string(text.view());
}

FemtoUsd FemtoUsd::divided_by(std::int64_t divisor) const {
  return from_units(divide_half_even(units_, divisor));
}

}  // namespace maester
