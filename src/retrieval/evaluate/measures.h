// How good one ranking of documents is, by judgements of relevance. The formulas are trec_eval's
// (github.com/usnistgov/trec_eval: m_ndcg_cut.c, m_recip_rank.c, m_recall.c, m_map.c), and the
// tests hold its numbers. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>

namespace maester::retrieval {

// Of one query: document -> grade; 0 and less = judged not relevant.
using Grades = std::map<std::string, int, std::less<>>;

// All over a ranking, best first, in which no document stands twice; documents without a judgement
// count as not relevant. REQUIRES: some grade is above 0; k > 0.

// Gain = grade, discounted by log2(rank + 1), by the best that the judgements allow.
double ndcg_at(std::span<const std::string> ranking, const Grades& grades, std::size_t k);
// 1 / the rank of the first relevant document; 0 when it is not among the first k.
double reciprocal_rank_at(std::span<const std::string> ranking, const Grades& grades,
                          std::size_t k);
// The share of all relevant documents that is among the first k.
double recall_at(std::span<const std::string> ranking, const Grades& grades, std::size_t k);
// The mean over all relevant documents of the precision where each stands.
double average_precision(std::span<const std::string> ranking, const Grades& grades);

std::size_t relevant(const Grades& grades);

}  // namespace maester::retrieval
