// What words mean to the injection heuristics, in the languages that attacks are written in.
//
// A word stands for a set of concepts, so that one rule ("disregard what came before") covers all
// languages. Entries are folded (fold.h); `*` at the end of an entry makes it the beginning of a
// word. Scripts without spaces are looked up as they stand.
#pragma once

#include <cstdint>
#include <string_view>

namespace maester::gateway::guard {

enum class Concept : std::uint8_t {
  ignore,
  prior,
  all,
  instruction,
  system,
  prompt,
  config,
  reveal,
  your,
  text_above,
  respond,
  only,
  pwned,
  persona,
  character,
  stay,
  unbound,
  moral,
  negation,
  ai,
  maker,
  policy,
  authority,
  mode,
  decode,
  encoding,
  obey,
  summarise,
  add,
  when,
  tool,
  call,
  end_of,
  new_one,
  follow,
  verbatim,
  dan,
  now,
  from,
  on,
  you,
  are,
  longer,
  anything,
  do_,
  will,
  refuse,
  filter,
  swear,
  evil,
  free,
  meta,
  question,
  insert,
  here,
  answer,
  user_data,
  link,
  run,
  before,
  no_matter,
  kCount
};
inline constexpr std::size_t kConcepts = static_cast<std::size_t>(Concept::kCount);
static_assert(kConcepts <= 64);
using ConceptSet = std::uint64_t;
constexpr ConceptSet bit(Concept c) {
  return ConceptSet{1} << static_cast<unsigned>(c);
}

// The concepts of one folded word; 0 for a word that means nothing here.
ConceptSet concepts_of(std::string_view folded);

// The longest entry of a script without spaces that begins `text`; its concepts and its bytes.
struct Ideographic {
  ConceptSet concepts = 0;
  std::size_t bytes = 0;
};
Ideographic ideographic_concepts(std::string_view text);

}  // namespace maester::gateway::guard
