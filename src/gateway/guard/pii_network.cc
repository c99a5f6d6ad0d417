#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"

namespace maester::gateway::guard {
namespace {

// Four numbers with points are also versions and sections.
constexpr auto kNotAddresses = std::to_array<std::string_view>(
    {"version*", "v", "ver", "release", "build", "chapter", "section", "clause", "kapitel",
     "firmware", "driver", "kernel", "upgrade*", "\xc2\xa7"});

std::size_t hex_run(const Source& source, std::size_t at, std::size_t most) {
  std::size_t n = 0;
  while (n < most && is(source.at(at + n), kHex)) ++n;
  return n;
}

bool has_digit(const Source& source, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (is_digit(source.at(i))) return true;
  }
  return false;
}

}  // namespace

std::size_t match_ipv4(const Source& source, std::size_t at) {
  if (source.before(at) == '.' || source.before(at) == '-') return 0;
  std::array<int, 4> octet{};
  std::size_t pos = at;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0 && source.at(pos++) != '.') return 0;
    std::size_t n = 0;
    while (n < 3 && is_digit(source.at(pos + n)))
      octet[i] = octet[i] * 10 + source.at(pos + n++) - '0';
    if (n == 0 || octet[i] > 255 || (n > 1 && source.at(pos) == '0')) return 0;
    pos += n;
  }
  const int after = source.at(pos);
  if (is_word(after) || after == '-') return 0;
  if (after == '.' && is_alnum(source.at(pos + 1))) return 0;
  // This host, nobody, everybody: no person's.
  if (octet[0] == 0 || octet[0] == 127 || octet[0] == 255) return 0;
  return behind_any(source, at, 12, kNotAddresses) ? 0 : pos - at;
}

std::size_t match_ipv6(const Source& source, std::size_t at) {
  if (source.before(at) == ':' || source.before(at) == '.') return 0;
  std::size_t pos = at, groups = 0;
  const std::size_t first = hex_run(source, at, 5);
  if (first == 0 || first > 4) return 0;
  bool shortened = false;
  for (;;) {
    const std::size_t n = hex_run(source, pos, 5);
    if (n > 4) return 0;
    if (n == 0) break;
    ++groups;
    pos += n;
    if (source.at(pos) != ':' || groups == 8) break;
    if (source.at(pos + 1) == ':') {
      if (shortened) return 0;
      shortened = true;
      pos += 2;
    } else {
      if (!is(source.at(pos + 1), kHex)) break;
      ++pos;
    }
  }
  if (is_word(source.at(pos)) || (source.at(pos) == ':' && is_word(source.at(pos + 1)))) return 0;
  if (shortened ? groups > 7 : groups != 8) return 0;
  // Scopes of a programming language look alike: "abc::def".
  if (!has_digit(source, at, pos) || (groups < 3 && first < 3)) return 0;
  return pos - at;
}

std::size_t match_mac(const Source& source, std::size_t at) {
  const int separator = source.at(at + 2);
  if (separator != ':' && separator != '-') return 0;
  if (source.before(at) == separator) return 0;
  std::size_t pos = at;
  for (int i = 0; i < 6; ++i) {
    if (i > 0 && source.at(pos++) != separator) return 0;
    if (hex_run(source, pos, 2) != 2) return 0;
    pos += 2;
  }
  const int after = source.at(pos);
  return is_word(after) || after == separator ? 0 : pos - at;
}

}  // namespace maester::gateway::guard
