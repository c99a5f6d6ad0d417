// An encoding's vocabulary, read in place from the program's read-only data
// (docs/formats/rank-table.md): nothing is built at start, and pages that no request needs are
// never loaded. Immutable; thread-safe.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace maester::tokens {

using TokenId = std::uint32_t;
inline constexpr TokenId kNoToken = 0xffffffff;

class RankTable {
 public:
  // A table of nothing: ranks were not linked in.
  RankTable() = default;
  // REQUIRES: `bytes` is a table that the build made, aligned to 4, and outlives this. Empty bytes
  // make an empty table.
  explicit RankTable(std::string_view bytes);

  bool empty() const { return count_ == 0; }
  std::uint32_t count() const { return count_; }
  std::size_t longest() const { return longest_; }

  // The id of exactly these bytes, which is also its rank (lower merges first); kNoToken when they
  // are no token.
  TokenId find(std::string_view bytes) const;
  // The bytes of a token, "" for an id that is none.
  std::string_view bytes(TokenId id) const {
    if (id >= count_) return {};
    return {blob_ + offsets_[id], offsets_[id + 1] - offsets_[id]};
  }

 private:
  std::uint32_t count_ = 0;
  std::uint32_t longest_ = 0;
  std::uint64_t mask_ = 0;
  const std::uint32_t* slots_ = nullptr;
  const std::uint32_t* offsets_ = nullptr;
  const char* blob_ = nullptr;
};

}  // namespace maester::tokens
