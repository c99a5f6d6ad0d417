// The order of version names: runs of digits compare as numbers, so `v10` comes after `v9` and
// `1.10.0` after `1.9.0`.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace maester::prompts {

// A total order: names that differ only in leading zeros are ordered bytewise.
std::strong_ordering natural_compare(std::string_view a, std::string_view b);

struct NaturalLess {
  bool operator()(std::string_view a, std::string_view b) const {
    return natural_compare(a, b) < 0;
  }
};

// 12 of "v12"; nullopt unless it is `v` and a number without leading zeros below 10^9.
std::optional<std::int64_t> version_number(std::string_view version);

}  // namespace maester::prompts
