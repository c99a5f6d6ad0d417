#include "retrieval/index/snapshot.h"

#include <algorithm>
#include <cmath>

#include "retrieval/index/filter.h"
#include "retrieval/index/fusion.h"

namespace maester::retrieval {
namespace {

std::unexpected<Error> refuse(const char* message, const char* param) {
  return fail(Code::invalid_request, message, param);
}

Status check(const Query& query, const IndexSettings& settings) {
  if (!(query.k1 >= 0 && query.k1 <= 1000)) return refuse("k1 must be 0 to 1000.", "k1");
  if (!(query.b >= 0 && query.b <= 1)) return refuse("b must be 0 to 1.", "b");
  const auto is_weight = [](double weight) { return weight >= 0 && std::isfinite(weight); };
  if (!is_weight(query.lexical_weight) || !is_weight(query.vector_weight)) {
    return refuse("A leg's weight must be a number from 0 up.", "weights");
  }
  if (!query.vector.empty() && query.vector.size() != settings.dimensions) {
    return refuse("The query's vector has other dimensions than the index.", "vector");
  }
  return check_conditions(query.filters);
}

std::vector<const Segment*> segments_of(const std::vector<SegmentViewPtr>& views) {
  std::vector<const Segment*> out;
  for (const SegmentViewPtr& view : views) out.push_back(&view->segment());
  return out;
}

std::size_t sum(std::size_t a, std::size_t b) {
  return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

// The lists of a query with one leg, in the form of fused ones.
std::vector<Fused> single(const std::vector<Candidate>& list, bool lexical) {
  std::vector<Fused> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    Fused one{.candidate = list[i]};
    (lexical ? one.lexical_rank : one.vector_rank) = static_cast<std::uint32_t>(i + 1);
    if (lexical)
      one.lexical_score = list[i].score;
    else
      one.similarity = static_cast<float>(list[i].score);
    out.push_back(one);
  }
  return out;
}

}  // namespace

SegmentSnapshot::SegmentSnapshot(std::uint64_t sequence, IndexSettings settings,
                                 std::vector<SegmentViewPtr> views)
    : sequence_(sequence),
      settings_(std::move(settings)),
      views_(std::move(views)),
      order_(segments_of(views_)) {
  for (const SegmentViewPtr& view : views_) {
    documents_ += view->documents();
    chunks_ += view->chunks();
  }
}

bool SegmentSnapshot::contains(const Uuid& document) const {
  return std::any_of(views_.begin(), views_.end(),
                     [&](const SegmentViewPtr& view) { return view->find(document).has_value(); });
}

std::vector<Candidate> SegmentSnapshot::lexical_leg(const LexicalQuery& query,
                                                    const Allowed& allowed, std::size_t k,
                                                    std::string* plan) const {
  BestChunks best(std::min(k, chunks_), order_);
  LexicalWork work;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    search_segment(query, *views_[i], static_cast<std::uint32_t>(i), allowed[i].get(), best, work);
  }
  if (plan != nullptr) {
    *plan += "lexical: " + std::to_string(query.terms.size()) + " terms, " +
             std::to_string(work.postings) + " postings, " + std::to_string(work.scored) +
             " chunks scored in " + std::to_string(views_.size()) + " segments. ";
  }
  return best.take();
}

std::vector<Candidate> SegmentSnapshot::vector_leg(const Query& query, const Allowed& allowed,
                                                   std::size_t k, std::string* plan) const {
  BestChunks best(std::min(k, chunks_), order_);
  std::size_t compared = 0, graphs = 0;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    const VectorView& vectors = views_[i]->segment().vectors();
    if (vectors.count() == 0) continue;
    VectorView::Plan how;
    for (const Near& near : vectors.nearest(query.vector, std::min<std::size_t>(k, vectors.count()),
                                            allowed[i].get(), &how)) {
      best.offer({near.similarity, static_cast<std::uint32_t>(i), near.ordinal});
    }
    compared += how.compared;
    graphs += how.way == VectorView::Plan::Way::graph ||
                      how.way == VectorView::Plan::Way::graph_then_exact
                  ? 1
                  : 0;
  }
  if (plan != nullptr) {
    *plan += "vector: " + std::to_string(compared) + " compared, " + std::to_string(graphs) +
             " graphs walked. ";
  }
  return best.take();
}

