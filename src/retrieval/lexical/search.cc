#include "retrieval/lexical/search.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <span>

#include "retrieval/lexical/cursor.h"

namespace maester::retrieval {
namespace {

constexpr std::uint32_t kWindow = 2048;
// Segments with fewer chunks need no threshold to begin with; others look for it among the postings
// of the rarest terms, up to a share of the chunks, in windows of their own.
constexpr std::uint32_t kSeedFrom = 65'536, kSeedShare = 64, kSeedWindow = 8192;
constexpr std::size_t kSeedsMore = 16, kMostSeeds = 512;

constexpr float kAnyScore = std::numeric_limits<float>::denorm_min();

// Finding a candidate in a list costs as much as adding up this many postings.
constexpr std::uint64_t kLookUpCost = 24;
// Sums of floats in some order against one of doubles in another: bounds are given this much more.
constexpr double kSlack = 1 + 1e-5;

struct Term {
  double weight;
  TermScore score;
  PostingList list;
  Outlook outlook;
  // Each goes forward only: adds up windows, looks candidates up, takes whole scores.
  Cursor bulk, probe, whole;
  double bound = 0;  // in this window
};

class SegmentSearch {
 public:
  SegmentSearch(const LexicalQuery& query, const SegmentView& view, std::uint32_t segment,
                const Bitmap* allowed, BestChunks& best, LexicalWork& work)
      : model_(query.model),
        lengths_(view.segment().lengths()),
        chunks_(view.segment().counts().chunks),
        segment_(segment),
        allowed_(allowed),
        best_(best),
        work_(work) {
    terms_.reserve(query.terms.size());
    for (const QueryTerm& term : query.terms) {
      if (term.weight <= 0) continue;
      const auto& entry = term.entries[segment];
      if (!entry) continue;
      const PostingList list = view.segment().postings(*entry);
      const TermScore score{static_cast<float>(term.weight), static_cast<float>(model_.flat),
                            static_cast<float>(model_.slope)};
      terms_.push_back({term.weight, score, list,
                        Outlook(list, model_, query.bounds, term.weight, lengths_, chunks_),
                        Cursor(list), Cursor(list), Cursor(list)});
      postings_ += list.df();
    }
    for (Term& term : terms_) order_.push_back(&term);
  }

  void run() {
    if (terms_.empty()) return;
    work_.postings += postings_;
    if (allowed_ != nullptr && allowed_->count() * terms_.size() * 8 < postings_) {
      return score_allowed();
    }
    scores_.assign(chunks_ >= kSeedFrom ? kSeedWindow : kWindow, 0);
    candidates_.resize(scores_.size() + kSpilled);
    seed();
    for (std::uint32_t w = 0; w < windows(); ++w) window(w);
  }

 private:
  // Few chunks are allowed: each is looked up in every list.
  void score_allowed() {
    for (std::size_t w = 0; w < allowed_->words().size(); ++w) {
      for (std::uint64_t word = allowed_->words()[w]; word != 0; word &= word - 1) {
        offer(
            static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(word))));
      }
    }
  }

  std::uint32_t windows() const { return (chunks_ + kWindow - 1) / kWindow; }
  std::uint32_t end_of(std::uint32_t window) const {
    return std::min(chunks_ - window * kWindow, kWindow) + window * kWindow;
  }

