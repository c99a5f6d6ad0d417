// Reciprocal rank fusion (Cormack, Clarke, Buettcher 2009) of the two legs' lists, k = 60.
#pragma once

#include <cstdint>
#include <vector>

#include "retrieval/lexical/best.h"

namespace maester::retrieval {

struct Fused {
  Candidate candidate;                              // its score is the fused one
  std::uint32_t lexical_rank = 0, vector_rank = 0;  // from 1; 0 = not in that list
  double lexical_score = 0;
  float similarity = 0;
};

inline constexpr double kFusionRank = 60;

// The union of both, best first. A leg of weight 0 adds its candidates with nothing for their rank.
std::vector<Fused> fuse(const std::vector<Candidate>& lexical, double lexical_weight,
                        const std::vector<Candidate>& vector, double vector_weight,
                        const TieOrder& order);

}  // namespace maester::retrieval
