// Personal data: numbers that can be checked (cards, IBANs, social security numbers), addresses of
// people and machines, and what only its surroundings make personal (a date of birth, a passport
// number, a name).
//
// Sources of the rules: ISO/IEC 7812 (Luhn), ISO 13616 (IBAN lengths) and ISO 7064 mod 97-10, SSA's
// list of numbers never issued, GS1 (the check digit of AHV numbers), RFC 5321 (addresses of mail),
// RFC 4291 (IPv6), ITU E.164 (telephone numbers).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

// The kinds by name, in the order of their bits.
std::span<const std::string_view> pii_kinds();
std::optional<std::uint32_t> pii_bit(std::string_view kind);
inline constexpr std::uint32_t kAllPii = 0xffffffff;

std::unique_ptr<Scanner> make_pii_scanner(std::uint32_t kinds);

}  // namespace maester::gateway::guard
