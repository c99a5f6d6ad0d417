#include "retrieval/analysis/words.h"

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uscript.h>

#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace maester::retrieval {
namespace {

// What UAX #29 tells apart within ASCII.
enum Kind : std::uint8_t {
  other,
  letter,
  digit,
  join,        // _ : binds to letters, digits and itself
  mid_number,  // , ; between digits
  mid_both,    // . ' between letters or between digits
  space,       // ends whatever is before it, in any script
};

constexpr std::array<Kind, 128> make_kinds() {
  std::array<Kind, 128> kinds{};
  for (int c = 'a'; c <= 'z'; ++c) kinds[static_cast<std::size_t>(c)] = letter;
  for (int c = 'A'; c <= 'Z'; ++c) kinds[static_cast<std::size_t>(c)] = letter;
  for (int c = '0'; c <= '9'; ++c) kinds[static_cast<std::size_t>(c)] = digit;
  kinds['_'] = join;
  kinds[','] = kinds[';'] = mid_number;
  kinds['.'] = kinds['\''] = mid_both;
  kinds[' '] = kinds['\n'] = kinds['\t'] = kinds['\r'] = space;
  return kinds;
}
constexpr std::array<Kind, 128> kKinds = make_kinds();

Kind kind_of(char c) {
  return kKinds[static_cast<unsigned char>(c) & 127];
}
bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 128;
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Whether `middle` binds what is before it to what follows (WB6, WB7, WB11, WB12).
bool binds(Kind before, Kind middle, Kind after) {
  return before == after && ((middle == mid_both && (before == letter || before == digit)) ||
                             (middle == mid_number && before == digit));
}

// The words of a text without a byte above 127.
void ascii_words(std::string_view text, const WordBreaker::Sink& sink) {
  char word[kLongestWord];
  const std::size_t n = text.size();
  for (std::size_t i = 0; i < n;) {
    Kind kind = kind_of(text[i]);
    if (kind != letter && kind != digit && kind != join) {
      ++i;
      continue;
    }
    std::size_t size = 0;
    bool real = false;
    while (true) {
      real |= kind != join;
      if (size < kLongestWord) word[size++] = lower(text[i]);
      if (++i == n) break;
      const Kind next = kind_of(text[i]);
      if (next == letter || next == digit || next == join) {
        kind = next;
        continue;
      }
      if (i + 1 == n || !binds(kind, next, kind_of(text[i + 1]))) break;
      if (size < kLongestWord) word[size++] = text[i];
      ++i;
      kind = kind_of(text[i]);
    }
    if (real) sink(std::string_view(word, size));
  }
}

bool is_paired(UChar32 c) {
  if (c < 0x1100 || !u_isalnum(c)) return false;
  return uscript_hasScript(c, USCRIPT_HAN) != 0 || uscript_hasScript(c, USCRIPT_HIRAGANA) != 0 ||
         uscript_hasScript(c, USCRIPT_KATAKANA) != 0 || uscript_hasScript(c, USCRIPT_HANGUL) != 0;
}

}  // namespace

struct WordBreaker::Icu {
  std::unique_ptr<icu::BreakIterator> breaks;
  const icu::Normalizer2* folding = nullptr;  // ICU's own, never freed
  std::string word;

  void run(std::string_view text, const Sink& sink) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::UnicodeString given = icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    icu::UnicodeString folded = folding->normalize(given, error);
    // Some releases of ICU bind @ to letters; a mail address is to be found by its parts.
    folded.findAndReplace(icu::UnicodeString(u'@'), icu::UnicodeString(u' '));
    if (U_FAILURE(error)) return;
    for (std::int32_t i = 0; i < folded.length();) {
      const std::int32_t begin = i;
      const bool pairs = is_paired(folded.char32At(i));
      while (i < folded.length() && is_paired(folded.char32At(i)) == pairs) {
        i = folded.moveIndex32(i, 1);
      }
      if (pairs) {
        pair_up(folded, begin, i, sink);
      } else {
        cut(folded.tempSubStringBetween(begin, i), sink);
      }
    }
  }

  void pair_up(const icu::UnicodeString& text, std::int32_t begin, std::int32_t end,
               const Sink& sink) {
    std::int32_t second = text.moveIndex32(begin, 1);
    if (second == end) return give(text, begin, end, sink);
    for (std::int32_t first = begin; second < end;) {
      const std::int32_t after = text.moveIndex32(second, 1);
      give(text, first, after, sink);
      first = second;
      second = after;
    }
  }

  void cut(const icu::UnicodeString& text, const Sink& sink) {
    breaks->setText(text);
    std::int32_t begin = breaks->first();
    for (std::int32_t end = breaks->next(); end != icu::BreakIterator::DONE;
         begin = end, end = breaks->next()) {
      bool real = false;
      for (std::int32_t i = begin; !real && i < end; i = text.moveIndex32(i, 1)) {
        real = u_isalnum(text.char32At(i)) != 0;
      }
      if (real) give(text, begin, end, sink);
    }
  }

  void give(const icu::UnicodeString& text, std::int32_t begin, std::int32_t end,
            const Sink& sink) {
    word.clear();
    for (std::int32_t i = begin; i < end; i = text.moveIndex32(i, 1)) {
      const UChar32 c = text.char32At(i);
      utf8::append(word, c == 0x2019 ? U'\'' : static_cast<char32_t>(c));
      if (word.size() > kLongestWord + 4) break;
    }
    sink(utf8::truncate(word, kLongestWord));
  }
};

WordBreaker::WordBreaker() = default;
WordBreaker::~WordBreaker() = default;
WordBreaker::WordBreaker(WordBreaker&&) noexcept = default;
WordBreaker& WordBreaker::operator=(WordBreaker&&) noexcept = default;

WordBreaker::Icu& WordBreaker::icu() {
  if (icu_ == nullptr) {
    icu_ = std::make_unique<Icu>();
    UErrorCode error = U_ZERO_ERROR;
    icu_->breaks.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
    icu_->folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
  }
  return *icu_;
}

void WordBreaker::words_by_icu(std::string_view text, const Sink& sink) {
  constexpr std::size_t kPiece = 1 << 28;  // ICU counts in 31 bits
  while (text.size() > kPiece) {
    const std::string_view piece = utf8::truncate(text, kPiece);
    icu().run(piece, sink);
    text.remove_prefix(piece.size());
  }
  icu().run(text, sink);
}

// No word of any script goes across ASCII white space, so a text is cut there, and only pieces with
// something else than ASCII in them are ICU's. Pieces near each other go together.
void WordBreaker::words(std::string_view text, const Sink& sink) {
  constexpr std::size_t kApart = 48;  // bytes of ASCII that are worth leaving ICU for
  std::size_t begin = 0;              // of what nobody has had
  std::size_t field = 0;              // the last space, or the begin
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_ascii(text[i])) {
      if (kind_of(text[i]) == space) field = i;
      continue;
    }
    ascii_words(text.substr(begin, field - begin), sink);
    begin = field;
    std::size_t end = i + 1;  // behind the last byte that is not ASCII
    std::size_t last_space = text.size();
    while (++i < text.size()) {
      if (!is_ascii(text[i])) {
        end = i + 1;
        last_space = text.size();
      } else if (kind_of(text[i]) == space) {
        if (last_space == text.size()) last_space = i;  // the first behind `end`
        if (i - end > kApart) break;
      }
    }
    words_by_icu(text.substr(begin, last_space - begin), sink);
    begin = field = i = last_space;
  }
  ascii_words(text.substr(begin), sink);
}

}  // namespace maester::retrieval