  // Looks where the best are likely, for a threshold to begin with: at the chunks that stand best
  // by their rarest terms alone. Those few are not offered again.
  void seed() {
    const std::size_t wanted = best_.wanted() + kSeedsMore;
    if (chunks_ < kSeedFrom || best_.threshold() > 0 || wanted > kMostSeeds) return;
    std::sort(order_.begin(), order_.end(),
              [](const Term* a, const Term* b) { return a->list.df() < b->list.df(); });
    std::size_t rare = 0;
    for (std::uint64_t postings = 0; rare < order_.size(); ++rare) {
      postings += order_[rare]->list.df();
      if (postings > chunks_ / kSeedShare) break;
    }
    if (rare == 0) return;
    using Seed = std::pair<float, std::uint32_t>;
    std::vector<Seed> seeds;  // a heap, the worst in front
    for (std::uint32_t begin = 0; begin < chunks_;) {
      const std::uint32_t end = begin + std::min(chunks_ - begin, kSeedWindow);
      for (std::size_t i = 0; i < rare; ++i) {
        order_[i]->bulk.add_scores(begin, end, order_[i]->score, lengths_, scores_.data());
      }
      gather(begin, kSeedWindow, seeds.size() < wanted ? kAnyScore : seeds.front().first);
      for (const std::uint16_t at : candidates()) {
        const Seed one{scores_[at], begin + at};
        if (seeds.size() == wanted) {
          if (one <= seeds.front()) continue;
          std::pop_heap(seeds.begin(), seeds.end(), std::greater<>());
          seeds.pop_back();
        }
        seeds.push_back(one);
        std::push_heap(seeds.begin(), seeds.end(), std::greater<>());
      }
      std::fill(scores_.begin(), scores_.end(), 0.0F);
      begin = end;
    }
    for (const Seed& one : seeds) seeds_.push_back(one.second);
    std::sort(seeds_.begin(), seeds_.end());
    for (const std::uint32_t chunk : seeds_) score(chunk);
    for (Term& term : terms_) {  // cursors only go forward
      term.bulk.rewind();
      term.whole.rewind();
    }
  }

  void window(std::uint32_t window) {
    const std::uint32_t begin = window * kWindow, end = end_of(window);
    for (Term& term : terms_) term.bound = term.outlook.bound(begin, end) * kSlack;
    std::sort(order_.begin(), order_.end(),
              [](const Term* a, const Term* b) { return a->bound < b->bound; });
    // Terms that together cannot bring a chunk in are only looked up.
    const double threshold = best_.threshold();
    std::size_t optional = 0;
    double together = 0;
    while (optional < order_.size() && together + order_[optional]->bound < threshold) {
      together += order_[optional++]->bound;
    }
    if (optional == order_.size()) return;
    for (std::size_t i = optional; i < order_.size(); ++i) {
      Term& term = *order_[i];
      if (term.bound > 0) term.bulk.add_scores(begin, end, term.score, lengths_, scores_.data());
    }
    gather(begin, kWindow, least(together));
    for (std::size_t i = optional; i-- > 0 && found_ > 0;) {
      together -= order_[i]->bound;
      if (order_[i]->bound > 0) add_optional(*order_[i], begin, end);
      drop_hopeless(begin, together);
    }
    for (const std::uint16_t at : candidates()) {
      if (scores_[at] >= least(0)) offer(begin + at);
    }
    std::fill_n(scores_.begin(), kWindow, 0.0F);
  }

  // The least sum of a chunk's score so far that can still bring it in, when the rest brings no
  // more than `together`.
  float least(double together) const {
    return static_cast<float>(best_.threshold() / kSlack - together);
  }

  // The chunks from `begin` that have a score of `needed` or more and may be found. Those of
  // optional terms alone have less.
  void gather(std::uint32_t begin, std::uint32_t size, float needed) {
    found_ = lexical_kernels().at_least(scores_.data(), size, std::max(needed, kAnyScore),
                                        candidates_.data());
    if (allowed_ == nullptr) return;
    std::size_t kept = 0;
    for (const std::uint16_t at : candidates()) {
      candidates_[kept] = at;
      kept += allowed_->test(begin + at) ? 1 : 0;
    }
    found_ = kept;
  }

  // Adds what the candidates have of a term: each is looked up, or, where that is less work, all of
  // the window is added.
  void add_optional(Term& term, std::uint32_t begin, std::uint32_t end) {
    const std::uint64_t in_window = std::uint64_t{term.list.df()} * kWindow / chunks_;
    if (found_ * kLookUpCost > in_window) {
      term.bulk.add_scores(begin, end, term.score, lengths_, scores_.data());
      return;
    }
    for (const std::uint16_t at : candidates()) {
      if (term.probe.seek(begin + at) == begin + at) {
        scores_[at] += static_cast<float>(
            term.weight * model_.saturation(term.probe.frequency(), lengths_[begin + at]));
      }
    }
  }

