// Walks one term's postings in a segment, block by block. Forward only; not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "retrieval/lexical/bm25.h"
#include "retrieval/lexical/kernels.h"
#include "retrieval/segment/postings.h"

namespace maester::retrieval {

inline constexpr std::uint32_t kNoChunk = UINT32_MAX;

class Cursor {
 public:
  explicit Cursor(const PostingList& list) : list_(list) {}

  void rewind() { current_ = kNone, ended_ = false; }
  // The first chunk at or after `target`; kNoChunk past the end. Targets rise.
  std::uint32_t seek(std::uint32_t target);
  std::uint32_t frequency();  // of the chunk that seek() gave

  // Adds what the chunks of [begin, end) score to `scores[chunk - begin]`. Windows rise; after one,
  // seek() needs a target at or behind its end.
  void add_scores(std::uint32_t begin, std::uint32_t end, const TermScore& term,
                  const std::uint16_t* lengths, float* scores);

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  bool load(std::size_t block);      // false at the end
  bool reach(std::uint32_t target);  // at_ is at the first at or after it; false at the end
  void need_frequencies();

  PostingList list_;
  std::size_t current_ = kNone;  // the block that is decoded
  std::uint32_t at_ = 0;
  bool ended_ = false, frequencies_ = false;
  Block block_;
};

// What the chunks ahead can score at most, from the blocks' impacts. Forward only.
class Outlook {
 public:
  // `bounds` outlives it. A term that most of the segment's chunks have is worth so little that its
  // weight is bound enough; its many blocks are not looked at.
  Outlook(const PostingList& list, const Bm25& model, const ImpactBounds& bounds, double weight,
          const std::uint16_t* lengths, std::uint32_t of_chunks);
  // Of the chunks in [begin, end). `begin`s rise.
  double bound(std::uint32_t begin, std::uint32_t end);

 private:
  PostingList list_;
  const ImpactBounds* bounds_;
  double weight_;
  bool common_;
  std::size_t block_ = 0;
  double block_bound_ = -1;  // of block_, once it was needed
  std::uint32_t short_first_ = kNoChunk, short_last_ = 0;
  double short_bound_ = 0;
};

}  // namespace maester::retrieval
