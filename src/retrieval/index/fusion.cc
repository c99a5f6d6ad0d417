#include "retrieval/index/fusion.h"

#include <algorithm>
#include <unordered_map>

namespace maester::retrieval {

double known_share(const LexicalQuery& query) {
  double known = 0, all = 0;
  for (const QueryTerm& one : query.terms) {
    known += one.weight;
    all += one.weight > 0 ? one.weight : query.model.weight(0, query.corpus, one.times);
  }
  return all > 0 ? known / all : 1;
}

std::vector<Fused> fuse(const std::vector<Candidate>& lexical, double lexical_weight,
                        const std::vector<Candidate>& vector, double vector_weight,
                        const TieOrder& order) {
  std::vector<Fused> out;
  out.reserve(lexical.size() + vector.size());
  std::unordered_map<std::uint64_t, std::size_t> places;
  const auto place = [&](const Candidate& one) -> Fused& {
    const std::uint64_t key = static_cast<std::uint64_t>(one.segment) << 32 | one.chunk;
    const auto [at, is_new] = places.try_emplace(key, out.size());
    if (is_new) out.push_back({.candidate = {0, one.segment, one.chunk}});
    return out[at->second];
  };
  for (std::size_t i = 0; i < lexical.size(); ++i) {
    Fused& one = place(lexical[i]);
    one.lexical_rank = static_cast<std::uint32_t>(i + 1);
    one.lexical_score = lexical[i].score;
    one.candidate.score += lexical_weight / (kFusionRank + one.lexical_rank);
  }
  for (std::size_t i = 0; i < vector.size(); ++i) {
    Fused& one = place(vector[i]);
    one.vector_rank = static_cast<std::uint32_t>(i + 1);
    one.similarity = static_cast<float>(vector[i].score);
    one.candidate.score += vector_weight / (kFusionRank + one.vector_rank);
  }
  std::sort(out.begin(), out.end(),
            [&](const Fused& a, const Fused& b) { return order(a.candidate, b.candidate); });
  return out;
}

}  // namespace maester::retrieval
