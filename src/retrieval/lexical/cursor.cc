#include "retrieval/lexical/cursor.h"

#include <algorithm>

namespace maester::retrieval {
namespace {

// The first of `size` rising numbers that is at or above `target`, counted without branches: which
// half holds it cannot be guessed.
std::uint32_t count_below(const std::uint32_t* numbers, std::uint32_t size, std::uint32_t target) {
  const std::uint32_t* from = numbers;
  while (size > 1) {
    const std::uint32_t half = size / 2;
    from += from[half - 1] < target ? half : 0;
    size -= half;
  }
  return static_cast<std::uint32_t>(from - numbers) + (size == 1 && *from < target ? 1 : 0);
}

}  // namespace

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

bool Cursor::reach(std::uint32_t target) {
  if (ended_) return false;
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
    if (!load(next)) return false;
  }
  if (block_.chunks[at_] < target)
    at_ += count_below(block_.chunks + at_, block_.size - at_, target);
  if (at_ < block_.size) return true;
  ended_ = true;  // the list's own end: a block's last was not below the target
  return false;
}

std::uint32_t Cursor::seek(std::uint32_t target) {
  return reach(target) ? block_.chunks[at_] : kNoChunk;
}

std::uint32_t Cursor::frequency() {
  need_frequencies();
  return block_.frequencies[at_];
}

void Cursor::add_scores(std::uint32_t begin, std::uint32_t end, const TermScore& term,
                        const std::uint16_t* lengths, float* scores) {
  const LexicalKernels& run = lexical_kernels();
  for (std::uint32_t from = begin; from < end && reach(from);) {
    const std::uint32_t first = at_;
    from = block_.chunks[block_.size - 1];  // then the next block
    at_ = from++ < end ? block_.size
                       : first + count_below(block_.chunks + first, block_.size - first, end);
    if (at_ == first) return;
    need_frequencies();
    run.add(term, block_.chunks + first, block_.frequencies + first, at_ - first, lengths, begin,
            scores);
  }
}

Outlook::Outlook(const PostingList& list, const Bm25& model, const ImpactBounds& bounds,
                 double weight, const std::uint16_t* lengths, std::uint32_t of_chunks)
    : list_(list), bounds_(&bounds), weight_(weight), common_(list.df() > of_chunks / 2) {
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
  if (common_ && !list_.is_short()) return weight_;
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
