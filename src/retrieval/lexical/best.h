// The best k of what comes by, over all segments. Among equal scores the order is that of document
// ids and chunks, so it does not depend on which segment holds them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "retrieval/segment/segment.h"

namespace maester::retrieval {

struct Candidate {
  double score = 0;
  std::uint32_t segment = 0;  // its place in the snapshot
  std::uint32_t chunk = 0;    // of the segment
};

// Whether `a` stands before `b` when their scores are equal.
class TieOrder {
 public:
  explicit TieOrder(std::vector<const Segment*> segments) : segments_(std::move(segments)) {}
  bool before(const Candidate& a, const Candidate& b) const {
    const auto [id_a, number_a] = key(a);
    const auto [id_b, number_b] = key(b);
    return id_a != id_b ? id_a < id_b : number_a < number_b;
  }
  bool operator()(const Candidate& a, const Candidate& b) const {  // best first
    return a.score != b.score ? a.score > b.score : before(a, b);
  }
  const std::vector<const Segment*>& segments() const { return segments_; }

 private:
  std::pair<Uuid, std::uint32_t> key(const Candidate& one) const {
    const Segment& segment = *segments_[one.segment];
    const DocumentRecord document = segment.document(segment.chunk(one.chunk).document);
    return {document.id, one.chunk - document.first_chunk};
  }
  std::vector<const Segment*> segments_;
};

// Not thread-safe.
class BestChunks {
 public:
  BestChunks(std::size_t k, const TieOrder& order) : k_(k), order_(order) {}

  std::size_t wanted() const { return k_; }
  // What a score must reach to matter; it may be equal to it and win.
  double threshold() const { return threshold_; }
  void offer(const Candidate& one) {
    if (k_ == 0 || (heap_.size() == k_ && !order_(one, heap_.front()))) return;
    if (heap_.size() == k_) {
      std::pop_heap(heap_.begin(), heap_.end(), order_);
      heap_.back() = one;
    } else {
      heap_.push_back(one);
    }
    std::push_heap(heap_.begin(), heap_.end(), order_);
    if (heap_.size() == k_) threshold_ = heap_.front().score;
  }
  std::vector<Candidate> take() {  // best first
    std::sort(heap_.begin(), heap_.end(), order_);
    return std::move(heap_);
  }

 private:
  std::size_t k_;
  const TieOrder& order_;
  double threshold_ = -1;
  std::vector<Candidate> heap_;  // the worst in front
};

}  // namespace maester::retrieval
