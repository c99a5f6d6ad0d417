#include "gateway/guard/normalise.h"

#include "base/utf8.h"
#include "gateway/guard/fold.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxWord = 64;  // code points; a longer one is cut

bool is_digit_or_sign(char32_t c) {
  return (c >= '0' && c <= '9') || c == '@' || c == '$' || c == '_' || c == '\'' || c == 0x2019 ||
         c == '-' || (c >= 0x1d7ce && c <= 0x1d7ff);
}

utf8::Decoded decode(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  utf8::Decoded out = utf8::decode(text, at);
  if (out.length == 0) out = {0xfffd, 1};
  return out;
}

}  // namespace

bool WordReader::next(Word& out) {
  out.folded.clear();
  out.lookalike.clear();
  out.capitals = out.ideographic = false;
  std::size_t letters = 0, capitals = 0, count = 0, latin = 0, foreign = 0, pending = 0;
  bool replaced = false;
  while (at_ < text_.size()) {
    const auto [c, length] = decode(text_, at_);
    if (is_invisible(c)) {
      if (is_tag(c)) ++oddities_.tags;
      if (count > 0) ++pending;
      at_ += length;
      continue;
    }
    if (is_ideographic(c)) {
      if (count > 0) break;
      out.offset = at_;
      at_ += length;
      utf8::append(out.folded, c);
      out.ideographic = true;
      count = 1;
      break;
    }
    const bool letter = is_letter(c);
    if (!letter && !(is_digit_or_sign(c) && (count > 0 || c != '-'))) {
      if (count > 0) break;
      at_ += length;
      continue;
    }
    if (count == 0) out.offset = at_;
    at_ += length;
    oddities_.invisible += pending;
    pending = 0;
    if (count++ >= kMaxWord) continue;
    const char32_t folded = c == 0x2019 ? U'\'' : fold_letter(c);
    const char32_t like = latin_lookalike(folded);
    utf8::append(out.folded, folded);
    utf8::append(out.lookalike, like);
    replaced = replaced || like != folded;
    if (letter) {
      ++letters;
      if (c < 0x80) {
        ++latin;
        capitals += c <= 'Z';
      } else if (folded >= 0x370 && like != folded) {
        ++foreign;
      }
    }
  }
  if (count == 0) return false;
  out.capitals = letters >= 2 && capitals == letters;
  if (latin > 0 && foreign > 0) ++oddities_.mixed_scripts;
  if (!replaced) out.lookalike.clear();
  return true;
}

}  // namespace maester::gateway::guard
