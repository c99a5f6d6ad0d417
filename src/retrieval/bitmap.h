// A set of ordinals 0..size-1, dense: the chunks of one segment that a reader may see, or that are
// dead. Not thread-safe while it is changed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace maester::retrieval {

class Bitmap {
 public:
  Bitmap() = default;
  explicit Bitmap(std::size_t size, bool all = false)
      : size_(size), words_((size + 63) / 64, all ? ~std::uint64_t{0} : 0) {
    if (all && size % 64 != 0) words_.back() &= (std::uint64_t{1} << size % 64) - 1;
  }

  std::size_t size() const { return size_; }
  bool test(std::size_t i) const {
    return (words_[i / 64] >> i % 64 & 1) != 0;
  }  // REQUIRES i < size
  void set(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  void set_range(std::size_t begin, std::size_t end) {  // REQUIRES: begin <= end <= size
    while (begin < end) {
      const std::size_t in_word = std::min<std::size_t>(64 - begin % 64, end - begin);
      const std::uint64_t ones =
          in_word == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << in_word) - 1;
      words_[begin / 64] |= ones << begin % 64;
      begin += in_word;
    }
  }
  void clear(std::size_t i) { words_[i / 64] &= ~(std::uint64_t{1} << i % 64); }
  std::size_t count() const {
    std::size_t n = 0;
    for (const std::uint64_t word : words_) n += static_cast<std::size_t>(std::popcount(word));
    return n;
  }
  void intersect(const Bitmap& other) {  // REQUIRES: equal sizes
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  }
  void subtract(const Bitmap& other) {  // REQUIRES: equal sizes
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
  }
  std::span<const std::uint64_t> words() const { return words_; }

 private:
  std::size_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace maester::retrieval
