#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxDigits = 15;  // E.164
constexpr auto kWords =
    std::to_array<std::string_view>({"tel*",      "phone*",   "mobile",        "cell",
                                     "call",      "fax",      "nummer*",       "rufnummer",
                                     "handy*",    "mobil*",   "sms",           "whatsapp",
                                     "anrufen",   "portable", "num\xc3\xa9ro", "tel\xc3\xa9\x66ono",
                                     "cellulare", "numero",   "dial",          "ring",
                                     "text me"});

struct Digits {
  std::size_t count = 0;
  std::size_t groups = 1;
  std::size_t first_group = 0;
  std::size_t end = 0;  // after the last digit
};

// Digits with single separators between them, and a "(0)" or one group in parentheses.
Digits read(const Source& source, std::size_t at) {
  Digits out;
  std::size_t pos = at;
  bool open = false;
  for (std::size_t steps = 0; steps < 32; ++steps) {
    const int byte = source.at(pos);
    if (is_digit(byte)) {
      if (++out.count > kMaxDigits) break;
      if (out.groups == 1) ++out.first_group;
      out.end = ++pos;
      continue;
    }
    if (byte == '(' && !open && is_digit(source.at(pos + 1))) {
      open = true;
    } else if (byte == ')' && open) {
      open = false;
    } else if (byte == ' ' || byte == '-' || byte == '.' || byte == '/') {
      const int next = source.at(pos + 1);
      if (!is_digit(next) && next != '(' && next != ' ' && next != '-') break;
      if (byte != ' ' && source.before(pos) == byte) break;
    } else {
      break;
    }
    if (is_digit(source.before(pos))) ++out.groups;
    ++pos;
  }
  return out;
}

bool ends_well(const Source& source, std::size_t end) {
  return !is_word(source.at(end)) && source.at(end) != '@' &&
         !(source.at(end) == ':' && is_digit(source.at(end + 1)));
}

// Three, three and four digits with the first of each part 2 to 9, as the North American plan has
// it; "(212) 555-0181", "212-555-0181", "1.212.555.0181".
std::size_t north_american(const Source& source, std::size_t at) {
  std::size_t pos = at;
  if (source.at(pos) == '1' && !is_digit(source.at(pos + 1))) pos += 2;
  const bool parenthesis = source.at(pos) == '(';
  if (parenthesis) ++pos;
  const auto digits = [&](std::size_t n, bool leading) {
    for (std::size_t i = 0; i < n; ++i) {
      const int byte = source.at(pos + i);
      if (!is_digit(byte) || (leading && i == 0 && byte < '2')) return false;
    }
    pos += n;
    return true;
  };
  const auto separator = [&] {
    const int byte = source.at(pos);
    if (byte != '-' && byte != '.' && byte != ' ') return false;
    ++pos;
    return true;
  };
  if (!digits(3, true)) return 0;
  if (parenthesis) {
    if (source.at(pos++) != ')') return 0;
    (void)separator();
  } else if (!separator()) {
    return 0;
  }
  if (!digits(3, true) || !separator() || !digits(4, false)) return 0;
  return ends_well(source, pos) && source.at(pos) != '-' ? pos - at : 0;
}

}  // namespace

std::size_t match_phone(const Source& source, std::size_t at) {
  const int first = source.at(at), before = source.before(at);
  if (before == '.' || before == '-' || before == '/' || before == '#' || before == '=') {
    if (first != '+') return 0;
  }
  if (first == '+') {
    if (!is_digit(source.at(at + 1)) || source.at(at + 1) == '0') return 0;
    const Digits d = read(source, at + 1);
    return d.count >= 8 && d.count <= kMaxDigits && ends_well(source, d.end) ? d.end - at : 0;
  }
  if (const std::size_t american = north_american(source, at)) return american;
  const Digits d = read(source, at);
  if (d.count < 7 || d.count > kMaxDigits || !ends_well(source, d.end)) return 0;
  if (first == '0' && source.at(at + 1) == '0' && source.at(at + 2) != '0') {
    return d.count >= 10 && d.groups >= 2 ? d.end - at : 0;  // 00 and a country's code
  }
  const bool national =
      ((first == '0' && source.at(at + 1) != '0') || (first == '(' && source.at(at + 1) == '0')) &&
      d.groups >= 2 && d.groups <= 5 && d.first_group >= 3 && d.first_group <= 5 && d.count >= 9 &&
      d.count <= 12;
  if (national) return d.end - at;
  if (first == '(' && !is_digit(source.at(at + 1))) return 0;
  return d.count <= 12 && behind_any(source, at, 24, kWords) ? d.end - at : 0;
}

}  // namespace maester::gateway::guard
