#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kCardDigits = 19;

int value(int digit) {
  return digit - '0';
}

bool luhn(std::span<const char> digits) {
  int sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i-- > 0; twice = !twice) {
    int d = value(digits[i]);
    if (twice && (d *= 2) > 9) d -= 9;
    sum += d;
  }
  return sum % 10 == 0;
}

// Whether an issuer gives out numbers of this length that begin so.
bool plausible_issuer(std::span<const char> d) {
  const std::size_t n = d.size();
  const int two = value(d[0]) * 10 + value(d[1]);
  const int four = two * 100 + value(d[2]) * 10 + value(d[3]);
  if (d[0] == '4') return n == 13 || n == 16 || n == 19;                            // Visa
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return n == 16;   // Mastercard
  if (two == 34 || two == 37) return n == 15;                                       // Amex
  if (four == 6011 || (four >= 6440 && four <= 6499) || two == 65) return n >= 16;  // Discover
  if ((four >= 3000 && four <= 3059) || two == 36 || two == 38 || two == 39)
    return n >= 14;                                                                     // Diners
  if (four >= 3528 && four <= 3589) return n >= 16;                                     // JCB
  if (two == 62 || two == 81) return n >= 16;                                           // UnionPay
  if (four >= 2200 && four <= 2204) return n >= 16;                                     // Mir
  return (two == 50 || (two >= 56 && two <= 59) || two == 63 || two == 67) && n >= 13;  // Maestro
}

bool card_separator(int byte) {
  return byte == ' ' || byte == '-' || byte == '.';
}

// Bytes of a separator that nobody sees or types by accident: no-break space, zero-width ones.
std::size_t odd_space(const Source& source, std::size_t at) {
  const int first = source.at(at);
  if (first == 0xc2) return source.at(at + 1) == 0xa0 ? 2 : 0;
  if (first != 0xe2) return 0;
  const int second = source.at(at + 1), third = source.at(at + 2);
  if (second != 0x80) return 0;
  return (third >= 0x80 && third <= 0x91) || third == 0xaf ? 3 : 0;
}

// Digits in groups parted by `separator`; the length, or 0.
std::size_t match_groups(const Source& source, std::size_t at, std::span<const int> groups,
                         std::string_view separators, char* digits) {
  std::size_t pos = at;
  int separator = -2;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (g > 0) {
      const int byte = source.at(pos);
      if (byte < 0 || separators.find(static_cast<char>(byte)) == std::string_view::npos) return 0;
      if (separator != -2 && byte != separator) return 0;
      separator = byte;
      ++pos;
    }
    for (int i = 0; i < groups[g]; ++i) {
      const int byte = source.at(pos++);
      if (!is_digit(byte)) return 0;
      *digits++ = static_cast<char>(byte);
    }
  }
  if (is_word(source.at(pos))) return 0;
  if (source.at(pos) == '-' && is_alnum(source.at(pos + 1))) return 0;
  return pos - at;
}

bool check_digit_ean13(std::span<const char> d) {
  int sum = 0;
  for (std::size_t i = 0; i < 12; ++i) sum += value(d[i]) * (i % 2 == 0 ? 1 : 3);
  return (10 - sum % 10) % 10 == value(d[12]);
}

constexpr auto kBirthWords = std::to_array<std::string_view>(
    {"born",          "birth",         "birthday",      "birthdate",  "dob",     "d.o.b",
     "geb*",          "nacid*",        "nacimiento",    "naissance",  "nascita", "nat[oa]",
     "nato",          "nata",          "nascid*",       "nascimento", "urodz*",  "n\xc3\xa9",
     "n\xc3\xa9\x65", "geboortedatum", "f\xc3\xb6\x64*"});

// A number of one to `most` digits; its length, with the value in `out`.
std::size_t number(const Source& source, std::size_t at, std::size_t most, int& out) {
  out = 0;
  std::size_t n = 0;
  while (n < most && is_digit(source.at(at + n))) out = out * 10 + value(source.at(at + n++));
  return is_digit(source.at(at + n)) ? 0 : n;
}

bool plausible_date(int day, int month) {
  return (day >= 1 && day <= 31 && month >= 1 && month <= 12) ||
         (month >= 1 && month <= 31 && day >= 1 && day <= 12);
}

