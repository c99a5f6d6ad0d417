// Letters as a reader sees them. Pure.
#pragma once

#include <cstdint>

namespace maester::gateway::guard {

// Takes no room: zero-width, soft hyphens, direction marks, variation selectors, tags.
bool is_invisible(char32_t c);
inline bool is_tag(char32_t c) {
  return c >= 0xe0000 && c <= 0xe007f;
}
// Scripts that put no spaces between words.
bool is_ideographic(char32_t c);

// Lower-case, without accents, full-width and mathematical letters as plain ones. Other scripts
// are only lower-cased.
char32_t fold_letter(char32_t c);
// The Latin letter that a folded letter of another script, a digit or a sign looks like; itself
// when none.
char32_t latin_lookalike(char32_t folded);

bool is_letter(char32_t c);

}  // namespace maester::gateway::guard
