#include "retrieval/lexical/search.h"

#include <algorithm>
#include <array>

#include "retrieval/lexical/cursor.h"

namespace maester::retrieval {
namespace {

constexpr std::uint32_t kWindow = 2048;
// Sums of floats in some order against one of doubles in another: bounds are given this much more.
constexpr double kSlack = 1 + 1e-5;

struct Term {
  double weight;
  PostingList list;
  Outlook outlook;
  Cursor bulk, probe;
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
      const auto entry = view.segment().dictionary().find(term.term);
      if (!entry) continue;
      const PostingList list = view.segment().postings(*entry);
      terms_.push_back({term.weight, list, Outlook(list, model_, term.weight, lengths_),
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
    for (std::uint32_t begin = 0; begin < chunks_;) {
      const std::uint32_t end = chunks_ - begin > kWindow ? begin + kWindow : chunks_;
      window(begin, end);
      begin = end;
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

  void window(std::uint32_t begin, std::uint32_t end) {
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
      if (order_[i]->bound > 0) {
        order_[i]->bulk.add_scores(begin, end, model_, order_[i]->weight, lengths_, scores_.data());
      }
    }
    collect(begin, end, optional, together);
  }

  void collect(std::uint32_t begin, std::uint32_t end, std::size_t optional, double together) {
    constexpr std::uint32_t kStep = 16;
    auto least = static_cast<float>(std::max(0.0, best_.threshold() / kSlack - together));
    for (std::uint32_t step = 0; step < end - begin; step += kStep) {
      float* scores = scores_.data() + step;
      float most = 0;
      for (std::uint32_t i = 0; i < kStep; ++i) most = std::max(most, scores[i]);
      if (most > 0 && most >= least) {
        for (std::uint32_t i = 0; i < kStep; ++i) {
          if (scores[i] > 0 && scores[i] >= least) {
            consider(begin + step + i, scores[i], optional, together);
          }
        }
        least = static_cast<float>(std::max(0.0, best_.threshold() / kSlack - together));
      }
      std::fill_n(scores, kStep, 0.0F);
    }
  }

  void consider(std::uint32_t chunk, double score, std::size_t optional, double together) {
    if (allowed_ != nullptr && !allowed_->test(chunk)) return;
    score *= kSlack;
    for (std::size_t i = optional; i-- > 0;) {
      if (score + together < best_.threshold()) return;
      Term& term = *order_[i];
      together -= term.bound;
      if (term.probe.seek(chunk) == chunk) {
        score += term.weight * model_.saturation(term.probe.frequency(), lengths_[chunk]) * kSlack;
      }
    }
    if (score >= best_.threshold()) offer(chunk);
  }

  // The score proper: always the same sum in the same order.
  void offer(std::uint32_t chunk) {
    double score = 0;
    for (Term& term : terms_) {
      if (term.probe.seek(chunk) == chunk) {
        score += term.weight * model_.saturation(term.probe.frequency(), lengths_[chunk]);
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
  std::vector<float> scores_;
};

}  // namespace

LexicalQuery prepare(const std::vector<SegmentViewPtr>& views, const AnalysisSettings& analysis,
                     const Query& query) {
  CorpusStatistics corpus;
  for (const SegmentViewPtr& view : views) {
    corpus.chunks += view->chunks();
    corpus.length += view->length();
  }
  LexicalQuery out{corpus, Bm25(query.k1, query.b, corpus), {}};
  for (std::string& term : analyse(analysis, query.text)) {
    const auto same = std::find_if(out.terms.begin(), out.terms.end(),
                                   [&](const QueryTerm& known) { return known.term == term; });
    if (same != out.terms.end())
      ++same->times;
    else
      out.terms.push_back({std::move(term), 1, 0});
  }
  for (QueryTerm& term : out.terms) {
    std::uint64_t df = 0;
    for (const SegmentViewPtr& view : views) {
      const auto entry = view->segment().dictionary().find(term.term);
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

std::vector<Hit::Term> explain_chunk(const LexicalQuery& query, const Segment& segment,
                                     std::uint32_t chunk) {
  std::vector<Hit::Term> out;
  for (const QueryTerm& term : query.terms) {
    const auto entry = segment.dictionary().find(term.term);
    if (!entry) continue;
    Cursor cursor(segment.postings(*entry));
    if (cursor.seek(chunk) != chunk) continue;
    const double score =
        term.weight * query.model.saturation(cursor.frequency(), segment.lengths()[chunk]);
    out.push_back({term.term, score, cursor.frequency()});
  }
  return out;
}

}  // namespace maester::retrieval
