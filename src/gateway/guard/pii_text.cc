#include <algorithm>
#include <array>

#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxLocal = 64, kMaxDomain = 253;

constexpr auto kPassportWords = std::to_array<std::string_view>(
    {"passport", "reisepass*", "passeport", "pasaporte", "passaporto", "pass-nr", "passnummer",
     "paspoort", "paszport", "passaporte", "pass no"});

// What stands before one name or more; those that may go on as another word need two.
constexpr auto kTitles = std::to_array<std::string_view>({"mr",
                                                          "mrs",
                                                          "ms",
                                                          "miss",
                                                          "mx",
                                                          "dr",
                                                          "prof",
                                                          "frau",
                                                          "herr",
                                                          "herrn",
                                                          "fr\xc3\xa4ulein",
                                                          "mme",
                                                          "mlle",
                                                          "monsieur",
                                                          "madame",
                                                          "sr",
                                                          "sra",
                                                          "srta",
                                                          "se\xc3\xb1or",
                                                          "se\xc3\xb1ora",
                                                          "signor",
                                                          "signora",
                                                          "sig",
                                                          "dhr",
                                                          "mevr",
                                                          "pani",
                                                          "pan",
                                                          "senhor",
                                                          "senhora"});
constexpr auto kRoles = std::to_array<std::string_view>({"patient",
                                                         "patientin",
                                                         "client",
                                                         "customer",
                                                         "employee",
                                                         "applicant",
                                                         "tenant",
                                                         "defendant",
                                                         "plaintiff",
                                                         "kunde",
                                                         "kundin",
                                                         "mitarbeiter",
                                                         "mitarbeiterin",
                                                         "mieter",
                                                         "mieterin",
                                                         "name",
                                                         "named",
                                                         "called",
                                                         "hei\xc3\x9f\x65",
                                                         "nombre",
                                                         "nom",
                                                         "nome",
                                                         "attn",
                                                         "sincerely",
                                                         "regards",
                                                         "is",
                                                         "am",
                                                         "bin",
                                                         "suis",
                                                         "soy",
                                                         "sono",
                                                         "versicherte",
                                                         "versicherter",
                                                         "nurse",
                                                         "user"});
// Before "is", "am" and the like.
constexpr auto kSelf = std::to_array<std::string_view>({"name", "i", "ich", "je", "yo", "io"});
constexpr auto kSelfVerbs =
    std::to_array<std::string_view>({"is", "am", "bin", "suis", "soy", "sono"});
constexpr auto kParticles =
    std::to_array<std::string_view>({"van", "von", "de", "der", "den", "di", "da", "del", "della",
                                     "la", "le", "el", "al", "bin", "ibn", "zu", "dos", "du"});
// Capitalised, and no name.
constexpr auto kNotNames = std::to_array<std::string_view>(
    {"the",      "a",      "an",        "and",      "or",        "in",       "on",
     "at",       "to",     "of",        "is",       "was",       "has",      "not",
     "your",     "my",     "from",      "for",      "with",      "claude",   "chatgpt",
     "gpt",      "openai", "monday",    "tuesday",  "wednesday", "thursday", "friday",
     "saturday", "sunday", "january",   "february", "march",     "april",    "june",
     "july",     "august", "september", "october",  "november",  "december"});

