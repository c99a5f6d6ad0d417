#include "retrieval/lexical/cursor.h"

#include <algorithm>
#include <array>

namespace maester::retrieval {

bool Cursor::load(std::size_t block) {
  if (block >= list_.blocks() || !list_.decode_chunks(block, block_)) {
    ended_ = true;
    return false;
  }
  current_ = block;
  at_ = 0;
  frequencies_ = list_.is_short();
  return true;
}

void Cursor::need_frequencies() {
  if (frequencies_) return;
  list_.decode_frequencies(current_, block_);
  frequencies_ = true;
}

std::uint32_t Cursor::seek(std::uint32_t target) {
  if (ended_) return kNoChunk;
  if (current_ == kNone || block_.chunks[block_.size - 1] < target) {
    std::size_t next = current_ == kNone ? 0 : current_ + 1;
    if (!list_.is_short()) {
      // Steps that double, then halve: what is sought is most often near.
      const std::size_t blocks = list_.blocks();
      std::size_t step = 1;
      while (next + step < blocks && list_.last(next + step - 1) < target) {
        next += step;
        step *= 2;
      }
      std::size_t high = std::min(next + step - 1, blocks);
      while (next < high) {
        const std::size_t middle = next + (high - next) / 2;
        if (list_.last(middle) < target)
          next = middle + 1;
        else
          high = middle;
      }
    }
    if (!load(next)) return kNoChunk;
  }
  const std::uint32_t* end = block_.chunks + block_.size;
  const std::uint32_t* found =
      std::lower_bound<const std::uint32_t*>(block_.chunks + at_, end, target);
  at_ = static_cast<std::uint32_t>(found - block_.chunks);
  if (found != end) return *found;
  ended_ = true;  // the list's own end: a block's last was not below the target
  return kNoChunk;
}

std::uint32_t Cursor::frequency() {
  need_frequencies();
  return block_.frequencies[at_];
}

namespace {

struct Scores {
  float weight, flat, slope;
  // Apart from the look-up of lengths and from the adding, so that the compiler can take several at
  // a time. Frequencies are far below 2^31, or come from a damaged file.
  void of(const std::uint32_t* chunks, const std::uint32_t* frequencies, std::size_t size,
          const std::uint16_t* lengths, float* out) const {
    std::array<std::int32_t, kBlock> length;
    for (std::size_t i = 0; i < size; ++i) length[i] = lengths[chunks[i]];
    for (std::size_t i = 0; i < size; ++i) {
      const auto f = static_cast<float>(static_cast<std::int32_t>(frequencies[i]));
      out[i] = weight * f / (f + (flat + slope * static_cast<float>(length[i])));
    }
  }
};

}  // namespace

template <bool kMark>
void Cursor::add_scores(std::uint32_t begin, std::uint32_t end, const Bm25& model, double weight,
                        const std::uint16_t* lengths, float* scores, std::uint64_t* marks) {
  const Scores of_block{static_cast<float>(weight), static_cast<float>(model.flat),
                        static_cast<float>(model.slope)};
  std::array<float, kBlock> added;
  for (std::uint32_t chunk = seek(begin); chunk < end; chunk = seek(chunk + 1)) {
    need_frequencies();
    const std::uint32_t* first = block_.chunks + at_;
    const std::uint32_t* last = block_.chunks + block_.size;
    if (last[-1] >= end) last = std::lower_bound<const std::uint32_t*>(first, last, end);
    const auto size = static_cast<std::size_t>(last - first);
    of_block.of(first, block_.frequencies + at_, size, lengths, added.data());
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t at = first[i] - begin;
      if constexpr (kMark) marks[at / 64] |= std::uint64_t{1} << at % 64;
      scores[at] += added[i];
    }
    at_ += static_cast<std::uint32_t>(size) - 1;  // on the last: the next seek goes from there
    chunk = block_.chunks[at_];
  }
}

template void Cursor::add_scores<true>(std::uint32_t, std::uint32_t, const Bm25&, double,
                                       const std::uint16_t*, float*, std::uint64_t*);
template void Cursor::add_scores<false>(std::uint32_t, std::uint32_t, const Bm25&, double,
                                        const std::uint16_t*, float*, std::uint64_t*);

Outlook::Outlook(const PostingList& list, const Bm25& model, const ImpactBounds& bounds,
                 double weight, const std::uint16_t* lengths)
    : list_(list), bounds_(&bounds), weight_(weight) {
  if (!list_.is_short() || list_.blocks() == 0) return;
  Block block;
  if (!list_.decode(0, block)) return;
  short_first_ = block.chunks[0];
  short_last_ = block.chunks[block.size - 1];
  for (std::size_t i = 0; i < block.size; ++i) {
    short_bound_ = std::max(
        short_bound_, weight_ * model.saturation(block.frequencies[i], lengths[block.chunks[i]]));
  }
}

double Outlook::bound(std::uint32_t begin, std::uint32_t end) {
  if (list_.is_short()) return short_first_ < end && short_last_ >= begin ? short_bound_ : 0;
  while (block_ < list_.blocks() && list_.last(block_) < begin) {
    ++block_;
    block_bound_ = -1;
  }
  if (block_ == list_.blocks()) return 0;
  if (block_bound_ < 0) block_bound_ = (*bounds_)(list_.impacts(block_));
  double most = block_bound_;
  for (std::size_t b = block_; list_.last(b) < end - 1 && ++b < list_.blocks();) {
    most = std::max<double>(most, (*bounds_)(list_.impacts(b)));
  }
  return most * weight_;
}

}  // namespace maester::retrieval
