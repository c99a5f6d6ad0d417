// The matchers of personal data, one a kind. Each answers the length of the match that begins at
// `at`, 0 for none. Private to guard.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

// pii_numbers.cc. REQUIRES: a digit, '+' or '(' at `at`, no letter or digit before it
std::size_t match_card(const Source& source, std::size_t at);
std::size_t match_ssn(const Source& source, std::size_t at);
std::size_t match_ahv(const Source& source, std::size_t at);
std::size_t match_birth_date(const Source& source, std::size_t at);
// pii_phone.cc
std::size_t match_phone(const Source& source, std::size_t at);
// pii_network.cc
std::size_t match_ipv4(const Source& source, std::size_t at);
std::size_t match_ipv6(const Source& source, std::size_t at);
std::size_t match_mac(const Source& source, std::size_t at);
// pii_iban.cc. REQUIRES: a word's first letter at `at`
std::size_t match_iban(const Source& source, std::size_t at);
// pii_text.cc
std::size_t match_email(const Source& source, std::size_t at);
std::size_t match_passport(const Source& source, std::size_t at);
std::size_t match_name(const Source& source, std::size_t at);
// pii_address.cc: of a house, "12 Example Street, 10115 Berlin"
std::size_t match_address(const Source& source, std::size_t at);

// Whether one of `words` (lower-case) stands as a whole word in what is behind `at`, at most
// `reach` bytes back; "geb*" is the beginning of a word.
bool behind_any(const Source& source, std::size_t at, std::size_t reach,
                std::span<const std::string_view> words);

}  // namespace maester::gateway::guard