bool among(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// The word that ends at `end` (spaces, a point, a colon before `end` are passed over), lower-case
// in ASCII; `at` becomes where it begins.
std::string word_before(const Source& source, std::size_t& at) {
  const std::string_view behind = source.behind(at);
  std::size_t end = behind.size();
  while (end > 0 && (behind[end - 1] == ' ' || behind[end - 1] == '.' || behind[end - 1] == ':'))
    --end;
  std::size_t begin = end;
  while (begin > 0 && is_word(static_cast<unsigned char>(behind[begin - 1]))) --begin;
  at -= behind.size() - begin;
  return lower_ascii(behind.substr(begin, end - begin));
}

// One capitalised word of letters with ' and -; its length, 0 when it is none.
std::size_t name_word(const Source& source, std::size_t at) {
  const int first = source.at(at);
  if (!is(first, kUpper | kHigh)) return 0;
  // A two-byte capital letter, or nothing that we know to be one.
  if (first >= 0x80) {
    const int second = source.at(at + 1);
    const bool latin = first == 0xc3 && second >= 0x80 && second <= 0x9e;
    const bool other = (first == 0xc4 || first == 0xc5) || (first == 0xd0 && second <= 0xaf) ||
                       (first == 0xce && second >= 0x91);
    if (!latin && !other) return 0;
  }
  std::size_t n = 0, letters = 0;
  while (n < 40) {
    const int byte = source.at(at + n);
    if (is(byte, kUpper | kLower | kHigh)) {
      ++letters;
    } else if ((byte != '\'' && byte != '-') ||
               !is(source.at(at + n + 1), kUpper | kLower | kHigh)) {
      break;
    }
    ++n;
  }
  if (is_digit(source.at(at + n)) || source.at(at + n) == '_') return 0;
  if (letters < 2) return 0;
  if (among(kNotNames, lower_ascii(source.slice(at, std::min(at + n, source.text().size())))))
    return 0;
  return n;
}

}  // namespace

std::size_t match_email(const Source& source, std::size_t at) {
  std::size_t pos = at;
  while (pos - at <= kMaxLocal && is(source.at(pos), kLocal)) ++pos;
  if (pos == at || pos - at > kMaxLocal || source.at(pos) != '@') return 0;
  if (source.at(at) == '.' || source.before(pos) == '.') return 0;
  const std::size_t domain = ++pos;
  std::size_t end = 0, label = pos;  // `end`: after the last label that may be a top-level domain
  while (pos - domain <= kMaxDomain) {
    const int byte = source.at(pos);
    if (is_alnum(byte) || (byte == '-' && pos > label)) {
      ++pos;
      continue;
    }
    const std::size_t size = pos - label;
    if (size == 0) break;
    bool letters = size >= 2;
    for (std::size_t i = label; i < pos; ++i) letters = letters && is_alpha(source.at(i));
    if (label > domain && letters) end = pos;
    if (byte != '.') break;
    label = ++pos;
  }
  return end == 0 ? 0 : end - at;
}

std::size_t match_passport(const Source& source, std::size_t at) {
  std::size_t n = 0, digits = 0;
  while (n < 10) {
    const int byte = source.at(at + n);
    if (!is(byte, kUpper | kDigit)) break;
    digits += is_digit(byte);
    ++n;
  }
  if (n < 7 || n > 9 || digits < 5 || is_word(source.at(at + n))) return 0;
  return behind_any(source, at, 28, kPassportWords) ? n : 0;
}

std::size_t match_name(const Source& source, std::size_t at) {
  const int before = source.before(at);
  if (before != ' ' && before != ':' && before != '.') return 0;
  std::size_t title_at = at;
  const std::string title = word_before(source, title_at);
  const bool titled = among(kTitles, title);
  if (!titled && !among(kRoles, title)) return 0;
  if (among(kSelfVerbs, title)) {
    if (!among(kSelf, word_before(source, title_at))) return 0;
  }
  std::size_t end = at, words = 0;
  for (std::size_t pos = at; words < 4;) {
    std::size_t n = name_word(source, pos);
    if (n == 0 && words > 0) {  // "van der"
      for (int particles = 0; particles < 3 && n == 0; ++particles) {
        std::size_t small = 0;
        while (small < 6 && is(source.at(pos + small), kLower)) ++small;
        if (source.at(pos + small) != ' ' || !among(kParticles, source.slice(pos, pos + small)))
          break;
        pos += small + 1;
        n = name_word(source, pos);
      }
    }
    if (n == 0) break;
    ++words;
    pos = end = pos + n;
    if (source.at(pos) == '.' && n <= 2) ++pos;  // an initial
    if (source.at(pos) != ' ') break;
    ++pos;
  }
  return words >= (titled ? 1u : 2u) ? end - at : 0;
}

}  // namespace maester::gateway::guard
