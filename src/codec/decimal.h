// A JSON number as an exact decimal: sign, digits and a power of ten. Nothing is rounded and
// nothing is expanded, so "1e1000000000" costs as much as "1". Pure, no errors: the text comes from
// a parsed Document.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maester::json {

class Decimal {
 public:
  Decimal() = default;
  // REQUIRES: text is a JSON number
  static Decimal parse(std::string_view text);

  bool is_zero() const { return digits_.empty(); }
  bool negative() const { return negative_; }
  bool is_integer() const { return exponent_ >= 0; }
  // The place of the first digit: 0 for units, -1 for tenths. REQUIRES: nothing; 0 for zero.
  std::int64_t magnitude() const;
  std::optional<std::int64_t> to_int64() const;  // nothing when not an integer or out of range

  std::string to_string() const;  // plain where that is short, else with an exponent
  std::string canonical() const;  // one text for each value: "-15e-1"

  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const = default;

  // Whether this is an integral multiple of `divisor` (positive or negative, not zero), by long
  // division on the digits. Nothing when the two are so far apart that the division would take more
  // than `max_steps` digits.
  std::optional<bool> multiple_of(const Decimal& divisor, std::size_t max_steps = 100'000) const;

 private:
  bool negative_ = false;
  std::string digits_;  // without leading and trailing zeros; empty = zero
  std::int64_t exponent_ =
      0;  // value = digits x 10^exponent; clamped far outside of anything that is compared
};

}  // namespace maester::json
