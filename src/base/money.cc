#include "base/money.h"

#include <algorithm>

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
  int128 quotient = magnitude / divisor;
  const int128 twice = (magnitude % divisor) * 2;
  if (twice > divisor || (twice == divisor && quotient % 2 != 0)) ++quotient;
  return negative ? -quotient : quotient;
}

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
  if (value == 0) return "0";
  const bool negative = value < 0;
  std::string out;
  while (value != 0) {
    const int digit = static_cast<int>(value % 10);
    out += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  }
  if (negative) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
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
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out;
}

std::string FemtoUsd::to_fixed(int decimals) const {
  const int128 shown = decimals >= kScale
                           ? units_ * power_of_ten(decimals - kScale)
                           : divide_half_even(units_, power_of_ten(kScale - decimals));
  const bool negative = shown < 0;
  std::string digits = maester::to_string(negative ? -shown : shown);
  const auto places = static_cast<std::size_t>(decimals);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - places, 1, '.');
  return negative ? "-" + digits : digits;
}

FemtoUsd FemtoUsd::divided_by(std::int64_t divisor) const {
  return from_units(divide_half_even(units_, divisor));
}

}  // namespace maester
