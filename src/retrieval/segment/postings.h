// The chunks that have one term, with its frequency in each: written once, read in blocks of 128
// (docs/formats/segment.md, Postings).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/segment/bit_packing.h"
#include "retrieval/segment/bytes.h"
#include "retrieval/segment/impacts.h"

namespace maester::retrieval {

struct Posting {
  std::uint32_t chunk = 0;
  std::uint32_t frequency = 0;
  bool operator==(const Posting&) const = default;
};

// Appends the list's bytes. REQUIRES: at least two postings, rising; `lengths` of every chunk.
void append_postings(std::string& out, std::span<const Posting> postings,
                     std::span<const std::uint16_t> lengths);

// What the dictionary knows of a term.
struct TermEntry {
  std::uint32_t df = 0;
  Posting only;            // of df = 1
  std::string_view bytes;  // else
};

// A decoded block.
struct Block {
  std::uint32_t size = 0;
  std::uint32_t chunks[kBlock];
  std::uint32_t frequencies[kBlock];
};

// A list in place. Copies are cheap. Bytes that do not hold together end the list early.
class PostingList {
 public:
  PostingList() = default;
  // `chunks`: of the segment; no posting is given at or above it.
  PostingList(const TermEntry& entry, std::uint32_t chunks);

  std::uint32_t df() const { return df_; }
  std::size_t blocks() const { return blocks_; }
  bool is_short() const { return heads_.empty(); }  // one block that must be decoded for its bounds
  // Of a long list. REQUIRES: block < blocks()
  std::uint32_t last(std::size_t block) const {
    return load<std::uint32_t>(heads_.data() + block * kHeadBytes);
  }
  Impacts impacts(std::size_t block) const {
    return load<Impacts>(heads_.data() + block * kHeadBytes + 12);
  }
  // False when the bytes do not hold together. REQUIRES: block < blocks()
  bool decode_chunks(std::size_t block, Block& into) const;
  void decode_frequencies(std::size_t block, Block& into) const;  // after decode_chunks()
  bool decode(std::size_t block, Block& into) const {
    if (!decode_chunks(block, into)) return false;
    decode_frequencies(block, into);
    return true;
  }

  // All of it, for merges and checks; shorter than df() when the bytes do not hold together.
  void append_to(std::vector<Posting>& out) const;

  static constexpr std::size_t kHeadBytes = 20;

 private:
  bool decode_short(Block& into) const;
  std::uint32_t df_ = 0, chunks_ = 0;
  std::size_t blocks_ = 0;
  Posting only_;
  std::string_view heads_, data_;  // of a short list data_ alone
};

}  // namespace maester::retrieval
