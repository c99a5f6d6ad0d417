#include "retrieval/segment/postings.h"

#include <algorithm>
#include <array>

namespace maester::retrieval {
namespace {

void append_short(std::string& out, std::span<const Posting> postings) {
  std::uint32_t next = 0;
  for (const Posting& one : postings) {
    put_varint(out, one.chunk - next);
    put_varint(out, one.frequency - 1);
    next = one.chunk + 1;
  }
}

// Never 0, whatever the bytes are: scores divide by it.
std::uint32_t one_more(std::uint32_t less) {
  return less + (less != UINT32_MAX ? 1 : 0);
}

}  // namespace

void append_postings(std::string& out, std::span<const Posting> postings,
                     std::span<const std::uint16_t> lengths) {
  if (postings.size() < kBlock) return append_short(out, postings);
  std::string heads, data;
  std::uint32_t before = 0;
  for (std::size_t begin = 0; begin < postings.size(); begin += kBlock) {
    const auto block = postings.subspan(begin, std::min(kBlock, postings.size() - begin));
    std::array<std::uint32_t, kBlock> differences{}, frequencies{}, shown{};
    std::array<std::uint16_t, kBlock> block_lengths{};
    for (std::size_t i = 0; i < block.size(); ++i) {
      differences[i] = block[i].chunk - before;
      before = block[i].chunk;
      shown[i] = block[i].frequency;
      frequencies[i] = block[i].frequency - 1;
      block_lengths[i] = lengths[before];
    }
    const unsigned difference_bits = bits_needed(differences.data());
    const unsigned frequency_bits = bits_needed(frequencies.data());
    put(heads, before);
    put(heads, static_cast<std::uint32_t>(data.size()));
    put(heads, static_cast<std::uint8_t>(difference_bits));
    put(heads, static_cast<std::uint8_t>(frequency_bits));
    put(heads, std::uint16_t{0});
    put(heads, impacts_of(std::span(shown).first(block.size()),
                          std::span<const std::uint16_t>(block_lengths).first(block.size())));
    pack(data, differences.data(), difference_bits);
    pack(data, frequencies.data(), frequency_bits);
  }
  out += heads;
  out += data;
}

PostingList::PostingList(const TermEntry& entry, std::uint32_t chunks)
    : df_(entry.df), chunks_(chunks), only_(entry.only) {
  if (df_ < kBlock) {
    blocks_ = df_ > 0 ? 1 : 0;
    data_ = entry.bytes;
    return;
  }
  blocks_ = (df_ + kBlock - 1) / kBlock;
  heads_ = slice(entry.bytes, 0, blocks_ * kHeadBytes);
  if (heads_.empty()) {
    blocks_ = df_ = 0;
    return;
  }
  data_ = entry.bytes.substr(heads_.size());
}

bool PostingList::decode_short(Block& into) const {
  into.size = df_;
  if (df_ == 1) {
    into.chunks[0] = only_.chunk;
    into.frequencies[0] = std::max(only_.frequency, 1U);
    return only_.chunk < chunks_;
  }
  Reader reader(data_);
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < df_; ++i) {
    next += reader.varint32();
    if (!reader.ok() || next >= chunks_) return false;
    into.chunks[i] = static_cast<std::uint32_t>(next++);
    into.frequencies[i] = one_more(reader.varint32());
  }
  return reader.ok();
}

bool PostingList::decode_chunks(std::size_t block, Block& into) const {
  if (is_short()) return decode_short(into);
  const char* head = heads_.data() + block * kHeadBytes;
  const auto bits = static_cast<std::uint8_t>(head[8]);
  const std::string_view packed =
      slice(data_, load<std::uint32_t>(head + 4), std::size_t{16} * bits);
  if (bits > 32 || packed.size() != std::size_t{16} * bits) return false;
  const std::uint32_t before = block == 0 ? 0 : last(block - 1);
  unpack_sums(packed.data(), bits, before, into.chunks);
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(kBlock, df_ - block * kBlock));
  into.size = size;
  // Rising and within the segment: everything further relies on it.
  std::uint32_t falls = block == 0 || into.chunks[0] > before ? 0 : 1;
  for (std::size_t i = 1; i < size; ++i) falls |= into.chunks[i] <= into.chunks[i - 1] ? 1U : 0U;
  return falls == 0 && into.chunks[size - 1] < chunks_ && into.chunks[size - 1] == last(block);
}

void PostingList::decode_frequencies(std::size_t block, Block& into) const {
  if (is_short()) return;
  const char* head = heads_.data() + block * kHeadBytes;
  const auto skip = static_cast<std::uint8_t>(head[8]);
  const auto bits = static_cast<std::uint8_t>(head[9]);
  const std::uint64_t at = load<std::uint32_t>(head + 4) + std::uint64_t{16} * skip;
  const std::string_view packed = slice(data_, at, std::size_t{16} * bits);
  if (bits > 32 || packed.size() != std::size_t{16} * bits) {
    for (std::uint32_t& frequency : into.frequencies) frequency = 1;
    return;
  }
  unpack(packed.data(), bits, into.frequencies);
  for (std::uint32_t& frequency : into.frequencies) frequency = one_more(frequency);
}

void PostingList::append_to(std::vector<Posting>& out) const {
  Block block;
  for (std::size_t b = 0; b < blocks_; ++b) {
    if (!decode(b, block)) return;
    for (std::size_t i = 0; i < block.size; ++i) {
      out.push_back({block.chunks[i], block.frequencies[i]});
    }
  }
}

}  // namespace maester::retrieval