  std::span<const std::uint16_t> candidates() const { return {candidates_.data(), found_}; }

  void drop_hopeless(std::uint32_t begin, double together) {
    const float needed = least(together);
    if (found_ > kWindow / 16) return gather(begin, kWindow, needed);  // less than one by one
    std::size_t kept = 0;
    for (const std::uint16_t at : candidates()) {
      candidates_[kept] = at;
      kept += scores_[at] >= needed ? 1 : 0;
    }
    found_ = kept;
  }

  void offer(std::uint32_t chunk) {
    if (!std::binary_search(seeds_.begin(), seeds_.end(), chunk)) score(chunk);
  }

  // The score proper: always the same sum in the same order.
  void score(std::uint32_t chunk) {
    double score = 0;
    for (Term& term : terms_) {
      if (term.whole.seek(chunk) == chunk) {
        score += term.weight * model_.saturation(term.whole.frequency(), lengths_[chunk]);
      }
    }
    ++work_.scored;
    if (score > 0) best_.offer({score, segment_, chunk});
  }

  const Bm25& model_;
  const std::uint16_t* lengths_;
  std::uint32_t chunks_, segment_;
  const Bitmap* allowed_;
  BestChunks& best_;
  LexicalWork& work_;
  std::vector<Term> terms_;  // in the query's order
  std::vector<Term*> order_;
  std::uint64_t postings_ = 0;
  std::vector<float> scores_;              // of the window's chunks
  std::vector<std::uint16_t> candidates_;  // of the window, rising
  std::size_t found_ = 0;                  // how many there are
  std::vector<std::uint32_t> seeds_;       // chunks that were offered before all others, rising
};

}  // namespace

LexicalQuery prepare(const std::vector<SegmentViewPtr>& views, const AnalysisSettings& analysis,
                     const Query& query) {
  CorpusStatistics corpus;
  for (const SegmentViewPtr& view : views) {
    corpus.chunks += view->chunks();
    corpus.length += view->length();
  }
  const Bm25 model(query.k1, query.b, corpus);
  LexicalQuery out{corpus, model, ImpactBounds(model), {}};
  for (std::string& term : analyse(analysis, query.text)) {
    const auto same = std::find_if(out.terms.begin(), out.terms.end(),
                                   [&](const QueryTerm& known) { return known.term == term; });
    if (same != out.terms.end())
      ++same->times;
    else
      out.terms.push_back({std::move(term), 1, 0, {}});
  }
  for (QueryTerm& term : out.terms) {
    std::uint64_t df = 0;
    for (const SegmentViewPtr& view : views) {
      const auto& entry = term.entries.emplace_back(view->segment().dictionary().find(term.term));
      if (entry) df += view->df(term.term, *entry);
    }
    if (df > 0) term.weight = out.model.weight(df, corpus, term.times);
  }
  return out;
}

void search_segment(const LexicalQuery& query, const SegmentView& view, std::uint32_t segment,
                    const Bitmap* allowed, BestChunks& best, LexicalWork& work) {
  SegmentSearch(query, view, segment, allowed, best, work).run();
}

std::vector<Hit::Term> explain_chunk(const LexicalQuery& query, const SegmentView& view,
                                     std::uint32_t segment, std::uint32_t chunk) {
  std::vector<Hit::Term> out;
  for (const QueryTerm& term : query.terms) {
    const auto& entry = term.entries[segment];
    if (!entry) continue;
    Cursor cursor(view.segment().postings(*entry));
    if (cursor.seek(chunk) != chunk) continue;
    const double score =
        term.weight * query.model.saturation(cursor.frequency(), view.segment().lengths()[chunk]);
    out.push_back({term.term, score, cursor.frequency()});
  }
  return out;
}

}  // namespace maester::retrieval
