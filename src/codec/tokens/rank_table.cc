#include "codec/tokens/rank_table.h"

#include <array>

namespace maester::tokens {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kMagic = 0x314b4e52;  // "RNK1"
constexpr int kIdBits = 18;
constexpr std::uint32_t kIdMask = (1u << kIdBits) - 1;
constexpr std::uint32_t kEmpty = 0xffffffff;
constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * kMultiplier;
  return hash ^ hash >> 32;
}

std::uint64_t hash_token(std::string_view bytes) {
  std::uint64_t hash = bytes.size();
  std::uint64_t word = 0;
  while (bytes.size() >= sizeof word) {
    std::memcpy(&word, bytes.data(), sizeof word);
    hash = mix(hash, word);
    bytes.remove_prefix(sizeof word);
  }
  if (bytes.empty()) return hash;
  word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return mix(hash, word);
}

}  // namespace

RankTable::RankTable(std::string_view bytes) {
  std::array<std::uint32_t, 4> head{};
  if (bytes.size() < sizeof head) return;
  std::memcpy(head.data(), bytes.data(), sizeof head);
  if (head[0] != kMagic) return;
  count_ = head[1];
  mask_ = (std::uint64_t{1} << head[2]) - 1;
  longest_ = head[3];
  slots_ = reinterpret_cast<const std::uint32_t*>(bytes.data() + sizeof head);
  offsets_ = slots_ + mask_ + 1;
  blob_ = reinterpret_cast<const char*>(offsets_ + count_ + 1);
}

TokenId RankTable::find(std::string_view piece) const {
  if (piece.size() > longest_) return kNoToken;
  const std::uint64_t hash = hash_token(piece);
  const auto print = static_cast<std::uint32_t>(hash >> (64 - (32 - kIdBits)));
  for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const std::uint32_t slot = slots_[at];
    if (slot == kEmpty) return kNoToken;
    if (slot >> kIdBits == print && bytes(slot & kIdMask) == piece) return slot & kIdMask;
  }
}

}  // namespace maester::tokens
