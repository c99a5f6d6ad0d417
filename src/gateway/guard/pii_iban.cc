#include <algorithm>
#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"

namespace maester::gateway::guard {
namespace {

struct Country {
  std::string_view code;
  std::size_t length;
};
// ISO 13616's registry, by code.
constexpr auto kCountries = std::to_array<Country>(
    {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
     {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
     {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
     {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
     {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
     {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
     {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
     {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24},
     {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
     {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
     {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
     {"YE", 30}});

std::size_t length_in(std::string_view code) {
  const auto at = std::lower_bound(kCountries.begin(), kCountries.end(), code,
                                   [](const Country& c, std::string_view k) { return c.code < k; });
  return at != kCountries.end() && at->code == code ? at->length : 0;
}

// The number with its first four characters last, letters as 10 ... 35, must leave 1.
bool mod97(std::string_view iban) {
  unsigned rest = 0;
  const auto take = [&](char c) {
    if (is_digit(c)) {
      rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    } else {
      rest = (rest * 100 + static_cast<unsigned>(c - 'A' + 10)) % 97;
    }
  };
  for (const char c : iban.substr(4)) take(c);
  for (const char c : iban.substr(0, 4)) take(c);
  return rest == 1;
}

char upper(int c) {
  return static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
}

}  // namespace

std::size_t match_iban(const Source& source, std::size_t at) {
  if (!is_alpha(source.at(at)) || !is_alpha(source.at(at + 1))) return 0;
  std::array<char, 36> number{upper(source.at(at)), upper(source.at(at + 1))};
  const std::size_t length = length_in({number.data(), 2});
  if (length == 0) return 0;
  std::size_t count = 2, pos = at + 2;
  while (count < length) {
    int byte = source.at(pos);
    if ((byte == ' ' || byte == '-') && is_alnum(source.at(pos + 1)) && source.before(pos) != byte)
      byte = source.at(++pos);
    if (!is_alnum(byte) || (count < 4 && !is_digit(byte))) return 0;
    number[count++] = upper(byte);
    ++pos;
  }
  if (is_word(source.at(pos))) return 0;
  return mod97({number.data(), length}) ? pos - at : 0;
}

}  // namespace maester::gateway::guard
