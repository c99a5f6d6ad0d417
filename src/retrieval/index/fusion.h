// Reciprocal rank fusion (Cormack, Clarke, Buettcher 2009) of the two legs' lists, k = 60.
#pragma once

#include <cstdint>
#include <vector>

#include "retrieval/lexical/best.h"
#include "retrieval/lexical/search.h"

namespace maester::retrieval {

struct Fused {
  Candidate candidate;                              // its score is the fused one
  std::uint32_t lexical_rank = 0, vector_rank = 0;  // from 1; 0 = not in that list
  double lexical_score = 0;
  float similarity = 0;
};

inline constexpr double kFusionRank = 60;

// The share of the question that the index has words for: the idf of the terms that some living
// chunk has, by that of all. 1 for a question without terms.
double known_share(const LexicalQuery& query);

// What the vector leg weighs beside words of which only a share is known: words that the index does
// not have, misspelt ones above all, leave the lexical leg to what is beside the point (ADR 0126).
inline double beside_unknown_words(double vector_weight, double known_share) {
  constexpr double kMost = 6;
  return vector_weight * (kMost - (kMost - 1) * known_share);
}

// How much of the words' list the first `page_end` of the fused one depend on, at most `depth`:
// what comes later in it ranks behind them wherever the vector leg has it. More than `page_end`,
// unless that is all there is.
std::size_t lexical_depth(double lexical_weight, double vector_weight, std::size_t page_end,
                          std::size_t depth);

// The union of both, best first. A leg of weight 0 adds its candidates with nothing for their rank.
std::vector<Fused> fuse(const std::vector<Candidate>& lexical, double lexical_weight,
                        const std::vector<Candidate>& vector, double vector_weight,
                        const TieOrder& order);

}  // namespace maester::retrieval
