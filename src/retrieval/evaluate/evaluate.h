// Judges a way to search by queries whose answers are known: the mean of each measure with a
// confidence interval, and two ways compared query by query. Intervals are by the percentile
// bootstrap over queries (Efron 1979; for retrieval Sakai 2006), seeded: the same input gives the
// same report.
//
//   TRY_ASSIGN(Report now, evaluate(queries, judgements, search, {}));
//   Comparison change = compare(before, now);      // before: the same of the version in use
//   if (change.ndcg.high < 0) refuse the flip
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/json_writer.h"
#include "retrieval/evaluate/judged_queries.h"

namespace maester::retrieval {

// The documents for a query, best first, some hundred; one that comes again (as another of its
// chunks) counts where it came first. Called once for each query, in order, on the caller's thread.
using SearchDocuments = std::function<Result<std::vector<std::string>>(const JudgedQuery& query)>;

struct EvaluationSettings {
  std::size_t k = 10;             // of nDCG and MRR
  std::size_t recall_k = 100;     // of recall
  std::size_t resamples = 2'000;  // of the bootstrap; 0 = no intervals
  double confidence = 0.95;
  std::uint64_t seed = 1;
};

struct QueryScores {
  std::string query, text;
  double ndcg = 0, mrr = 0, recall = 0, map = 0;
  std::size_t relevant = 0;  // documents judged so
  std::size_t found = 0;     // documents that the search gave
};

struct Estimate {
  double mean = 0, low = 0, high = 0;
};

struct Report {
  EvaluationSettings settings;
  Estimate ndcg, mrr, recall, map;
  std::vector<QueryScores> queries;   // in the order given
  std::size_t without_judgement = 0;  // queries left out: no document is judged relevant
};

// Code::invalid_request when no query has a relevant document; an error of the search ends it.
Result<Report> evaluate(std::span<const JudgedQuery> queries, const Judgements& judgements,
                        const SearchDocuments& search, const EvaluationSettings& settings);

struct QueryDifference {
  std::string query, text;
  double before = 0, after = 0;  // nDCG
};

// `after` - `before` over the queries that both have.
struct Comparison {
  Estimate ndcg, mrr, recall, map;
  std::size_t better = 0, worse = 0, equal = 0;  // queries, by nDCG
  std::vector<QueryDifference> changed;          // the greatest change first, ties in order
};
Comparison compare(const Report& before, const Report& after);

// For a person: aligned columns, and of a comparison the queries that changed most.
std::string to_text(const Report& report);
std::string to_text(const Comparison& comparison, std::size_t most_changed = 10);
// One object each; `per_query` adds the array `queries`.
void write_json(json::Writer& w, const Report& report, bool per_query);
void write_json(json::Writer& w, const Comparison& comparison);

}  // namespace maester::retrieval
