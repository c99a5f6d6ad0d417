#include "retrieval/lexical/search.h"

#include <algorithm>
#include <array>
#include <span>

#include "retrieval/lexical/cursor.h"

namespace maester::retrieval {
namespace {

constexpr std::uint32_t kWindow = 2048;
// Finding a candidate in a list costs as much as adding up this many postings.
constexpr std::uint64_t kLookUpCost = 24;
// Sums of floats in some order against one of doubles in another: bounds are given this much more.
constexpr double kSlack = 1 + 1e-5;

struct Term {
  double weight;
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
      terms_.push_back({term.weight, list,
                        Outlook(list, model_, query.bounds, term.weight, lengths_), Cursor(list),
                        Cursor(list), Cursor(list)});
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
    scores_.assign(kWindow, 0);
    take_bounds();
    const std::vector<std::uint32_t> promising = promising_windows();
    if (!promising.empty()) {
      const std::vector<Term> fresh = terms_;  // cursors only go forward
      for (const std::uint32_t w : promising) window(w);
      terms_ = fresh;
    }
    auto done = promising.begin();
    for (std::uint32_t w = 0; w < windows(); ++w) {
      if (done != promising.end() && *done == w)
        ++done;
      else
        window(w);
    }
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

  // What each term can bring in each window.
  void take_bounds() {
    bounds_.resize(std::size_t{windows()} * terms_.size());
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      for (std::uint32_t w = 0; w < windows(); ++w) {
        bounds_[w * terms_.size() + t] =
            static_cast<float>(terms_[t].outlook.bound(w * kWindow, end_of(w)) * kSlack);
      }
    }
  }

  // Where the best are likely: looking there first makes the rest be passed over sooner. Rising;
  // empty for a small segment.
  std::vector<std::uint32_t> promising_windows() const {
    constexpr std::size_t kFirst = 8;
    std::vector<std::uint32_t> order;
    if (windows() < 4 * kFirst) return order;
    std::vector<float> sums(windows());
    for (std::uint32_t w = 0; w < windows(); ++w) {
      for (std::size_t t = 0; t < terms_.size(); ++t) sums[w] += bounds_[w * terms_.size() + t];
      order.push_back(w);
    }
    std::partial_sort(order.begin(), order.begin() + kFirst, order.end(),
                      [&](std::uint32_t a, std::uint32_t b) { return sums[a] > sums[b]; });
    order.resize(kFirst);
    std::sort(order.begin(), order.end());
    return order;
  }

  void window(std::uint32_t window) {
    const std::uint32_t begin = window * kWindow, end = end_of(window);
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      terms_[t].bound = bounds_[window * terms_.size() + t];
    }
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
      if (term.bound > 0) {
        term.bulk.add_scores<true>(begin, end, model_, term.weight, lengths_, scores_.data(),
                                   marks_.data());
      }
    }
    gather(begin, together);
    for (std::size_t i = optional; i-- > 0 && found_ > 0;) {
      together -= order_[i]->bound;
      if (order_[i]->bound > 0) add_optional(*order_[i], begin, end);
      drop_hopeless(together);
    }
    for (const std::uint16_t at : candidates()) {
      if (scores_[at] >= least(0)) offer(begin + at);
    }
    clear();
  }

  // The least sum of a chunk's score so far that can still bring it in, when the rest brings no
  // more than `together`.
  float least(double together) const {
    return static_cast<float>(best_.threshold() / kSlack - together);
  }

  // The chunks that have a score, may be found and can still get in.
  void gather(std::uint32_t begin, double together) {
    found_ = 0;
    const float needed = least(together);
    for (std::uint32_t w = 0; w < kWindow / 64; ++w) {
      for (std::uint64_t word = marks_[w]; word != 0; word &= word - 1) {
        const std::uint32_t at = w * 64 + static_cast<std::uint32_t>(std::countr_zero(word));
        if (scores_[at] < needed) continue;
        if (allowed_ != nullptr && !allowed_->test(begin + at)) continue;
        candidates_[found_++] = static_cast<std::uint16_t>(at);
      }
    }
  }

  // Adds what the candidates have of a term: each is looked up, or, where that is less work, all of
  // the window is added.
  void add_optional(Term& term, std::uint32_t begin, std::uint32_t end) {
    const std::uint64_t in_window = std::uint64_t{term.list.df()} * kWindow / chunks_;
    if (found_ * kLookUpCost > in_window) {
      term.bulk.add_scores<false>(begin, end, model_, term.weight, lengths_, scores_.data(),
                                  nullptr);
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

  void drop_hopeless(double together) {
    const float needed = least(together);
    std::size_t kept = 0;
    for (const std::uint16_t at : candidates()) {
      candidates_[kept] = at;
      kept += scores_[at] >= needed ? 1 : 0;
    }
    found_ = kept;
  }

  void clear() {
    std::fill(scores_.begin(), scores_.end(), 0.0F);
    marks_.fill(0);
  }

  // The score proper: always the same sum in the same order.
  void offer(std::uint32_t chunk) {
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
  std::vector<float> bounds_;                        // of each term in each window
  std::vector<float> scores_;                        // of the window's chunks
  std::array<std::uint64_t, kWindow / 64> marks_{};  // those of a required term
  std::array<std::uint16_t, kWindow> candidates_;    // of the window, rising
  std::size_t found_ = 0;                            // how many there are
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
