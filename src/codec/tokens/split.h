// Pre-tokenisation: cutting text into the pieces that are merged apart from each other, as the
// regular expression of each encoding does, by a hand-written scanner that looks at each code point
// a bounded number of times.
//
//   cl100k_base  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
//   ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+
//                |\s+(?!\S)|\s+
//   o200k_base   [^\r\n\p{L}\p{N}]?U*L+C?|[^\r\n\p{L}\p{N}]?U+L*C?|\p{N}{1,3}|
//   ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+
//                |\s+(?!\S)|\s+
//     with U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}], L = [\p{Ll}\p{Lm}\p{Lo}\p{M}], C = the contractions
//     of cl100k_base
//
// Categories are ICU's (Unicode 15); code points assigned later count as neither letter nor number.
#pragma once

#include <string_view>

namespace maester::tokens {

enum class Pattern : unsigned char { o200k_base, cl100k_base };

// The length of the first piece. REQUIRES: `text` is well-formed UTF-8 and not empty.
std::size_t first_piece(Pattern pattern, std::string_view text);

}  // namespace maester::tokens
