// Hashes: SHA-256 for identity and chains, CRC-32C for record integrity.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace maester {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

// Castagnoli polynomial (RFC 3720 appendix B.4), continued from `seed` (the CRC of what came
// before). Uses SSE 4.2 where the processor has it.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

// True when both are equal and not empty; the time does not depend on where they differ.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace maester