// "15 May 1984", "15. Mai 1984": letters of a month between day and year.
std::size_t written_date(const Source& source, std::size_t at) {
  int day = 0, year = 0;
  std::size_t pos = at;
  const std::size_t d = number(source, pos, 2, day);
  if (d == 0 || day < 1 || day > 31) return 0;
  pos += d;
  for (std::size_t i = 0; i < 3 && (source.at(pos) == '.' || source.at(pos) == ' ' ||
                                    source.at(pos) == 't' || source.at(pos) == 'h');
       ++i)
    ++pos;
  std::size_t letters = 0;
  while (letters < 12 && is(source.at(pos + letters), kUpper | kLower | kHigh)) ++letters;
  if (letters < 3) return 0;
  pos += letters;
  while ((source.at(pos) == ' ' || source.at(pos) == ',' || source.at(pos) == '.') && pos - at < 30)
    ++pos;
  const std::size_t y = number(source, pos, 4, year);
  return y == 4 && year >= 1900 && year <= 2100 ? pos + y - at : 0;
}

std::size_t numeric_date(const Source& source, std::size_t at) {
  std::array<int, 3> part{};
  std::array<std::size_t, 3> digits{};
  std::size_t pos = at;
  int separator = -1;
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0) {
      const int byte = source.at(pos);
      if (byte != '-' && byte != '.' && byte != '/') return 0;
      if (separator >= 0 && byte != separator) return 0;
      separator = byte;
      ++pos;
      if (source.at(pos) == ' ') ++pos;
    }
    digits[i] = number(source, pos, 4, part[i]);
    if (digits[i] == 0) return 0;
    pos += digits[i];
  }
  if (is_word(source.at(pos))) return 0;
  if (digits[0] == 4) return plausible_date(part[2], part[1]) && part[0] >= 1900 ? pos - at : 0;
  if (digits[0] > 2 || digits[1] > 2 || digits[2] == 3 || digits[2] == 1) return 0;
  return plausible_date(part[0], part[1]) ? pos - at : 0;
}

}  // namespace

std::size_t match_card(const Source& source, std::size_t at) {
  std::array<char, kCardDigits> digits{};
  std::size_t count = 0, best = 0, pos = at;
  while (count < kCardDigits) {
    const int byte = source.at(pos);
    if (!is_digit(byte)) break;
    digits[count++] = static_cast<char>(byte);
    ++pos;
    const int after = source.at(pos);
    if (count >= 13 && !is_digit(after) && !is(after, kUpper | kLower) && after != '_') {
      const std::span<const char> all(digits.data(), count);
      if (plausible_issuer(all) && luhn(all)) best = pos - at;
    }
    if (card_separator(after)) {
      if (is_digit(source.at(pos + 1))) ++pos;
    } else if (const std::size_t odd = odd_space(source, pos)) {
      if (is_digit(source.at(pos + odd))) pos += odd;
    }
  }
  return best;
}

std::size_t match_ssn(const Source& source, std::size_t at) {
  if (source.before(at) == '-' || source.before(at) == '.') return 0;
  std::array<char, 9> d{};
  constexpr std::array<int, 3> kParts{3, 2, 4};
  constexpr std::array<int, 1> kWhole{9};
  std::size_t length = match_groups(source, at, kParts, "- ", d.data());
  if (length == 0) {
    length = match_groups(source, at, kWhole, "", d.data());
    constexpr auto kWords = std::to_array<std::string_view>({"ssn", "social", "tin", "itin"});
    if (length == 0 || !behind_any(source, at, 40, kWords)) return 0;
  }
  const int area = value(d[0]) * 100 + value(d[1]) * 10 + value(d[2]);
  const bool group = d[3] != '0' || d[4] != '0';
  const bool serial = d[5] != '0' || d[6] != '0' || d[7] != '0' || d[8] != '0';
  return area != 0 && area != 666 && area < 900 && group && serial ? length : 0;
}

std::size_t match_ahv(const Source& source, std::size_t at) {
  if (source.at(at) != '7') return 0;
  std::array<char, 13> d{};
  constexpr std::array<int, 4> kParts{3, 4, 4, 2};
  constexpr std::array<int, 1> kWhole{13};
  std::size_t length = match_groups(source, at, kParts, ". ", d.data());
  if (length == 0) length = match_groups(source, at, kWhole, "", d.data());
  if (length == 0 || d[1] != '5' || d[2] != '6') return 0;
  return check_digit_ean13(d) ? length : 0;
}

std::size_t match_birth_date(const Source& source, std::size_t at) {
  if (!is_digit(source.at(at))) return 0;
  std::size_t length = numeric_date(source, at);
  if (length == 0) length = written_date(source, at);
  return length > 0 && behind_any(source, at, 32, kBirthWords) ? length : 0;
}

}  // namespace maester::gateway::guard
