// The best chunks by BM25, without scoring those that cannot be among them: MaxScore (Turtle and
// Flood 1995) over windows of chunks, with each window's bounds from the blocks' impacts (block-max
// indexes: Ding and Suel 2011; Mallia et al. 2017).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "retrieval/bitmap.h"
#include "retrieval/index.h"
#include "retrieval/index/segment_view.h"
#include "retrieval/lexical/best.h"
#include "retrieval/lexical/bm25.h"

namespace maester::retrieval {

// A query's different terms, in the order of their first use.
struct QueryTerm {
  std::string term;
  std::uint32_t times = 0;
  double weight = 0;                              // 0: no living chunk has it
  std::vector<std::optional<TermEntry>> entries;  // in each segment
};

struct LexicalQuery {
  CorpusStatistics corpus;
  Bm25 model;
  ImpactBounds bounds;
  std::vector<QueryTerm> terms;
};

// Statistics are taken over all segments.
LexicalQuery prepare(const std::vector<SegmentViewPtr>& views, const AnalysisSettings& analysis,
                     const Query& query);

struct LexicalWork {
  std::uint64_t postings = 0;  // of the terms, in all segments
  std::uint64_t scored = 0;    // chunks whose whole score was taken
};

// Offers what the segment has. `allowed`: null = all.
void search_segment(const LexicalQuery& query, const SegmentView& view, std::uint32_t segment,
                    const Bitmap* allowed, BestChunks& best, LexicalWork& work);

// What each of the query's terms gives to a chunk; those that it has.
std::vector<Hit::Term> explain_chunk(const LexicalQuery& query, const SegmentView& view,
                                     std::uint32_t segment, std::uint32_t chunk);

}  // namespace maester::retrieval
