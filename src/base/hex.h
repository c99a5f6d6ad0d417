// Lower-case hexadecimal.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace maester {

std::string hex_encode(std::span<const std::uint8_t> bytes);
// False unless `hex` has exactly 2 x out.size() hex digits; out is unspecified then.
bool hex_decode(std::string_view hex, std::span<std::uint8_t> out);

}  // namespace maester
