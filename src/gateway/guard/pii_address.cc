#include <algorithm>
#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxWords = 6;

// Kinds of streets that are words of their own.
constexpr auto kStreets =
    std::to_array<std::string_view>({"street",  "st",     "avenue",   "ave",     "av",
                                     "road",    "rd",     "lane",     "ln",      "boulevard",
                                     "blvd",    "drive",  "dr",       "way",     "court",
                                     "ct",      "square", "sq",       "place",   "pl",
                                     "terrace", "close",  "crescent", "highway", "hwy",
                                     "parkway", "pkwy",   "rue",      "chemin",  "all\xc3\xa9\x65",
                                     "impasse", "quai",   "cours",    "via",     "viale",
                                     "piazza",  "corso",  "calle",    "avenida", "plaza",
                                     "paseo",   "rua",    "travessa", "ulica",   "ul",
                                     "straat",  "laan",   "weg",      "gate",    "stra\xc3\x9f\x65",
                                     "strasse", "allee",  "platz",    "ring",    "row",
                                     "mews",    "hill",   "walk",     "trail",   "circle"});
// Those that end a longer word, with the number after it: "Hauptstraße 12".
constexpr auto kEndings = std::to_array<std::string_view>(
    {"stra\xc3\x9f\x65", "strasse", "str", "weg", "gasse", "platz", "allee", "ring", "damm", "ufer",
     "straat", "laan", "gracht", "plein", "gatan", "v\xc3\xa4gen", "vej", "gade"});
// Those that begin an address: "Rue de l'Exemple 39", "Via Roma 1", "Calle Mayor 3".
constexpr auto kLeading =
    std::to_array<std::string_view>({"rue", "via", "viale", "piazza", "corso", "calle", "avenida",
                                     "plaza", "paseo", "rua", "chemin", "quai"});

struct Word {
  std::size_t end = 0;  // 0: none here
  std::string lower;
};

Word word_at(const Source& source, std::size_t at) {
  std::size_t n = 0;
  while (n < 40) {
    const int byte = source.at(at + n);
    if (!is(byte, kUpper | kLower | kHigh) && byte != '\'' && byte != '-') break;
    ++n;
  }
  if (n == 0 || n == 40) return {};
  return {at + n, lower_ascii(source.slice(at, std::min(at + n, source.text().size())))};
}

// A house's number: "39", "39a", "12-14", "221B".
std::size_t house_number(const Source& source, std::size_t at) {
  std::size_t n = 0;
  while (n < 6 && is_digit(source.at(at + n))) ++n;
  if (n == 0 || n > 5) return 0;
  if (source.at(at + n) == '-' && is_digit(source.at(at + n + 1))) {
    std::size_t more = n + 1;
    while (more < n + 5 && is_digit(source.at(at + more))) ++more;
    n = more;
  }
  if (is_alpha(source.at(at + n)) && !is_word(source.at(at + n + 1))) ++n;
  return is_word(source.at(at + n)) ? 0 : n;
}

bool leads(std::string_view word) {
  return std::ranges::find(kLeading, word) != kLeading.end();
}

bool capital(int byte) {
  return is(byte, kUpper) || byte >= 0xc3;
}

// ", 75001 Paris", ", Springfield, IL 62704", " 10115 Berlin": what belongs to it after the street.
std::size_t place_after(const Source& source, std::size_t at) {
  std::size_t end = at, pos = at;
  for (int parts = 0; parts < 4; ++parts) {
    const int byte = source.at(pos);
    std::size_t next = pos;
    if (byte == ',' || byte == '\n') ++next;
    while (next - pos < 3 && source.at(next) == ' ') ++next;
    if (next == pos) break;
    // Words with a capital letter, and codes with digits, up to a comma.
    std::size_t taken = next;
    for (int words = 0; words < 4; ++words) {
      const int first = source.at(taken);
      if (!capital(first) && !is_digit(first)) break;
      std::size_t n = 0;
      while (n < 24 && (is_word(source.at(taken + n)) ||
                        ((source.at(taken + n) == '-' || source.at(taken + n) == '\'') &&
                         is_word(source.at(taken + n + 1)))))
        ++n;
      if (n == 0 || n == 24) break;
      taken += n;
      end = taken;
      if (source.at(taken) != ' ' ||
          (!capital(source.at(taken + 1)) && !is_digit(source.at(taken + 1))))
        break;
      ++taken;
    }
    if (end < next) break;
    pos = end;
  }
  return end;
}

// "39 Rue de l'Exemple", "123 Example Street".
std::size_t number_first(const Source& source, std::size_t at) {
  std::size_t pos = at + house_number(source, at);
  if (pos == at) return 0;
  if (source.at(pos) == ',') ++pos;
  if (source.at(pos) != ' ') return 0;
  bool named = false;
  for (std::size_t words = 0; words < kMaxWords; ++words) {
    if (source.at(pos) != ' ') return 0;
    ++pos;
    const bool big = capital(source.at(pos));
    const Word word = word_at(source, pos);
    if (word.end == 0 || (words == 0 && !big)) return 0;
    pos = word.end;
    if (words == 0 && leads(word.lower)) {
      // The name follows: capitalised words, with small ones between.
      std::size_t end = 0;
      for (std::size_t more = 0; more < kMaxWords && source.at(pos) == ' '; ++more) {
        const bool large = capital(source.at(pos + 1));
        const Word part = word_at(source, pos + 1);
        if (part.end == 0) break;
        pos = part.end;
        if (large || part.lower.find('\'') != std::string::npos) end = pos;
      }
      return end == 0 ? 0 : place_after(source, end) - at;
    }
    if (named && big && std::ranges::find(kStreets, word.lower) != kStreets.end()) {
      if (source.at(pos) == '.') ++pos;
      return place_after(source, pos) - at;
    }
    named = true;
  }
  return 0;
}

// "Musterstra\xc3\x9f\x65 12, 12345 Berlin", "Rue de l'Exemple 39", "Via Roma 1".
std::size_t street_first(const Source& source, std::size_t at) {
  if (!capital(source.at(at))) return 0;
  Word word = word_at(source, at);
  if (word.end == 0) return 0;
  std::size_t pos = word.end;
  bool street = leads(word.lower);
  for (std::size_t words = 0; words < kMaxWords; ++words) {
    if (!street) {
      street = std::ranges::any_of(kEndings, [&](std::string_view ending) {
        return word.lower.ends_with(ending) && (word.lower.size() > ending.size() || words > 0);
      });
    }
    if (source.at(pos) == '.') ++pos;
    if (source.at(pos) == ',') ++pos;
    if (source.at(pos) != ' ') return 0;
    ++pos;
    if (street && is_digit(source.at(pos))) {
      const std::size_t number = house_number(source, pos);
      return number == 0 ? 0 : place_after(source, pos + number) - at;
    }
    if (!street && words > 0) return 0;
    word = word_at(source, pos);
    if (word.end == 0) return 0;
    pos = word.end;
  }
  return 0;
}

}  // namespace

std::size_t match_address(const Source& source, std::size_t at) {
  return is_digit(source.at(at)) ? number_first(source, at) : street_first(source, at);
}

}  // namespace maester::gateway::guard
