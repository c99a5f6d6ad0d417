// Money: integers of 10^-15 US dollars in 128 bits. No floating point, no rounding before display.
//
// The range is +-1.7e23 dollars, so sums of any realistic ledger cannot overflow; a product of a
// price and a count is checked by its caller's bounds (price <= 10^6 USD per unit, count <= 2^63).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maester {

__extension__ using int128 = __int128;

class FemtoUsd {
 public:
  constexpr FemtoUsd() = default;
  static constexpr FemtoUsd from_units(int128 femto) { return FemtoUsd(femto); }
  // "0.40", "-3", "1.375e-07": an exact decimal. A value finer than 10^-15 is rounded half-even,
  // and *rounded set.
  static std::optional<FemtoUsd> parse(std::string_view decimal, bool* rounded = nullptr);

  constexpr int128 units() const { return units_; }
  constexpr bool is_zero() const { return units_ == 0; }

  // Exact, without trailing zeros: "0.0000928", "12", "0".
  std::string to_string() const;
  // With exactly `decimals` digits after the point, half-even: to_fixed(6) of 0.0000928 is
  // "0.000093". At most 36.
  std::string to_fixed(int decimals) const;

  constexpr auto operator<=>(const FemtoUsd&) const = default;
  constexpr FemtoUsd operator+(FemtoUsd o) const { return FemtoUsd(units_ + o.units_); }
  constexpr FemtoUsd operator-(FemtoUsd o) const { return FemtoUsd(units_ - o.units_); }
  constexpr FemtoUsd operator-() const { return FemtoUsd(-units_); }
  constexpr FemtoUsd& operator+=(FemtoUsd o) { return *this = *this + o; }
  constexpr FemtoUsd& operator-=(FemtoUsd o) { return *this = *this - o; }
  constexpr FemtoUsd operator*(std::int64_t count) const { return FemtoUsd(units_ * count); }
  // A quotient rounded half-even. REQUIRES: divisor > 0
  FemtoUsd divided_by(std::int64_t divisor) const;

 private:
  explicit constexpr FemtoUsd(int128 units) : units_(units) {}
  int128 units_ = 0;
};

// 128-bit integers as decimal text.
std::string to_string(int128 value);

}  // namespace maester
