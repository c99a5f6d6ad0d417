#include "gateway/guard/fold.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace maester::gateway::guard {
namespace {

// U+00C0 ... U+017F without their accents.
constexpr std::string_view kLatin =
    "aaaaaaaceeeeiiiidnoooooxouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

struct Twin {
  char32_t from;
  char to;
};
// After folding; sorted. Cyrillic, Greek and a few others that look like Latin letters.
constexpr auto kTwins = std::to_array<Twin>({
    {U'$', 's'},   {U'0', 'o'},   {U'1', 'i'},   {U'3', 'e'},   {U'4', 'a'},   {U'5', 's'},
    {U'7', 't'},   {U'@', 'a'},   {0x0131, 'i'}, {0x0261, 'g'}, {0x03b1, 'a'}, {0x03b5, 'e'},
    {0x03b9, 'i'}, {0x03ba, 'k'}, {0x03bd, 'v'}, {0x03bf, 'o'}, {0x03c1, 'p'}, {0x03c4, 't'},
    {0x03c5, 'u'}, {0x03c7, 'x'}, {0x0430, 'a'}, {0x0432, 'b'}, {0x0433, 'r'}, {0x0435, 'e'},
    {0x043a, 'k'}, {0x043c, 'm'}, {0x043d, 'h'}, {0x043e, 'o'}, {0x043f, 'n'}, {0x0440, 'p'},
    {0x0441, 'c'}, {0x0442, 't'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'},
    {0x0458, 'j'}, {0x04bb, 'h'}, {0x04cf, 'l'}, {0x0501, 'd'}, {0x051b, 'q'}, {0x051d, 'w'},
    {0x0570, 'h'}, {0x0578, 'n'}, {0x057d, 'u'}, {0x0585, 'o'},
});

char32_t mathematical(char32_t c) {
  // Bold, italic, script ... letters: thirteen alphabets of 52 in a row; digits after them.
  if (c >= 0x1d400 && c <= 0x1d6a3) {
    const char32_t at = (c - 0x1d400) % 52;
    return 'a' + at % 26;
  }
  if (c >= 0x1d7ce && c <= 0x1d7ff) return '0' + (c - 0x1d7ce) % 10;
  if (c >= 0x24b6 && c <= 0x24e9) return 'a' + (c - 0x24b6) % 26;  // circled
  if (c >= 0x1f130 && c <= 0x1f149) return 'a' + (c - 0x1f130);    // squared
  if (c >= 0x1f170 && c <= 0x1f189) return 'a' + (c - 0x1f170);
  return c;
}

}  // namespace

bool is_invisible(char32_t c) {
  return c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x2064) || (c >= 0x2066 && c <= 0x206f) || c == 0xfeff ||
         (c >= 0xfe00 && c <= 0xfe0f) || c == 0x180e || is_tag(c) ||
         (c >= 0xe0100 && c <= 0xe01ef) ||
         (c >= 0x300 && c <= 0x36f);  // accents that stand on the letter before
}

bool is_ideographic(char32_t c) {
  return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
         (c >= 0xe00 && c <= 0xe7f) || (c >= 0x20000 && c <= 0x2ffff);
}

char32_t fold_letter(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  if (c >= 0xff01 && c <= 0xff5e) return fold_letter(c - 0xff01 + '!');
  if (c >= 0xc0 && c < 0xc0 + kLatin.size()) return static_cast<unsigned char>(kLatin[c - 0xc0]);
  if (c >= 0x391 && c <= 0x3a9) return c + 0x20;
  if (c >= 0x386 && c <= 0x38f)
    return c == 0x386 ? 0x3b1 : c == 0x388 ? 0x3b5 : c == 0x38c ? 0x3bf : 0x3b9;
  if (c >= 0x3ac && c <= 0x3af)
    return c == 0x3ac ? 0x3b1 : c == 0x3ad ? 0x3b5 : c == 0x3ae ? 0x3b7 : 0x3b9;
  if (c == 0x3cc) return 0x3bf;
  if (c == 0x3c2) return 0x3c3;
  if (c >= 0x410 && c <= 0x42f) return c + 0x20;
  if (c >= 0x400 && c <= 0x40f) return c + 0x50;
  if (c >= 0x460 && c <= 0x52f && c != 0x4c0 && c != 0x4cf) return c | 1;
  if (c >= 0x531 && c <= 0x556) return c + 0x30;
  return mathematical(c);
}

char32_t latin_lookalike(char32_t folded) {
  const auto at = std::lower_bound(kTwins.begin(), kTwins.end(), folded,
                                   [](const Twin& t, char32_t c) { return t.from < c; });
  return at != kTwins.end() && at->from == folded ? static_cast<unsigned char>(at->to) : folded;
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (c < 0xc0 || c == 0xd7 || c == 0xf7) return c == 0xaa || c == 0xb5 || c == 0xba;
  if (c >= 0x2000 && c <= 0x2bff) return c >= 0x24b6 && c <= 0x24e9;
  return !(c >= 0x3000 && c <= 0x3020) && !(c >= 0xff00 && c <= 0xff20) && c != 0xfffd &&
         !(c >= 0x1f300 && c <= 0x1faff);
}

}  // namespace maester::gateway::guard
