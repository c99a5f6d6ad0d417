// The k best of what is offered. Internal to vector/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "retrieval/vector/nearest.h"

namespace maester::retrieval {

inline bool nearer(const Near& a, const Near& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.ordinal < b.ordinal;
}

class TopK {
 public:
  explicit TopK(std::size_t k) : k_(k) {}

  // What a newcomer must reach; -infinity while there is room.
  float floor() const {
    return kept_.size() < k_ ? -std::numeric_limits<float>::infinity() : kept_.front().similarity;
  }
  // REQUIRES: the similarity is a number.
  void offer(Near one) {
    if (kept_.size() < k_) {
      kept_.push_back(one);
      std::push_heap(kept_.begin(), kept_.end(), nearer);
    } else if (k_ > 0 && nearer(one, kept_.front())) {
      std::pop_heap(kept_.begin(), kept_.end(), nearer);
      kept_.back() = one;
      std::push_heap(kept_.begin(), kept_.end(), nearer);
    }
  }
  std::vector<Near> take() {  // best first
    std::sort(kept_.begin(), kept_.end(), nearer);
    return std::move(kept_);
  }

 private:
  std::size_t k_;
  std::vector<Near> kept_;
};

}  // namespace maester::retrieval
