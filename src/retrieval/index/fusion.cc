#include "retrieval/index/fusion.h"

#include <algorithm>
#include <cmath>
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

// A chunk behind rank d has at most lexical / (60 + d + 1) + vector / 61. That at rank page_end has
// at least lexical / (60 + page_end), and so have those before it.
std::size_t lexical_depth(double lexical_weight, double vector_weight, std::size_t page_end,
                          std::size_t depth) {
  if (page_end >= depth) return depth;
  const double needed = lexical_weight / (kFusionRank + static_cast<double>(page_end));
  const double left = needed - vector_weight / (kFusionRank + 1);
  if (left <= 0) return depth;
  const double ranks = lexical_weight / left - kFusionRank;  // one more than is needed
  if (!(ranks < static_cast<double>(depth))) return depth;
  return std::max(page_end + 1, static_cast<std::size_t>(std::ceil(ranks)));
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
