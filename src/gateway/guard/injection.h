// Prompt injection, by what a text says: signals with scores, added up.
//
// Looked for: orders to drop what was said before, to show hidden instructions, to be somebody
// without rules; orders to machines inside documents; forged turns of a conversation; the same
// hidden by encodings, look-alike letters, invisible characters, spacing, or suffixes of noise. In
// the languages of vocabulary.cc. A heuristic: it misses what is put differently, and its figures
// are in docs/how-to/guardrails.md.
//
// One pass over the words, each looked up once; encoded parts are read again, once, in all at most
// as long as the text. Linear.
#pragma once

#include <string_view>
#include <vector>

namespace maester::gateway::guard {

inline constexpr double kInjectionThreshold = 1.0;

struct InjectionVerdict {
  double score = 0;
  std::vector<std::string_view> signals;  // names, in the order in which they were seen
};

InjectionVerdict injection_score(std::string_view text);

}  // namespace maester::gateway::guard
