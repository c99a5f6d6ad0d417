#include "codec/decimal.h"

#include <algorithm>
#include <limits>

namespace maester::json {
namespace {

// Exponents are clamped here: beyond, two numbers differ in ways that no text of ours can hide.
constexpr std::int64_t kExponentBound = 4'000'000'000'000'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::int64_t parse_exponent(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::int64_t out = 0;
  for (const char c : text) {
    if (out > kExponentBound / 20) {
      out = kExponentBound / 2;
      break;
    }
    out = out * 10 + (c - '0');
  }
  return negative ? -out : out;
}

// Remainders while dividing digit by digit, as decimal digits without leading zeros: an empty text
// is zero.
bool less(const std::string& a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : std::string_view(a) < b;
}

// a -= b. REQUIRES: a >= b
void subtract(std::string& a, std::string_view b) {
  int borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    int digit = a[a.size() - 1 - i] - '0' - borrow;
    if (i < b.size()) digit -= b[b.size() - 1 - i] - '0';
    borrow = digit < 0 ? 1 : 0;
    a[a.size() - 1 - i] = static_cast<char>('0' + digit + 10 * borrow);
    if (i >= b.size() && borrow == 0) break;
  }
  a.erase(0, std::min(a.find_first_not_of('0'), a.size()));
}

}  // namespace

Decimal Decimal::parse(std::string_view text) {
  Decimal out;
  std::size_t i = 0;
  if (i < text.size() && text[i] == '-') out.negative_ = true, ++i;
  bool fraction = false;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) {
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    if (fraction) --out.exponent_;
    if (!out.digits_.empty() || text[i] != '0') out.digits_ += text[i];
  }
  if (i < text.size()) out.exponent_ += parse_exponent(text.substr(i + 1));
  const std::size_t kept = out.digits_.find_last_not_of('0') + 1;
  out.exponent_ += static_cast<std::int64_t>(out.digits_.size() - kept);
  out.digits_.resize(kept);
  return out.digits_.empty() ? Decimal() : out;
}

std::int64_t Decimal::magnitude() const {
  return is_zero() ? 0 : exponent_ + static_cast<std::int64_t>(digits_.size()) - 1;
}

std::optional<std::int64_t> Decimal::to_int64() const {
  if (!is_integer() || magnitude() > 18) return std::nullopt;
  __extension__ using wide = __int128;
  wide value = 0;
  for (const char c : digits_) value = value * 10 + (c - '0');
  for (std::int64_t i = 0; i < exponent_; ++i) value *= 10;
  if (negative_) value = -value;
  if (value < std::numeric_limits<std::int64_t>::min() ||
      value > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}

std::string Decimal::to_string() const {
  if (is_zero()) return "0";
  if (exponent_ > 20 || exponent_ < -20) return canonical();
  std::string out = digits_;
  if (exponent_ >= 0) {
    out.append(static_cast<std::size_t>(exponent_), '0');
  } else {
    const auto places = static_cast<std::size_t>(-exponent_);
    if (out.size() <= places) out.insert(0, places + 1 - out.size(), '0');
    out.insert(out.size() - places, 1, '.');
  }
  return (negative_ ? "-" : "") + out;
}

std::string Decimal::canonical() const {
  return (negative_ ? "-" : "") + (is_zero() ? "0" : digits_) + "e" + std::to_string(exponent_);
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  if (is_zero() || other.is_zero()) {
    const int here = is_zero() ? 0 : negative_ ? -1 : 1;
    const int there = other.is_zero() ? 0 : other.negative_ ? -1 : 1;
    return here <=> there;
  }
  if (negative_ != other.negative_) {
    return negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  // Without trailing zeros, digits of one magnitude order as texts do.
  std::strong_ordering size = magnitude() <=> other.magnitude();
  if (size == std::strong_ordering::equal) size = digits_ <=> other.digits_;
  return negative_ ? 0 <=> size : size;
}

std::optional<bool> Decimal::multiple_of(const Decimal& divisor, std::size_t max_steps) const {
  if (is_zero()) return true;
  // this / divisor = (a / b) x 10^shift; an integer needs b | a x 10^shift.
  const std::int64_t shift = exponent_ - divisor.exponent_;
  std::string_view by = divisor.digits_;
  std::string scaled;
  if (shift < 0) {  // then b grows instead; when it has more digits than a, it cannot divide a
    if (by.size() + static_cast<std::size_t>(-shift) > digits_.size()) return false;
    scaled = divisor.digits_ + std::string(static_cast<std::size_t>(-shift), '0');
    by = scaled;
  }
  const std::size_t zeros = shift > 0 ? static_cast<std::size_t>(shift) : 0;
  std::string remainder;
  std::size_t work = 0;
  for (std::size_t i = 0; i < digits_.size() + zeros; ++i) {
    const char digit = i < digits_.size() ? digits_[i] : '0';
    if (!remainder.empty() || digit != '0') remainder += digit;
    while (!less(remainder, by)) subtract(remainder, by);
    if (i >= digits_.size() && remainder.empty()) return true;
    work += by.size();
    if (work > max_steps) return std::nullopt;
  }
  return remainder.empty();
}

}  // namespace maester::json
