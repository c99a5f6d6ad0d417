#include "retrieval/evaluate/measures.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace maester::retrieval {
namespace {

int grade_of(const Grades& grades, std::string_view document) {
  const auto found = grades.find(document);
  return found == grades.end() ? 0 : std::max(0, found->second);
}

double discounted(int grade, std::size_t index) {
  return grade / std::log2(static_cast<double>(index) + 2);
}

}  // namespace

std::size_t relevant(const Grades& grades) {
  return static_cast<std::size_t>(
      std::ranges::count_if(grades, [](const auto& one) { return one.second > 0; }));
}

double ndcg_at(std::span<const std::string> ranking, const Grades& grades, std::size_t k) {
  std::vector<int> best;
  for (const auto& [_, grade] : grades) best.push_back(std::max(0, grade));
  std::ranges::sort(best, std::greater<>());
  double ideal = 0, gained = 0;
  for (std::size_t i = 0; i < std::min(k, best.size()); ++i) ideal += discounted(best[i], i);
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i)
    gained += discounted(grade_of(grades, ranking[i]), i);
  return gained / ideal;
}

double reciprocal_rank_at(std::span<const std::string> ranking, const Grades& grades,
                          std::size_t k) {
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    if (grade_of(grades, ranking[i]) > 0) return 1.0 / static_cast<double>(i + 1);
  }
  return 0;
}

double recall_at(std::span<const std::string> ranking, const Grades& grades, std::size_t k) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i)
    found += grade_of(grades, ranking[i]) > 0 ? 1 : 0;
  return static_cast<double>(found) / static_cast<double>(relevant(grades));
}

double average_precision(std::span<const std::string> ranking, const Grades& grades) {
  double sum = 0;
  std::size_t found = 0;
  for (std::size_t i = 0; i < ranking.size(); ++i) {
    if (grade_of(grades, ranking[i]) == 0) continue;
    ++found;
    sum += static_cast<double>(found) / static_cast<double>(i + 1);
  }
  return sum / static_cast<double>(relevant(grades));
}

}  // namespace maester::retrieval