Result<Found> SegmentSnapshot::search(const Query& query) const {
  TRY(check(query, settings_));
  Allowed allowed;
  for (const SegmentViewPtr& view : views_) allowed.push_back(allowed_chunks(*view, query));
  Found found;
  std::string* plan = query.explain ? &found.plan : nullptr;
  const bool has_vector = !query.vector.empty() && query.mode != Mode::lexical;
  const bool fuses = query.mode == Mode::hybrid && has_vector;
  const bool lexical = query.mode != Mode::vector;
  const std::size_t page_end = sum(query.skip, query.top_k);
  // One leg alone only needs to reach the page and to tell whether there is more.
  const std::size_t alone = std::min(sum(page_end, 1), query.depth);

  const LexicalQuery terms = prepare(views_, settings_.analysis, query);
  const double share = known_share(terms);
  const double vector_weight = beside_unknown_words(query.vector_weight, share);
  const std::size_t by_words_needed =
      !lexical ? 1
      : fuses  ? lexical_depth(query.lexical_weight, vector_weight, page_end, query.depth)
               : alone;
  std::vector<Candidate> by_words, by_vector;
  by_words = lexical_leg(terms, allowed, by_words_needed, lexical ? plan : nullptr);
  found.shares_term = !by_words.empty();
  if (has_vector) by_vector = vector_leg(query, allowed, fuses ? query.depth : alone, plan);
  if (!by_vector.empty()) found.best_similarity = static_cast<float>(by_vector.front().score);

  if (fuses && plan != nullptr)
    *plan += "fused: words known " + std::to_string(std::lround(share * 100)) + " %. ";
  const std::vector<Fused> list =
      fuses ? fuse(by_words, query.lexical_weight, by_vector, vector_weight, order_)
            : single(lexical ? by_words : by_vector, lexical);
  found.fused = list.size();  // beyond the page whenever the whole list goes on there
  for (std::size_t i = query.skip; i < std::min(page_end, list.size()); ++i) {
    found.hits.push_back(hit(list[i].candidate, query));
    Hit& made = found.hits.back();
    made.lexical_rank = list[i].lexical_rank;
    made.vector_rank = list[i].vector_rank;
    made.lexical_score = list[i].lexical_score;
    made.similarity = list[i].similarity;
    if (query.explain) {
      made.terms = explain_chunk(terms, *views_[list[i].candidate.segment],
                                 list[i].candidate.segment, list[i].candidate.chunk);
    }
  }
  return found;
}

Hit SegmentSnapshot::hit(const Candidate& one, const Query& query) const {
  const Segment& segment = views_[one.segment]->segment();
  const ChunkRecord chunk = segment.chunk(one.chunk);
  const DocumentRecord document = segment.document(chunk.document);
  Hit out;
  out.document = document.id;
  out.source_id = segment.source_of(document);
  out.title = segment.title_of(document);
  out.text = segment.text_of(chunk);
  out.start = chunk.start;
  out.end = chunk.end;
  out.page = chunk.page;
  out.chunk = one.chunk - document.first_chunk;
  out.context = segment.context_of(chunk);
  out.score = one.score;
  const auto [begin, end] = segment.chunks_of(chunk.document);
  const auto neighbour = [&](std::uint32_t at) {
    const ChunkRecord record = segment.chunk(at);
    return Hit::Neighbour{segment.text_of(record), record.start, record.end, record.page};
  };
  for (std::size_t i = 1; i <= query.neighbours; ++i) {
    if (one.chunk >= begin + i)
      out.before.push_back(neighbour(static_cast<std::uint32_t>(one.chunk - i)));
    if (one.chunk + i < end)
      out.after.push_back(neighbour(static_cast<std::uint32_t>(one.chunk + i)));
    if (one.chunk < begin + i && one.chunk + i >= end) break;
  }
  return out;
}

}  // namespace maester::retrieval
